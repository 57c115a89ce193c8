"""What the environment of a container tells the programs in it."""

from __future__ import annotations

import os

PROGRAM, DEFAULT_PROGRAM = "SAGEMAKER_PROGRAM", "inference.py"


def module_name() -> str:
    """Return the name of the module with the user's functions."""
    return (os.environ.get(PROGRAM) or DEFAULT_PROGRAM).removesuffix(".py")


def default_accept() -> str:
    """Return the content type of an answer to a request that asks for none."""
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")


def timeout_seconds() -> int:
    """Return how long a prediction may take. Raises ValueError if the variable is not a number."""
    return int(os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "60"))
