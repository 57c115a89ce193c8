"""Errors of AWS's XGBoost container, by who must act."""

from sagemaker_local_containers.toolkit.errors import AlgorithmError, UserError

__all__ = ["AlgorithmError", "UserError"]
