"""The one error class of the Local SageMaker: what a client sees as a botocore ClientError."""

from collections.abc import Iterable


class AwsError(Exception):
    """An error answer in AWS's own form.

    code: the error code a boto3 client finds in `response["Error"]["Code"]`.
    message: AWS's wording of it.
    status: the HTTP status of the answer.
    """

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ValidationException(AwsError):
    """The request was understood and refused: the code that most SageMaker operations use."""

    def __init__(self, message: str):
        super().__init__("ValidationException", message)


def unsupported_operation(operation: str, names: Iterable[str]) -> AwsError:
    """The refusal of what the Local SageMaker does not do, never a made-up answer."""
    return AwsError(
        "UnknownOperationException",
        f"The Local SageMaker does not serve {operation}. It serves: {', '.join(sorted(names))}. "
        "On AWS the same call works: see helpers.connect(backend='aws').",
    )
