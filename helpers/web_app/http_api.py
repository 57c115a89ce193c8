"""The API in front of the function, as an HTTP API of API Gateway: events, answers, CORS, limits.

Sources: the API Gateway Developer Guide, "Configure CORS for HTTP APIs", "Throttle requests to your
HTTP APIs" and the quotas of HTTP APIs. Nothing here was compared with AWS. What the guide leaves
open: this API adds CORS headers to its own errors, too.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping

from helpers.web_app.function import Function, FunctionError
from helpers.web_app.payload_format import ROUTE, Answer, answer_of, request_event

RATE_PER_SECOND, BURST = 5, 10
CORS_MAX_AGE_SECONDS = 600
MAX_BODY_BYTES = 6_000_000  # Lambda's limit for an event; API Gateway's own is 10 MB


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
        if method == "OPTIONS":
            return Answer(204, self._preflight_headers() if self._is_page(headers) else {}, b"")
        return self.with_cors(headers, self._answer(method, target, headers, body))

    def with_cors(self, headers: Mapping[str, str], answer: Answer) -> Answer:
        """Return an answer to a request with the API's CORS headers, and without its own."""
        is_page = self._is_page(headers)
        cors = {"access-control-allow-origin": self._page_origin} if is_page else {}
        own = {name: value for name, value in answer.headers.items() if not _is_cors(name)}
        return answer._replace(headers=own | cors)

    def _is_page(self, headers: Mapping[str, str]) -> bool:
        return headers.get("origin") == self._page_origin

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


def message(status: int, text: str) -> Answer:
    """Return an error of the API's own, in API Gateway's form."""
    return Answer(
        status, {"content-type": "application/json"}, json.dumps({"message": text}).encode()
    )


def _is_cors(name: str) -> bool:
    return name.startswith("access-control-")
