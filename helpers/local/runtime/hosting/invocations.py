"""InvokeEndpoint: from a request of SageMaker's runtime to the answer of a model's container."""

import asyncio
import re
import time
from collections.abc import Mapping
from functools import lru_cache, partial
from urllib.parse import unquote

from helpers.home import ACCOUNT
from helpers.local.runtime.hosting import invocation_errors as errors
from helpers.local.runtime.hosting.async_requests import acknowledge
from helpers.local.runtime.hosting.connection import ConnectionLostError, ContainerResponse
from helpers.local.runtime.hosting.counters import count_invocation, source_of
from helpers.local.runtime.hosting.endpoint import Endpoint
from helpers.local.runtime.hosting.invocation_errors import InvocationError, Response
from helpers.local.runtime.hosting.response_stream import OnVariantPart, ResponseStream
from helpers.local.runtime.hosting.serverless import MAX_BODY_BYTES
from helpers.local.runtime.hosting.target_models import target_model
from helpers.local.runtime.hosting.traffic import (
    INVOCATIONS,
    NoInstanceError,
    NoVariantError,
    ThrottledError,
)
from helpers.local.runtime.runner import Runner
from helpers.local.wire.asgi import Send, send_response
from helpers.local.wire.errors import ValidationException
from helpers.local.wire.request import Request
from helpers.local.wire.validation import validate

BODY_LIMIT = 25 << 20  # bytes; developer guide, "Model Hosting FAQs"
ANSWER_SECONDS = 60  # the same page
WAIT_SECONDS = 0.01  # between two looks for an instance, while the only one is replaced
PATH = re.compile(r"/endpoints/([^/]+)/(async-invocations|invocations|invocations-response-stream)")
PREFIX = "x-amzn-sagemaker-"
CUSTOM_ATTRIBUTES = f"{PREFIX}custom-attributes"
TARGET_MODEL = f"{PREFIX}target-model"
FORWARDED = ("content-type", "accept", CUSTOM_ATTRIBUTES, TARGET_MODEL)
NOT_SERVED = {
    f"{PREFIX}target-container-hostname": "TargetContainerHostname",
    f"{PREFIX}enable-explanations": "EnableExplanations",
    f"{PREFIX}inference-component": "InferenceComponentName",
    f"{PREFIX}session-id": "SessionId",
    f"{PREFIX}prefix-aware-id": "PrefixAwareId",
}


CHECKED = {  # against the service model: botocore checks neither lengths nor patterns
    "content-type": "ContentType",
    "accept": "Accept",
    CUSTOM_ATTRIBUTES: "CustomAttributes",
    f"{PREFIX}inference-id": "InferenceId",
    TARGET_MODEL: "TargetModel",
    f"{PREFIX}target-variant": "TargetVariant",
}


