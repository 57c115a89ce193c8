"""The errors of InvokeEndpoint, in the form of SageMaker's runtime."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS
from helpers.home import ACCOUNT
from helpers.local.runtime.hosting.endpoint import Endpoint
from helpers.local.wire.errors import AwsError

TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
CONNECTION_LOST = "The container ended before it had answered."


@dataclass(frozen=True)
class Response:
    """A whole HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


# AWS answers 400 without a text when a serverless endpoint has too many invocations at once:
# opensearch-project/ml-commons issue 2429.
THROTTLED = Response(
    400,
    {"Content-Type": "application/json", "x-amzn-ErrorType": "ThrottlingException"},
    b'{"message":null}',
)


class InvocationError(AwsError):
    """An error in the form of SageMaker's runtime, which is not that of the control plane.

    Parameters
    ----------
    code, message, status
        As of AwsError.
    **members
        Further members of the body.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any):
        super().__init__(code, message, status)
        self.members = members

    def response(self) -> Response:
        """Return it as a response. boto3 reads the code from the header only."""
        body = json.dumps({"ErrorCode": self.code, "Message": self.message, **self.members})
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}
        return Response(self.status, headers, body.encode())


def no_endpoint(name: str) -> InvocationError:
    """Return the error of an endpoint that does not exist, or is not in service yet."""
    return InvocationError("ValidationError", f"Endpoint {name} of account {ACCOUNT} not found.")


def shutting_down() -> InvocationError:
    """Return the error of an invocation that waits for a container while the server ends."""
    return InvocationError("ServiceUnavailable", "The Local SageMaker is shutting down.", 503)


def not_served(member: str, operation: str) -> InvocationError:
    """Return the error of a member that would change the answer."""
    return InvocationError(
        "ValidationError",
        f"The Local SageMaker does not serve {member} of {operation}. On AWS the same call works: "
        "see helpers.connect(backend='aws').",
    )


def target_model(name: str) -> InvocationError:
    """Return AWS's error of a TargetModel. Source: aws/amazon-sagemaker-examples issue 1026."""
    return InvocationError(
        "ValidationError",
        f"Endpoint {name} is not a multi-model endpoint and does not support target model header.",
        ErrorCode="TARGET_MODEL_HEADER_NOT_SUPPORTED",
    )


def no_target_model() -> InvocationError:
    """Return AWS's error of a call of a multi-model endpoint that names no model.

    Source: aws/sagemaker-tensorflow-serving-container issue 166.
    """
    return InvocationError(
        "ValidationError", f"Request {uuid.uuid4()} is missing a target model header."
    )


def oversize_body() -> InvocationError:
    """Return AWS's error of a call of a serverless endpoint whose body is too large.

    Source: aws/sagemaker-python-sdk issue 4271.
    """
    return InvocationError("ValidationError", f"Request {uuid.uuid4()} has oversize body.")


def model_not_ready(target: str) -> InvocationError:
    """Return the error of a model that takes long to load; the wording is ours."""
    return InvocationError(
        "ModelNotReadyException",
        f"The model {target} is still being loaded: call again in a minute.",
        429,
    )


def is_asynchronous(name: str) -> InvocationError:
    """Return the error of InvokeEndpoint on an asynchronous endpoint; the wording is ours."""
    return InvocationError(
        "ValidationError", f"Endpoint {name} is asynchronous: call it with InvokeEndpointAsync."
    )


def not_asynchronous(name: str) -> InvocationError:
    """Return the error of InvokeEndpointAsync on another endpoint; the wording is ours."""
    return InvocationError(
        "ValidationError",
        f"Endpoint {name} is not asynchronous: its configuration has no AsyncInferenceConfig.",
    )


def no_variant(endpoint: Endpoint, reason: str) -> InvocationError:
    """Return the error of an invocation that no variant takes; no text of AWS's is known."""
    return InvocationError("ValidationError", f"Endpoint {endpoint.name}: {reason}")


def model_error(endpoint: Endpoint, status: int, text: str) -> InvocationError:
    """Return AWS's ModelError.

    Parameters
    ----------
    endpoint
        Which was invoked.
    status
        The container's; 0 if there was no answer.
    text
        The container's.
    """
    group, region = f"{ENDPOINT_LOG_GROUPS}/{endpoint.name}", endpoint.region
    side = "client" if 400 <= status < 500 else "server"
    return InvocationError(
        "ModelError",
        f'Received {side} error ({status}) from primary with message "{text}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logEventViewer:group={group} in account {ACCOUNT} for more information.",
        424,
        ErrorCode=f"{side.upper()}_ERROR_FROM_MODEL",
        OriginalStatusCode=status,
        OriginalMessage=text,
        LogStreamArn=f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}",
    )
