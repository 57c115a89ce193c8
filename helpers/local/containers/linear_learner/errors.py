"""Errors of the algorithm, in the form of its common toolkit: who must act, what, and why."""

from helpers.local.containers.toolkit.errors import UserError

CUSTOMER_ERROR, ALGORITHM_ERROR = "Customer Error: ", "Algorithm Error: "
EXIT_ALGORITHM_ERROR, EXIT_CUSTOMER_ERROR = 1, 2


class MXNetError(ValueError):
    """What AWS's container catches when data can't be read; its name is part of the message."""


class CustomerError(UserError):
    """The user's data or settings are wrong.

    Parameters
    ----------
    message
        What is wrong.
    caused_by
        The error behind it: its class and its text are added to the message.
    detail
        The text behind it, where AWS's message names no class.
    """

    def __init__(self, message: str, caused_by: Exception | None = None, detail: str = ""):
        super().__init__(message, caused_by)
        self.detail = str(caused_by) if caused_by is not None else detail


def describe(error: Exception) -> str:
    """Return the text for the log and for output/failure."""
    if isinstance(error, UserError):
        text, detail = f"{CUSTOMER_ERROR}{error}", getattr(error, "detail", "")
    else:
        text, detail = f"{ALGORITHM_ERROR}{error} (caused by {type(error).__name__})", str(error)
    return f"{text}\n\nCaused by: {detail}" if detail else text
