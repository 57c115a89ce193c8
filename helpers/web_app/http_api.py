"""The API in front of the function, as an HTTP API of API Gateway: events, answers, CORS, limits.

Sources: the API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs" (the
event and the answer in payload format 2.0), "Configure CORS for HTTP APIs", "Throttle requests to
your HTTP APIs" and the quotas of HTTP APIs. Nothing here was compared with AWS. What the guide
leaves open: this API adds CORS headers to its own errors, too.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from helpers.web_app.function import Function, FunctionError

ROUTE = "POST /sentiment"
RATE_PER_SECOND, BURST = 5, 10
CORS_MAX_AGE_SECONDS = 600
MAX_BODY_BYTES = 6_000_000  # Lambda's limit for an event; API Gateway's own is 10 MB
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
"""The content types whose bodies reach the function as text; others are encoded in base64."""

HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\xa0-\xff]*")
"""A name and a value as HTTP allows them (RFC 9110, sections 5.1 and 5.5)."""


class Answer(NamedTuple):
    """A response of the API."""

    status: int
    headers: dict[str, str]
    body: bytes


class Throttle:
    """A token bucket: `burst` requests at once, and `rate_per_second` more each second."""

    def __init__(self, rate_per_second: float, burst: int, clock=time.monotonic):
        self._rate, self._burst, self._clock = rate_per_second, burst, clock
        self._tokens, self._at, self._lock = float(burst), clock(), threading.Lock()

    def allows(self) -> bool:
        """Take a token if there is one."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class HttpApi:
    """Answer requests by a function, as an HTTP API with one route does.

    Parameters
    ----------
    function : Function
        What the route calls.
    page_origin : str
        The only origin whose pages may read answers, such as ``http://127.0.0.1:8000``.
    rate_per_second, burst : float and int
        More requests are refused with status 429.
    """

    def __init__(
        self,
        function: Function,
        page_origin: str,
        rate_per_second: float = RATE_PER_SECOND,
        burst: int = BURST,
    ):
        self._function, self._page_origin = function, page_origin
        self._throttle = Throttle(rate_per_second, burst)

    def respond(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Return the answer to a request.

        Parameters
        ----------
        method, target : str
            Such as "POST" and "/sentiment?a=1".
        headers : mapping from str to str
            By lower-case name.
        body : bytes
            As it was sent.
        """
        allowed = headers.get("origin") == self._page_origin
        if method == "OPTIONS":
            return Answer(204, self._preflight_headers() if allowed else {}, b"")
        cors = {"access-control-allow-origin": self._page_origin} if allowed else {}
        answer = self._answer(method, target, headers, body)
        own = {name: value for name, value in answer.headers.items() if not _is_cors(name)}
        return answer._replace(headers=own | cors)

    def _preflight_headers(self) -> dict[str, str]:
        return {
            "access-control-allow-origin": self._page_origin,
            "access-control-allow-methods": ROUTE.split()[0],
            "access-control-allow-headers": "content-type",
            "access-control-max-age": str(CORS_MAX_AGE_SECONDS),
        }

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if f"{method} {target.partition('?')[0]}" != ROUTE:
            return message(404, "Not Found")
        if not self._throttle.allows():
            return message(429, "Too Many Requests")
        if len(body) > MAX_BODY_BYTES:
            return message(413, "Request Entity Too Large")
        try:
            return answer_of(self._function.invoke(request_event(body, headers, target)))
        except (FunctionError, ValueError):
            return message(500, "Internal Server Error")


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
    text = _as_text(body, headers.get("content-type", ""))
    parts = urllib.parse.urlsplit(target)
    now = time.time()
    event = {
        "version": "2.0",
        "routeKey": ROUTE,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": headers,
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
    """Return the answer for what a function returned. Raises ValueError for any other.

    A value without a member ``statusCode`` is the body of an answer with status 200, in JSON.
    """
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value if isinstance(value, str) else json.dumps(value)
        return Answer(200, {"content-type": "application/json"}, body.encode())
    headers = value.get("headers") or {}
    body = value.get("body") or ""
    if not isinstance(headers, dict) or not isinstance(body, str):
        raise ValueError("headers must be an object, and body must be text")
    status = int(str(value["statusCode"]))
    if not 100 <= status <= 599:
        raise ValueError(f"{status} is not an HTTP status")
    try:
        content = base64.b64decode(body) if value.get("isBase64Encoded") else body.encode()
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    return Answer(status, _header_texts(headers), content)


def _header_texts(headers: dict[str, Any]) -> dict[str, str]:
    """Return a function's headers by lower-case name. Raises ValueError if HTTP does not allow one.

    The length of the body is the server's own.
    """
    texts = {name.lower(): str(value) for name, value in headers.items()}
    if not all(HEADER.fullmatch(f"{name}:{text}") for name, text in texts.items()):
        raise ValueError("a header has characters that HTTP does not allow")
    return {name: text for name, text in texts.items() if name != "content-length"}


def message(status: int, text: str) -> Answer:
    """Return an error of the API's own, in API Gateway's form."""
    return Answer(
        status, {"content-type": "application/json"}, json.dumps({"message": text}).encode()
    )


def _as_text(body: bytes, content_type: str) -> str | None:
    """Return a body as text, or None if its content type, or its bytes, are not text."""
    if not content_type.lower().startswith(TEXT_TYPES):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _is_cors(name: str) -> bool:
    return name.startswith("access-control-")
