"""The one error class of the Local SageMaker: what a client sees as a botocore ClientError."""

import errno
import sqlite3
from collections.abc import Iterable


class AwsError(Exception):
    """An error response in AWS's own form.

    Parameters
    ----------
    code
        The error code that a boto3 client reads in `response["Error"]["Code"]`.
    message
        AWS's wording of it.
    status
        The HTTP status of the response.
    """

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ValidationException(AwsError):
    """A request with invalid parameters: the code that most SageMaker operations use.

    The name is AWS's own.
    """

    def __init__(self, message: str):
        super().__init__("ValidationException", message)


def unsupported_operation(operation: str, names: Iterable[str]) -> AwsError:
    """Return the error of an operation that is not served; `names` are those that are."""
    return AwsError(
        "UnknownOperationException",
        f"The Local SageMaker does not serve {operation}. It serves: {', '.join(sorted(names))}. "
        "On AWS the same call works: see helpers.connect(backend='aws').",
    )


def internal_failure(error: Exception) -> AwsError:
    """Return what a client is told of an exception that no one expected; a full disk is named.

    For a disk the status is 507, since clients send the request of a 500 again and again.
    """
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_full or isinstance(error, sqlite3.OperationalError):
        text = f"The Local SageMaker can't write its home folder: {error}. Free some disk space, "
        return AwsError("InternalFailure", text + "then try again.", 507)
    text = "The Local SageMaker failed; `python -m helpers local logs` says why."
    return AwsError("InternalFailure", text, 500)
