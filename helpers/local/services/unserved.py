"""Refuse what no service here answers, in the protocol of the request, and without a traceback.

moto ends in an error of its own for a service that it doesn't have, in a page of HTML for a path,
and in an exception for an operation, or for a request that lacks a member. Some of its services
return results that it made up: those are refused too.
"""

import traceback
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import flask
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError
from moto import backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from helpers.local.services import cloudformation
from helpers.local.wire import auth_errors
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError
from helpers.local.wire.request import claimed_service

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
# What moto raises where it reads a request that lacks something, or has another type.
MALFORMED = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError,
)  # fmt: skip
# Services of which moto invents the results: the same sentiment for any text, for example, or a
# state machine that never ends and starts no job. By the name that a request is signed with.
INVENTED = (
    "athena", "bedrock", "comprehend", "polly", "rekognition", "states", "textract", "transcribe",
)  # fmt: skip
REFUSED_PAGES = ("404", "405", "501")  # statuses of moto's pages for a path that it doesn't have


def moto_application() -> DomainDispatcherApplication:
    """Return moto's application, which raises what its services raise."""
    return DomainDispatcherApplication(_create_backend)


def _create_backend(service: str) -> flask.Flask:
    app = create_backend_app(service)
    if service == "cloudformation":
        cloudformation.patch_moto()
    app.config["PROPAGATE_EXCEPTIONS"] = service != "s3"  # our S3 expects an answer in any case
    return app


class UnservedRefusal:
    """A WSGI application around moto's that refuses what moto has not."""

    def __init__(self, app: WsgiApp, dispatcher: DomainDispatcherApplication):
        self._app, self._dispatcher = app, dispatcher

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {"authorization": environ.get("HTTP_AUTHORIZATION", "")}
        service = claimed_service(headers, environ.get("QUERY_STRING", ""))
        if service in (None, "s3"):
            return self._app(environ, start_response)
        if service in INVENTED or not self._is_served(environ):
            return _refuse(environ, start_response, service)
        started: list[Any] = []
        try:
            answer = self._app(environ, lambda *start: started.append(start))
        except (NotImplementedError, OperationNotFoundError):
            return _refuse(environ, start_response, service)
        except MALFORMED as error:
            traceback.print_exc()
            return _refuse_malformed(environ, start_response, service, error)
        status, answered = started[-1][:2]
        is_page = any(name.lower() == "content-type" and "html" in text for name, text in answered)
        if is_page and status.startswith(REFUSED_PAGES):
            if hasattr(answer, "close"):
                answer.close()
            return _refuse(environ, start_response, service)
        start_response(*started[-1])
        return answer

    def _is_served(self, environ: Environ) -> bool:
        try:
            host = self._dispatcher.infer_service_region_host(environ, environ["PATH_INFO"])
        except (KeyError, IndexError, ValueError, AttributeError):
            return False  # moto reads a header that the request lacks, such as DynamoDB's target
        if host is None or host == "moto_api" or host in backends.list_of_moto_modules():
            return host is not None
        patterns = self._dispatcher.backend_url_patterns
        return any(pattern.match(f"http://{host}") for _, pattern in patterns)


def _refuse_malformed(
    environ: Environ, start_response: Callable[..., Any], service: str, reason: Exception
) -> list[bytes]:
    """Refuse as a client's error what moto can't read: clients send the request of a 500 again."""
    protocol = _protocol(environ, service)
    error = AwsError(
        "ValidationError" if protocol == "query" else "ValidationException",
        f"{_named(environ)} could not be read: moto, which answers {service} here, ended in "
        f"{type(reason).__name__}: {reason}. Is a parameter missing, or of another type? "
        "`python -m helpers local logs` says where it ended.",
    )
    return wsgi_error_response(start_response, error, protocol)


def _named(environ: Environ) -> str:
    return environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


def _refuse(environ: Environ, start_response: Callable[..., Any], service: str) -> list[bytes]:
    error = AwsError(
        "UnknownOperationException",
        f"The Local SageMaker does not serve {_named(environ)} of {service}. It serves SageMaker, "
        "S3, IAM, STS, CloudWatch, CloudWatch Logs, Service Quotas, Budgets, CloudFormation and "
        "what else moto has (docs.getmoto.org). On AWS the same call works: see "
        "helpers.connect(backend='aws').",
        400,
    )
    return wsgi_error_response(start_response, error, _protocol(environ, service))


def _protocol(environ: Environ, service: str) -> auth_errors.Protocol:
    if _service_protocol(service) in ("query", "ec2", "rest-xml"):
        return "query"
    headers = {"content-type": environ.get("CONTENT_TYPE", "")}
    return auth_errors.protocol_of(service, headers, environ.get("QUERY_STRING", ""))


@cache
def _service_protocol(service: str) -> str:
    """Return the protocol of a service that botocore knows by the name it signs with."""
    try:
        return Loader().load_service_model(service, "service-2")["metadata"]["protocol"]
    except (BotoCoreError, ValueError):
        return ""
