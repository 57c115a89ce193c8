"""The web application of a container that serves: /ping, /execution-parameters, /invocations."""

import asyncio
import contextlib
import json
import os
import signal
import socket as sockets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from helpers.local.containers.toolkit.errors import without_stack_trace
from helpers.local.containers.toolkit.masking import PathMasker, log

DEFAULT_LIMIT_BYTES = 6 * 1024 * 1024  # of a request
MAX_LIMIT_BYTES = 20 * 1024 * 1024
BACKLOG = 2048  # connections that wait
TICK_SECONDS, TICKS_PER_DAY = 0.1, 864_000  # uvicorn's own: it renews the date in its headers
TEXT = "text/html; charset=utf-8"  # Flask's content type of a text, in AWS's containers
JSON = "application/json"
ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}

Answer = tuple[int, bytes, str]  # status, body, content type
TOO_LARGE: Answer = (
    413,
    b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity Too Large</title>\n"
    b"<h1>Request Entity Too Large</h1>\n"
    b"<p>The data value transmitted exceeds the capacity limit.</p>\n",
    TEXT,
)


class HttpApp:
    """An ASGI application for a container that serves; a subclass implements `invoke`.

    It answers GET /ping (200, empty), GET /execution-parameters (JSON) and POST /invocations: 204
    for an empty body, 413 for one over the limit, else what `invoke` returns. Each answer is logged
    as by nginx in AWS's containers.

    Parameters
    ----------
    environ
        The container's environment. MAX_CONTENT_LENGTH is the limit of a request in bytes, at most
        20 MiB; 6 MiB by default.
    paths
        Hides this machine's paths in errors.
    """

    def __init__(self, environ: Mapping[str, str], paths: PathMasker):
        self.paths = paths
        self.environ = environ
        limit = int(environ.get("MAX_CONTENT_LENGTH") or DEFAULT_LIMIT_BYTES)
        self.limit = min(limit, MAX_LIMIT_BYTES)

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer POST /invocations.

        Parameters
        ----------
        headers
            By lower-case name.
        body
            Not empty, and within the limit.

        Returns
        -------
        tuple of int, bytes and str
            Status, body and content type; of an error, what `failed` returns.
        """
        raise NotImplementedError

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        body = await self._read_body(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        status, content, content_type = self.answer(scope["method"], scope["path"], headers, body)
        if content_type.startswith("text/") and "charset" not in content_type:
            content_type += "; charset=utf-8"  # as Flask does in AWS's containers
        pairs = [(b"content-type", content_type.encode("latin-1", "replace"))]
        if status != 204:
            pairs.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        print(
            f'169.254.255.130 - - [{now}] "{scope["method"]} {scope["path"]} HTTP/1.1" '
            f'{status} {len(content)} "-" "{headers.get("user-agent", "-")}"',
            flush=True,
        )

    async def _read_body(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes | None:
        """Read the whole body; None if it is larger than the limit."""
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= self.limit:
                parts.append(chunk)
            more = message.get("more_body", False)
        return b"".join(parts) if size <= self.limit else None

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Answer one request; `headers` by lower-case name, `body` None if too large."""
        if path not in ROUTES:
            return 404, b"Not Found", TEXT
        if method != ROUTES[path]:
            return 405, b"Method Not Allowed", TEXT
        if path == "/ping":
            return 200, b"", TEXT
        if path == "/execution-parameters":
            return 200, json.dumps(self._execution_parameters()).encode(), JSON
        if body is None:
            return TOO_LARGE
        if not body:
            return 204, b"", TEXT
        return self.invoke(headers, body)

    def _execution_parameters(self) -> dict[str, Any]:
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.limit // 1024**2,
        }

    def failed(self, status: int, error: Exception, prefix: str = "") -> Answer:
        """Return an answer with an error's text; its traceback goes to the log."""
        log.exception(error)
        text = without_stack_trace(f"{prefix}{error}")
        return status, self.paths.mask(text).encode(errors="replace"), TEXT


class _Server(uvicorn.Server):
    """A server that ends at once if no request is being answered.

    uvicorn itself looks for a signal ten times a second, and then waits a tenth of a second for its
    connections: longer than a small batch transform takes.
    """

    async def main_loop(self) -> None:
        """Serve until a signal comes."""
        loop, signalled = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(signalled.set)
        ticks = 0
        while not await self.on_tick(ticks % TICKS_PER_DAY):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(signalled.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
        """Close all connections; wait first for requests that are being answered."""
        if self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()

    def handle_early_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal that comes before uvicorn listens for any."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        super().handle_exit(sig, frame)
        if hasattr(self, "_wake"):
            self._wake()


def run(app: HttpApp, socket: Path) -> None:
    """Serve on a unix socket that only this user can reach, until SIGTERM."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    # uvicorn takes signals only while it serves: not before, and at its end it raises them again
    previous = signal.signal(signal.SIGTERM, server.handle_early_exit)
    listener = _listen(socket)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, previous)
        listener.close()
        socket.unlink(missing_ok=True)


def _listen(path: Path) -> sockets.socket:
    listener = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    previous = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen(BACKLOG)
    return listener
