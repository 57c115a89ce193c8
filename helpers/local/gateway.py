"""The gateway: the life of a request, from the socket to who answers it.

1. The host must be this machine's own name.
2. The first handler that takes the request answers it, or leaves it to the next one.
3. Before that, unless the handler takes unsigned requests, the signature is verified.

`Gateway.__init__` lists the handlers in their order.
"""

import asyncio
import json
import os
import traceback
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

from helpers.local.console.access import is_console_request
from helpers.local.console.application import Console
from helpers.local.home import Home
from helpers.local.resources.control_plane import ControlPlane
from helpers.local.runtime.hosting.invocations import BODY_LIMIT, Invocations, is_invocation
from helpers.local.runtime.runner import Runner
from helpers.local.services import ecr, endpoint_scaling, price_list, sts_iam, unserved
from helpers.local.services.quotas import operations as service_quotas
from helpers.local.state import moto_services
from helpers.local.state.s3 import objects
from helpers.local.wire import auth_errors, aws_json, signature
from helpers.local.wire.asgi import Message, Send, read_body, replay_body, send_error, send_response
from helpers.local.wire.errors import AwsError, internal_failure, unsupported_operation
from helpers.local.wire.request import Request
from helpers.local.wire.wsgi import WsgiBridge

CONTROL_PLANE_LIMIT = 16 << 20  # bytes of a body
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
XML = {"Content-Type": "text/xml"}


@dataclass(frozen=True)
class Handler:
    """Answers some of the requests.

    Parameters
    ----------
    takes
        Whether a request is one of them, by what it claims in its headers and path.
    answer
        Answers it, or returns False to leave it to the next handler.
    body_limit
        Bytes; None for a body that is passed on as a stream.
    is_signed
        Whether the signature must be verified first.
    """

    takes: Callable[[Request], bool]
    answer: Callable[[Request, Send], Awaitable[bool]]
    body_limit: int | None = CONTROL_PLANE_LIMIT
    is_signed: bool = True


