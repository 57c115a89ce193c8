"""The front door: the way of a request, from the socket to whoever answers it.

host check -> signature -> SageMaker's control plane
                        -> Service Quotas
                        -> STS and IAM queries that are ours
                        -> everything else: moto, with its state kept on disk
"""

import asyncio
import os
import traceback
import uuid
from hashlib import sha256
from urllib.parse import unquote

from a2wsgi import WSGIMiddleware
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from helpers.home import Home
from helpers.local.resources.control_plane import ControlPlane
from helpers.local.runtime.workloads import JobRunner
from helpers.local.services import sts_iam
from helpers.local.services.quotas import operations as quotas
from helpers.local.state import moto_services
from helpers.local.state.s3 import objects
from helpers.local.wire import auth_errors, aws_json, signature
from helpers.local.wire.asgi import join_headers, read_body, replay_body, reply_error, send_response
from helpers.local.wire.errors import AwsError, unsupported_operation


class Gateway:
    """The ASGI application."""

    def __init__(self, home: Home, workshop: JobRunner):
        self._home_id, self._key = home.id, home.credentials
        self._control_plane = ControlPlane(workshop)
        self._database = workshop.database
        dispatcher = DomainDispatcherApplication(create_backend_app)
        kept = moto_services.persist(workshop.logs.keep(dispatcher), home.path)
        self._moto = WSGIMiddleware(objects.durable(kept), workers=16)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return  # no websockets; the server's life is in main()
        send = with_request_id(send)
        headers = join_headers(scope["headers"])
        protocol = "json"
        try:
            self._check_host(headers, scope["server"][1])
            if scope["path"] == "/_local/health":
                about = f'{{"home": "{self._home_id}", "pid": {os.getpid()}}}'
                return await send_response(
                    send, 200, about.encode(), {"Content-Type": "application/json"}
                )
            service = claimed_service(headers, scope["query_string"].decode())
            protocol = auth_errors.protocol_of(service, headers, scope["query_string"].decode())
            await self._route(scope, receive, send, headers, service)
        except AwsError as error:
            await reply_error(send, error, protocol, scope["method"])
        except ConnectionError:
            pass  # the client went away
        except Exception:
            traceback.print_exc()
            internal = AwsError(
                "InternalFailure",
                "The Local SageMaker failed; `python -m helpers local logs` says why.",
                500,
            )
            await reply_error(send, internal, protocol, scope["method"])

    async def _route(self, scope, receive, send, headers: dict, service: str | None) -> None:
        # but for S3, where a header names it, the digest of the body is under the signature
        body = None if service in (None, "s3") else await read_body(receive)
        caller = signature.verify(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            headers,
            None if body is None else sha256(body).hexdigest(),
            self._secret_for,
        )
        target = headers.get("x-amz-target", "")
        if caller.service == "sagemaker" and target.startswith(aws_json.TARGET_PREFIX):
            answer = await self._control_plane.answer(
                target, body, caller.region, headers.get("user-agent", "")
            )
            return await send_response(send, 200, answer, aws_json.response_headers())
        if caller.service == "servicequotas":
            answer = await asyncio.to_thread(
                quotas.answer, target, body, caller.region, self._database
            )
            return await send_response(send, 200, answer, aws_json.response_headers())
        # SageMaker's runtimes sign as sagemaker too. moto goes by the target if it can't read who
        # signed for what.
        if caller.service.startswith("sagemaker") or target.lower().startswith("sagemaker"):
            raise unsupported_operation(
                f"{scope['method']} {scope['path']}", self._control_plane.served
            )
        if (
            service in ("sts", "iam")
            and (answer := sts_iam.handle_query(service, body)) is not None
        ):
            return await send_response(send, 200, answer, {"Content-Type": "text/xml"})
        if scope["path"].startswith("/moto-api"):
            raise AwsError("NotFound", "There is nothing here.", 404)
        await self._moto(scope, receive if body is None else replay_body(body), send)

    def _check_host(self, headers: dict, port: int) -> None:
        """A web page in the learner's browser must not reach us under a name of its own."""
        name = headers.get("host", "").rsplit(":", 1)[0]
        if name not in ("127.0.0.1", "localhost", "[::1]"):
            raise AwsError(
                "AccessDeniedException",
                f"The Local SageMaker answers at http://127.0.0.1:{port}, and not for {name!r}.",
                403,
            )

    def _secret_for(self, access_key: str) -> str | None:
        return self._key.secret_key if access_key == self._key.access_key else None


def claimed_service(headers: dict, query: str) -> str | None:
    """The service of the credential scope, as the request claims it; not verified yet."""
    for text in (headers.get("authorization", ""), unquote(query)):
        _, found, scope = text.partition("Credential=")
        if found:
            parts = scope.split("/")
            return parts[3] if len(parts) > 3 else None
    return "s3" if "AWSAccessKeyId=" in query else None


def with_request_id(send):
    """Give every answer an id, in the header that botocore reads for all services."""

    async def identified(message):
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"x-amzn-requestid" for name, _ in headers):
                headers.append((b"x-amzn-requestid", str(uuid.uuid4()).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return identified
