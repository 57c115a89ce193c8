"""Serve the page and the API on this machine, each at an origin of its own, as on AWS."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helpers.web_app import page
from helpers.web_app.function import Function
from helpers.web_app.http_api import (
    BURST,
    MAX_BODY_BYTES,
    RATE_PER_SECOND,
    HttpApi,
    message,
)
from helpers.web_app.payload_format import NO_BODY, ROUTE, Answer

LOOPBACK = "127.0.0.1"
IDLE_SECONDS = 30  # a connection without a request is closed then
LINGER_SECONDS, LINGER_BYTES = 2, 100_000_000  # to read of a body that is refused
PAGE_HEADERS = {  # as template.yaml has them for CloudFront
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

Respond = Callable[[str, str, Mapping[str, str], bytes], Answer]
WithHeaders = Callable[[Mapping[str, str], Answer], Answer]


class WebApp:
    """The page and the API of a function, on loopback, until `stop` or the end of this process.

    Parameters
    ----------
    function : Function
        What answers the API's requests.
    rate_per_second, burst : float and int
        How many requests the API takes; more are refused with status 429.

    Attributes
    ----------
    page_url, api_url : str
        Where the page is, and where it sends reviews.
    """

    def __init__(
        self, function: Function, rate_per_second: float = RATE_PER_SECOND, burst: int = BURST
    ):
        self._page, self._api = _Server(), _Server()
        self.page_url = f"{self._page.origin}/"
        self.api_url = f"{self._api.origin}{ROUTE.split()[1]}"
        api = HttpApi(function, self._page.origin, rate_per_second, burst)
        self._page.start(_page_responder(page.page_files(self.api_url)))
        self._api.start(api.respond, api.with_cors)

    def stop(self) -> None:
        """Stop both servers. The function keeps running until its own `stop`."""
        self._page.stop()
        self._api.stop()


class _Server:
    """An HTTP server on a free port of loopback, which answers from threads of its own."""

    def __init__(self) -> None:
        self._server = _ThreadingServer((LOOPBACK, 0), _RequestHandler)
        self._server.daemon_threads = True
        self.host = f"{LOOPBACK}:{self._server.server_port}"
        self.origin = f"http://{self.host}"

    def start(
        self, respond: Respond, with_headers: WithHeaders = lambda headers, answer: answer
    ) -> None:
        """Answer requests by `respond`, and what is refused unread as `with_headers` completes it.

        Without its CORS headers, a page could not read why its request was refused.
        """
        self._server.respond, self._server.with_headers = respond, with_headers
        self._server.host = self.host
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _ThreadingServer(ThreadingHTTPServer):
    """A server that writes nothing into the notebook when a browser closes its connection."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    """Read a request, hand it to the server's `respond`, and send the answer."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def _handle(self) -> None:
        headers = _joined(self.headers.items())
        length = headers.get("content-length", "0")
        if headers.get("host") != self.server.host:  # of a page that has rebound its own name
            self._send(message(403, "Forbidden"), close=True)
        elif not re.fullmatch("[0-9]{1,20}", length) or "transfer-encoding" in headers:
            self._refuse(headers, message(411, "Length Required"))
        elif int(length) > MAX_BODY_BYTES:
            self._refuse(headers, message(413, "Request Entity Too Large"))
        else:
            body = self.rfile.read(int(length))
            self._send(self.server.respond(self.command, self.path, headers, body))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle

    def _refuse(self, headers: Mapping[str, str], answer: Answer) -> None:
        """Answer at once, and read on: a client that still sends would lose the answer if not."""
        self._send(self.server.with_headers(headers, answer), close=True)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        left = LINGER_BYTES
        with contextlib.suppress(OSError):
            while left > 0 and (part := self.rfile.read1(1 << 16)):
                left -= len(part)

    def _send(self, answer: Answer, close: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        for cookie in answer.cookies:
            self.send_header("set-cookie", cookie)
        if answer.status not in NO_BODY:
            self.send_header("content-length", str(len(answer.body)))
        if close:
            self.send_header("connection", "close")  # the body was not read
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_error(self, code: int, *_: object) -> None:
        """Answer a request that can't be parsed, such as a line that is too long."""
        self._send(message(code, HTTPStatus(code).phrase), close=True)

    def version_string(self) -> str:
        return "local"

    def log_message(self, format: str, *values: object) -> None:
        """Write no line for each request into the notebook."""


def _joined(items) -> dict[str, str]:
    """Return headers by lower-case name; those of one name are joined by commas."""
    headers: dict[str, str] = {}
    for name, value in items:
        name = name.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _page_responder(files: dict[str, bytes]) -> Respond:
    """Return what answers the requests for the page's files."""

    def respond(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        name = target.partition("?")[0].removeprefix("/") or "index.html"
        if method not in ("GET", "HEAD") or name not in files:
            return Answer(404, {"content-type": "text/plain", **PAGE_HEADERS}, b"Not Found\n")
        return Answer(200, {"content-type": page.CONTENT_TYPES[name], **PAGE_HEADERS}, files[name])

    return respond
