"""Errors of a container, by who must act (as in AWS's open container)."""

import re

_STACK_TRACE = re.compile(r"\n*Stack trace:(?:\n\s*\[bt\][^\n]*)*\n*")


class ContainerError(Exception):
    """An error that ends a job, with the text that AWS's container gives it."""

    def __init__(self, message: str, caused_by: Exception | None = None):
        if caused_by is not None:
            message = f"{message} (caused by {type(caused_by).__name__})"
        super().__init__(message)


class UserError(ContainerError):
    """The user's input or settings are wrong."""


class AlgorithmError(ContainerError):
    """Training itself failed."""


# A traceback shows a class with its module: with AWS's name, users find answers on the web.
for _error in (UserError, AlgorithmError):
    _error.__module__ = "sagemaker_algorithm_toolkit.exceptions"


def without_stack_trace(text: str) -> str:
    """Return the text of an error without the library's stack addresses.

    >>> without_stack_trace("Check failed\\nStack trace:\\n  [bt] (0) library.so(+0x3f)\\n")
    'Check failed'
    """
    return _STACK_TRACE.sub("\n", text).rstrip("\n") if "Stack trace:" in text else text
