"""Payload format 2.0: the event that a function gets for a request, and the answer that it returns.

Source: the API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
Nothing here was compared with AWS. What the guide leaves open: a header or a cookie that is not
text or a number, and a status below 200 or above 599, are refused.
"""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

ROUTE = "POST /sentiment"
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
"""The content types whose bodies reach the function as text; others are encoded in base64."""

PLAIN_TEXT = "text/plain; charset=utf-8"
"""The content type of an answer whose function names none (seen in a public log of 2020)."""

NO_BODY = (204, 304)
"""The statuses whose answers have no body (RFC 9110, section 6.4.1)."""

SERVER_HEADERS = (
    "connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"
)  # fmt: skip
"""Headers about the connection, which the server sets itself (RFC 9110, section 7.6.1)."""

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
"""What HTTP allows as name and value (RFC 9110, sections 5.1 and 5.5)."""


class Answer(NamedTuple):
    """A response of the API; each cookie is a header Set-Cookie of its own."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


def request_event(
    body: bytes | str | dict[str, Any],
    headers: Mapping[str, str] | None = None,
    target: str = "/sentiment",
) -> dict[str, Any]:
    """Return the event of a POST request, in API Gateway's payload format 2.0.

    Parameters
    ----------
    body : bytes, str or dict
        The request's body; a dict is written as JSON.
    headers : mapping from str to str, optional
        The request's headers; by default those of JSON.
    target : str
        The path and, after "?", the query.

    Examples
    --------
    >>> event = request_event({"review": "A good film."})
    >>> event["routeKey"], event["body"], event["isBase64Encoded"]
    ('POST /sentiment', '{"review": "A good film."}', False)
    """
    if isinstance(body, dict):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    headers = {"content-type": "application/json"} if headers is None else dict(headers)
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
    text = _as_text(body, headers.get("content-type", ""))
    parts = urllib.parse.urlsplit(target)
    now = time.time()
    event = {
        "version": "2.0",
        "routeKey": ROUTE,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **_query_members(parts.query),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": headers.get("host", "127.0.0.1"),
            "http": {
                "method": ROUTE.split()[0],
                "path": parts.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": ROUTE,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(1000 * now),
        },
        "isBase64Encoded": text is None,
    }
    if body:
        event["body"] = base64.b64encode(body).decode() if text is None else text
    return event


def answer_of(value: Any) -> Answer:
    """Return the answer for what a function returned. Raises ValueError if it has another form.

    A value without a member ``statusCode`` is the body of an answer with status 200, in JSON.
    """
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value if isinstance(value, str) else json.dumps(value)
        return Answer(200, {"content-type": "application/json"}, body.encode())
    headers, cookies = value.get("headers") or {}, value.get("cookies") or []
    body = value.get("body")
    body = "" if body is None else body
    if not (isinstance(headers, dict) and isinstance(cookies, list) and isinstance(body, str)):
        raise ValueError("headers must be an object, cookies a list, and body text")
    status = int(str(value["statusCode"]))
    if not 200 <= status <= 599:
        raise ValueError(f"{status} is not the status of an answer")
    content = body.encode()
    is_encoded = value.get("isBase64Encoded", False)
    if not isinstance(is_encoded, bool):
        raise ValueError(f"isBase64Encoded must be true or false, got {is_encoded!r}")
    if is_encoded:
        content = base64.b64decode(content, validate=True)
    texts = _header_texts(headers)
    if body:
        texts.setdefault("content-type", PLAIN_TEXT)
    return Answer(
        status,
        texts,
        b"" if status in NO_BODY else content,
        tuple(_header_text("set-cookie", cookie) for cookie in cookies),
    )


def _header_texts(headers: dict[str, Any]) -> dict[str, str]:
    """Return a function's headers by lower-case name. Raises ValueError as `_header_text`.

    Those about the connection and the length of the body are the server's own.
    """
    texts = {name.lower(): _header_text(name, value) for name, value in headers.items()}
    return {name: text for name, text in texts.items() if name not in SERVER_HEADERS}


def _header_text(name: str, value: Any) -> str:
    """Return the value of a header as text. Raises ValueError if HTTP does not allow it."""
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"the header {name} is neither text nor a number")
    if not (HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(str(value))):
        raise ValueError(f"the header {name} has characters that HTTP does not allow")
    return str(value)


def _query_members(query: str) -> dict[str, dict[str, str]]:
    """Return the event's member for a query, if there is one; values of one name are joined."""
    parameters: dict[str, str] = {}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return {"queryStringParameters": parameters} if parameters else {}


def _as_text(body: bytes, content_type: str) -> str | None:
    """Return a body as text, or None if its content type, or its bytes, are not text."""
    if not content_type.lower().startswith(TEXT_TYPES):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
