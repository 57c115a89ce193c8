"""The response of an inference script. Source: sagemaker-containers 2.8.6.post2, `_worker`."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return `Response`, which only the process has that serves a model."""
    if name == "Response":
        from local_model_server.worker import Response

        return Response
    raise AttributeError(
        f"module 'worker' has no attribute '{name}' in the Local SageMaker, only Response."
    )
