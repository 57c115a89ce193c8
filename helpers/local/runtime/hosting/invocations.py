"""InvokeEndpoint: from a request of SageMaker's runtime to the answer of a model's container."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from helpers.home import ACCOUNT
from helpers.local.runtime.hosting.connection import ConnectionLostError, ContainerResponse
from helpers.local.runtime.hosting.endpoint import Endpoint
from helpers.local.runtime.hosting.fleet import LOG_GROUPS
from helpers.local.runtime.hosting.traffic import NoInstanceError, NoVariantError
from helpers.local.runtime.runner import Runner
from helpers.local.wire.errors import AwsError
from helpers.local.wire.request import Request

BODY_LIMIT = 25 << 20  # bytes; developer guide, "Model Hosting FAQs"
ANSWER_SECONDS = 60  # the same page
WAIT_SECONDS = 0.01  # between two looks for an instance, while the only one is replaced
PATH = re.compile(r"/endpoints/([^/]+)/invocations")
PREFIX = "x-amzn-sagemaker-"
CUSTOM_ATTRIBUTES = f"{PREFIX}custom-attributes"
FORWARDED = ("content-type", "accept", CUSTOM_ATTRIBUTES)
NOT_SERVED = {
    f"{PREFIX}target-container-hostname": "TargetContainerHostname",
    f"{PREFIX}enable-explanations": "EnableExplanations",
    f"{PREFIX}inference-component": "InferenceComponentName",
    f"{PREFIX}session-id": "SessionId",
    f"{PREFIX}prefix-aware-id": "PrefixAwareId",
}
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
CONNECTION_LOST = "The container ended before it had answered."


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


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


class Invocations:
    """Answers InvokeEndpoint.

    Parameters
    ----------
    runner
        Where the endpoints run.
    """

    def __init__(self, runner: Runner):
        self._runner = runner

    async def answer(self, request: Request) -> Response:
        """Answer a request whose path fits PATH, and whose signature is verified."""
        name = unquote(PATH.fullmatch(request.path)[1])
        try:
            _check_headers(name, request.headers)
            endpoint = self._endpoint(name, request.region)
            return await self._invoke(endpoint, request.headers, request.body)
        except InvocationError as error:
            return error.response()

    def _endpoint(self, name: str, region: str) -> Endpoint:
        """Return the running endpoint of exactly this name, as AWS does for invocations."""
        arn = f"arn:aws:sagemaker:{region}:{ACCOUNT}:endpoint/{name.lower()}"
        endpoint = self._runner.find(arn)
        if not isinstance(endpoint, Endpoint) or endpoint.name != name or not endpoint.is_invocable:
            raise InvocationError(
                "ValidationError", f"Endpoint {name} of account {ACCOUNT} not found."
            )
        return endpoint

    async def _invoke(self, endpoint: Endpoint, headers: dict[str, str], body: bytes) -> Response:
        target = headers.get(f"{PREFIX}target-variant")
        forwarded = {name: headers[name] for name in FORWARDED if name in headers}
        forwarded |= {"host": "model.aws.local:8080", "user-agent": "AHC/2.0"}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                variant, response = await self._send(endpoint, target, forwarded, body)
        except TimeoutError:
            raise _model_error(endpoint, "server", 0, TIMED_OUT) from None
        except ConnectionLostError:
            raise _model_error(endpoint, "server", 0, CONNECTION_LOST) from None
        except NoVariantError as error:
            raise _no_variant(endpoint, target) from error
        if endpoint.capture is not None:
            endpoint.capture.record(
                variant,
                (headers.get("content-type", ""), body),
                (response.headers.get("content-type", ""), response.body),
                headers.get(f"{PREFIX}inference-id"),
            )
        if response.status >= 400:
            side = "client" if response.status < 500 else "server"
            text = response.body.decode("utf-8", "replace")
            raise _model_error(endpoint, side, response.status, text)
        answer = {"x-Amzn-Invoked-Production-Variant": variant}
        if content_type := response.headers.get("content-type"):
            answer["Content-Type"] = content_type
        if attributes := response.headers.get(CUSTOM_ATTRIBUTES):
            answer["X-Amzn-SageMaker-Custom-Attributes"] = attributes
        return Response(200, answer, response.body)

    async def _send(
        self, endpoint: Endpoint, target: str | None, headers: dict[str, str], body: bytes
    ) -> tuple[str, ContainerResponse]:
        """Send it to an instance; wait for one while none answers, as when the server starts."""
        traffic = endpoint.traffic
        while True:
            try:
                variant, instance = traffic.take(target)
            except NoInstanceError:
                if self._runner.find(endpoint.arn) is not endpoint:
                    raise InvocationError(
                        "ValidationError",
                        f"Endpoint {endpoint.name} of account {ACCOUNT} not found.",
                    ) from None
                await asyncio.sleep(WAIT_SECONDS)
                continue
            try:
                return variant.name, await instance.invoke(headers, body)
            except OSError:  # nobody listens on its socket: the container has ended
                instance.is_alive = False
            finally:
                traffic.give_back(instance)


def is_invocation(request: Request) -> bool:
    """Tell whether a request is an InvokeEndpoint."""
    return (
        request.service == "sagemaker"
        and request.method == "POST"
        and PATH.fullmatch(request.path) is not None
    )


def _check_headers(name: str, headers: dict[str, str]) -> None:
    if f"{PREFIX}target-model" in headers:  # aws/amazon-sagemaker-examples issue 1026
        raise InvocationError(
            "ValidationError",
            f"Endpoint {name} is not a multi-model endpoint and does not support target model "
            "header.",
            ErrorCode="TARGET_MODEL_HEADER_NOT_SUPPORTED",
        )
    for header, member in NOT_SERVED.items():
        if header in headers:
            raise InvocationError(
                "ValidationError",
                f"The Local SageMaker does not serve {member} of InvokeEndpoint. On AWS the same "
                "call works: see helpers.connect(backend='aws').",
            )


def _model_error(endpoint: Endpoint, side: str, status: int, text: str) -> InvocationError:
    group, region = f"{LOG_GROUPS}/{endpoint.name}", endpoint.region
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


def _no_variant(endpoint: Endpoint, target: str | None) -> InvocationError:
    """Return the error of an invocation that no variant takes; no text of AWS's is known."""
    names = ", ".join(variant.name for variant in endpoint.traffic.variants)
    if target is None:
        text = f"All variants of endpoint {endpoint.name} have weight 0: {names}."
    else:
        text = f"Endpoint {endpoint.name} has no variant {target}. Its variants: {names}."
    return InvocationError("ValidationError", text)