class Gateway:
    """The ASGI application."""

    def __init__(self, home: Home, runner: Runner):
        self._home_id, self._key = home.id, home.credentials
        self._control_plane = ControlPlane(runner)
        self._invocations = Invocations(runner)
        self._console = Console(self._control_plane, runner)
        self._database = runner.context.database
        moto = unserved.moto_application()
        persistent = moto_services.persist(runner.context.logs.persist(moto), home.path)
        served = unserved.UnservedRefusal(objects.durable(persistent), moto)
        self._moto = WsgiBridge(served, workers=16)
        self._handlers = (
            Handler(_is_health_check, self._answer_health_check, is_signed=False),
            Handler(is_console_request, self._console.answer, None, is_signed=False),
            Handler(_is_control_plane, self._answer_control_plane),
            Handler(_is_for("servicequotas"), self._answer_service_quotas),
            Handler(_is_for("pricing"), self._answer_price_list),
            Handler(_is_for("ecr"), self._answer_ecr),
            Handler(_is_for("application-autoscaling"), self._refuse_endpoint_scaling),
            Handler(is_invocation, self._answer_invocation, body_limit=BODY_LIMIT),
            Handler(_is_other_sagemaker, self._refuse_unsupported),
            Handler(_is_for("sts", "iam"), self._answer_sts_iam),
            Handler(_is_moto_api, self._refuse_moto_api),
            Handler(_is_for(None, "s3"), self._answer_moto, body_limit=None),
            Handler(lambda request: True, self._answer_moto),
        )

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return  # no websockets; the server's life is in main()
        request, send = Request(scope, receive), with_request_id(send)
        try:
            _check_host(request)
            await self._handle(request, send)
        except AwsError as error:
            await send_error(send, error, _protocol(request), request.method, request.path)
        except ConnectionError:
            pass  # the client went away
        except Exception as error:
            traceback.print_exc()
            internal = internal_failure(error)
            await send_error(send, internal, _protocol(request), request.method, request.path)

    async def _handle(self, request: Request, send: Send) -> None:
        for handler in self._handlers:
            if handler.takes(request):
                if handler.is_signed and not request.is_verified:
                    await self._verify(request, handler.body_limit)
                if await handler.answer(request, send):
                    return

    async def _verify(self, request: Request, body_limit: int | None) -> None:
        """Check the signature. Of a stream a header names the digest, which is signed."""
        if body_limit is not None:
            request.body = await read_body(request.receive, body_limit)
        caller = signature.verify(
            request.method,
            request.scope["raw_path"].decode("latin-1"),
            request.scope["query_string"].decode("latin-1"),
            request.headers,
            None if request.body is None else sha256(request.body).hexdigest(),
            self._secret_for,
        )
        request.region, request.is_verified = caller.region, True

    def _secret_for(self, access_key: str) -> str | None:
        return self._key.secret_key if access_key == self._key.access_key else None

    async def _answer_health_check(self, request: Request, send: Send) -> bool:
        about = json.dumps({"home": self._home_id, "pid": os.getpid()}).encode()
        await send_response(send, 200, about, {"Content-Type": "application/json"})
        return True

    async def _answer_control_plane(self, request: Request, send: Send) -> bool:
        user_agent = request.headers.get("user-agent", "")
        answer = await self._control_plane.answer(
            request.target, request.body, request.region, user_agent
        )
        await send_response(send, 200, answer, aws_json.response_headers())
        return True

    async def _answer_service_quotas(self, request: Request, send: Send) -> bool:
        answer = await asyncio.to_thread(
            service_quotas.answer, request.target, request.body, request.region, self._database
        )
        await send_response(send, 200, answer, aws_json.response_headers())
        return True

    async def _answer_price_list(self, request: Request, send: Send) -> bool:
        answer = price_list.answer(request.target, request.body)
        await send_response(send, 200, answer, aws_json.response_headers())
        return True

    async def _answer_ecr(self, request: Request, send: Send) -> bool:
        answer = ecr.answer(request.target, request.body, request.region)
        if answer is None:
            return False  # moto's registry
        await send_response(send, 200, answer, aws_json.response_headers())
        return True

    async def _refuse_endpoint_scaling(self, request: Request, send: Send) -> bool:
        endpoint_scaling.refuse(request.target, request.body)
        return False  # moto has the scalable targets of other services

    async def _answer_invocation(self, request: Request, send: Send) -> bool:
        await self._invocations.answer(request, send)
        return True

    async def _refuse_unsupported(self, request: Request, send: Send) -> bool:
        raise unsupported_operation(f"{request.method} {request.path}", self._control_plane.served)

    async def _answer_sts_iam(self, request: Request, send: Send) -> bool:
        answer = sts_iam.handle_query(request.service, request.body)
        if answer is None:
            return False  # moto knows it
        await send_response(send, 200, answer, XML)
        return True

    async def _refuse_moto_api(self, request: Request, send: Send) -> bool:
        raise AwsError("NotFound", "Not found.", 404)

    async def _answer_moto(self, request: Request, send: Send) -> bool:
        receive = request.receive if request.body is None else replay_body(request.body)
        await self._moto(request.scope, receive, send)
        return True


def _check_host(request: Request) -> None:
    """A web page in the learner's browser must not reach us under a name of its own."""
    name = request.headers.get("host", "").rsplit(":", 1)[0]
    if name not in LOCAL_NAMES:
        port = request.scope["server"][1]
        raise AwsError(
            "AccessDeniedException",
            f"The Local SageMaker answers at http://127.0.0.1:{port}, and not for {name!r}.",
            403,
        )


def _protocol(request: Request) -> auth_errors.Protocol:
    return auth_errors.protocol_of(request.service, request.headers, request.query)


def _is_health_check(request: Request) -> bool:
    return request.path == "/_local/health"


def _is_control_plane(request: Request) -> bool:
    return request.service == "sagemaker" and request.target.startswith(aws_json.TARGET_PREFIX)


def _is_for(*services: str | None) -> Callable[[Request], bool]:
    """Return what tells whether a request is signed for one of these services."""
    return lambda request: request.service in services


def _is_other_sagemaker(request: Request) -> bool:
    """Tell whether it is for a service of SageMaker's that is not served.

    SageMaker's runtimes sign as sagemaker too. moto goes by the target if it can't read who signed
    for what.
    """
    service = request.service or ""
    return service.startswith("sagemaker") or request.target.lower().startswith("sagemaker")


def _is_moto_api(request: Request) -> bool:
    return request.path.startswith("/moto-api")


def with_request_id(send: Send) -> Send:
    """Give every answer an id, in the header that botocore reads for all services."""

    async def identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if b"x-amzn-requestid" not in [name.lower() for name, _ in headers]:
                headers.append((b"x-amzn-requestid", str(uuid.uuid4()).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return identified
