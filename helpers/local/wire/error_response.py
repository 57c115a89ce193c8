"""An error as a response, in the form of the protocol that the client speaks."""

import uuid
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from helpers.local.wire import aws_json
from helpers.local.wire.auth_errors import Protocol
from helpers.local.wire.errors import AwsError

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def error_response(
    error: AwsError, protocol: Protocol, resource: str = ""
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an error.

    Parameters
    ----------
    error
        Its code and message.
    protocol
        "json" (awsJson 1.1), "query" (XML, as IAM) or "s3" (XML without an envelope).
    resource
        The path of the request, which S3 repeats.
    """
    headers = aws_json.response_headers()
    if protocol == "json":
        return headers, aws_json.error_body(error)
    inner = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "s3":
        request_id = uuid.uuid4().hex[:16].upper()
        text = (
            f"{_DECLARATION}<Error>{inner}<Resource>{escape(resource)}</Resource>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
        return {"Content-Type": "application/xml", "x-amz-request-id": request_id}, text.encode()
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
        f"<RequestId>{headers['x-amzn-RequestId']}</RequestId></ErrorResponse>"
    )
    return {**headers, "Content-Type": "text/xml"}, text.encode()


def wsgi_error_response(
    start_response: Callable[..., Any], error: AwsError, protocol: Protocol, resource: str = ""
) -> list[bytes]:
    """Start an error response of a WSGI application, and return its body.

    Parameters
    ----------
    start_response
        As WSGI (PEP 3333) gives it.
    error, protocol, resource
        As for `error_response`.
    """
    headers, body = error_response(error, protocol, resource)
    headers["Content-Length"] = str(len(body))
    start_response(f"{error.status} {error.code}", list(headers.items()))
    return [body]