class Invocations:
    """Answers InvokeEndpoint, InvokeEndpointWithResponseStream and InvokeEndpointAsync.

    Parameters
    ----------
    runner
        Where the endpoints run.
    """

    def __init__(self, runner: Runner):
        self._runner = runner

    async def answer(self, request: Request, send: Send) -> None:
        """Answer a request whose path fits PATH, and whose signature is verified."""
        name, operation = PATH.fullmatch(request.path).groups()
        try:
            endpoint = self._endpoint(unquote(name), request)
            if operation == "async-invocations":
                response = await asyncio.to_thread(_acknowledge, endpoint, request)
                return await send_response(send, response.status, response.body, response.headers)
            if endpoint.waiting is not None:
                raise errors.is_asynchronous(endpoint.name)
            is_serverless = endpoint.traffic.max_concurrency is not None
            if is_serverless and len(request.body) > MAX_BODY_BYTES:
                raise errors.oversize_body()
            with endpoint.traffic.invocation():
                if operation == "invocations-response-stream":
                    return await self._answer_stream(endpoint, request, send)
                response = await self._answer_whole(endpoint, request)
        except InvocationError as error:
            response = error.response()
        except ThrottledError:
            response = errors.THROTTLED
        await send_response(send, response.status, response.body, response.headers)

    def _endpoint(self, name: str, request: Request) -> Endpoint:
        """Return the running endpoint of exactly this name, as AWS does for invocations."""
        _check_headers(name, *map(request.headers.get, CHECKED))
        for header, member in NOT_SERVED.items():
            if header in request.headers:
                raise errors.not_served(member, "InvokeEndpoint")
        arn = f"arn:aws:sagemaker:{request.region}:{ACCOUNT}:endpoint/{name.lower()}"
        endpoint = self._runner.find(arn)
        if not isinstance(endpoint, Endpoint) or endpoint.name != name or not endpoint.is_invocable:
            raise errors.no_endpoint(name)
        return endpoint

    async def _answer_whole(self, endpoint: Endpoint, request: Request) -> Response:
        headers, body = request.headers, request.body
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                variant, response = await self._send(endpoint, headers, body)
        except TimeoutError:
            raise errors.model_error(endpoint, 0, errors.TIMED_OUT) from None
        if response.status >= 400:
            text = response.body.decode("utf-8", "replace")
            raise errors.model_error(endpoint, response.status, text)
        content_type = response.headers.get("content-type", "")
        if endpoint.capture is not None:
            sent = (headers.get("content-type", ""), body)
            answered = (content_type, response.body)
            inference_id = headers.get(f"{PREFIX}inference-id")
            endpoint.capture.record(variant, sent, answered, inference_id)
        answer = _answer_headers(variant, response.headers)
        if content_type:
            answer["Content-Type"] = content_type
        return Response(200, answer, response.body)

    async def _answer_stream(self, endpoint: Endpoint, request: Request, send: Send) -> None:
        headers = dict(request.headers)
        if f"{PREFIX}accept" in headers:  # what this operation calls it
            headers["accept"] = headers[f"{PREFIX}accept"]

        async def ask(on_part: OnVariantPart) -> tuple[str, ContainerResponse]:
            return await self._send(endpoint, headers, request.body, on_part)

        def headers_of(variant: str, answered: Mapping[str, str]) -> dict[str, str]:
            shown = _answer_headers(variant, answered)
            if content_type := answered.get("content-type"):
                shown["X-Amzn-SageMaker-Content-Type"] = content_type
            return shown

        try:
            status, text = await ResponseStream(send, headers_of).answer(ask)
        except TimeoutError:
            raise errors.model_error(endpoint, 0, errors.TIMED_OUT) from None
        if status >= 400:
            raise errors.model_error(endpoint, status, text.decode("utf-8", "replace"))

    async def _send(
        self,
        endpoint: Endpoint,
        headers: dict[str, str],
        body: bytes,
        on_part: OnVariantPart | None = None,
    ) -> tuple[str, ContainerResponse]:
        """Send it to an instance; wait for one while none answers, as when the server starts."""
        traffic = endpoint.traffic
        target = headers.get(f"{PREFIX}target-variant")
        forwarded = {name: headers[name] for name in FORWARDED if name in headers}
        forwarded |= {"host": "model.aws.local:8080", "user-agent": "AHC/2.0"}
        received, is_first = time.perf_counter(), True
        while True:
            try:
                variant, instance = traffic.take(target)
            except NoVariantError as error:
                raise errors.no_variant(endpoint, str(error)) from error
            except NoInstanceError:
                if self._runner.find(endpoint.arn) is not endpoint:
                    raise errors.no_endpoint(endpoint.name) from None
                if self._runner.context.statuses.closed:
                    raise errors.shutting_down() from None
                endpoint.wake()  # a serverless one starts a container now
                await asyncio.sleep(WAIT_SECONDS)
                continue
            take_part = partial(on_part, variant.name) if on_part else None
            status, asked, is_sent, model = 0, 0.0, False, None
            try:
                model = await target_model(endpoint, instance, headers.get(TARGET_MODEL))
                path = INVOCATIONS if model is None else model.path
                asked, is_sent = time.perf_counter(), True
                response = await instance.invoke(forwarded, body, take_part, path)
                status = response.status
                return variant.name, response
            except ConnectionLostError as error:
                if error.answered or not is_first:
                    raise errors.model_error(endpoint, 0, errors.CONNECTION_LOST) from None
                # Its container was ending, perhaps, when it connected: asked once more.
                is_first = is_sent = False
                await asyncio.sleep(WAIT_SECONDS)
            except OSError:  # nobody listens on its socket: the container has ended
                instance.is_alive = is_sent = False
            finally:
                traffic.give_back(instance)
                if model is not None:
                    instance.models.give_back(model)
                if is_sent and self._runner.context.metrics:
                    answered = time.perf_counter()
                    # When its answer is on its way: the client need not wait for that.
                    asyncio.get_running_loop().call_soon(
                        count_invocation,
                        self._runner.context.metrics,
                        source_of(endpoint.region, endpoint.name, variant.name),
                        len(variant.instances),
                        status,
                        answered - received,
                        answered - asked,
                    )


def is_invocation(request: Request) -> bool:
    """Tell whether a request is an invocation of an endpoint."""
    return (
        request.service == "sagemaker"
        and request.method == "POST"
        and PATH.fullmatch(request.path) is not None
    )


@lru_cache(1024)
def _check_headers(endpoint_name: str, *values: str | None) -> None:
    """Raise InvocationError for values of CHECKED that the service model does not allow.

    What was allowed is remembered: a client sends the same headers again and again.
    """
    members = {"EndpointName": endpoint_name, "Body": b""}  # of its length, the gateway takes care
    for member, value in zip(CHECKED.values(), values, strict=True):
        if value is not None:
            members[member] = value.encode("latin-1").decode(errors="replace")
    try:
        validate("InvokeEndpoint", members, "sagemaker-runtime")
    except ValidationException as error:
        raise InvocationError("ValidationError", error.message) from None


def _acknowledge(endpoint: Endpoint, request: Request) -> Response:
    if endpoint.waiting is None:
        raise errors.not_asynchronous(endpoint.name)
    return acknowledge(endpoint.name, endpoint.waiting, request.headers, request.body)


def _answer_headers(variant: str, answered: Mapping[str, str]) -> dict[str, str]:
    headers = {"x-Amzn-Invoked-Production-Variant": variant}
    if attributes := answered.get(CUSTOM_ATTRIBUTES):
        headers["X-Amzn-SageMaker-Custom-Attributes"] = attributes
    return headers
