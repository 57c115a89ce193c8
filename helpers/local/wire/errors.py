"""The one error class of the Local SageMaker: what a client sees as a botocore ClientError."""

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
