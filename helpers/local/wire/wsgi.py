"""Serve a WSGI application by ASGI, with few switches between its thread and the event loop.

a2wsgi passes each message of a request and of its response from one to the other and waits: for an
object of 1 KB that takes longer than the application. Here a small body is read before the thread
starts, and a small response is sent after it has ended. Large ones are passed on in pieces.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import Body, build_environ

from helpers.local.wire.asgi import Message, Receive, Send

SMALL_BYTES = 1 << 16  # of a body that is passed on as a whole
PIECE_BYTES = 1 << 20  # of a larger one, that cross to the thread together

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WsgiBridge:
    """An ASGI application that runs a WSGI application in threads.

    Parameters
    ----------
    app
        It gets the ASGI scope as `asgi.scope`. What it raises is raised to the ASGI server.
    workers
        How many requests it answers at a time.
    """

    def __init__(self, app: WsgiApp, workers: int):
        self._app = app
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="WSGI")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer an HTTP request."""
        loop = asyncio.get_running_loop()
        body = _Body(loop, receive)
        await _read_small(scope, body)
        response = _Response(loop, send)
        environ = build_environ(scope, body)
        await loop.run_in_executor(self._executor, response.run, self._app, environ)
        for message in response.unsent:
            await send(message)


class _Body(Body):
    """a2wsgi's body, which would wait for the event loop for each 64 KiB."""

    def _receive_more_data(self) -> bytes:
        if not self._has_more:
            return b""
        return asyncio.run_coroutine_threadsafe(self.collect(), self.loop).result()

    def read1(self, size: int) -> bytes:
        """Read a piece as it was received, without a copy of it; b"" at the end."""
        piece = b"" if self.buffer else self._receive_more_data()
        if self.buffer or len(piece) > size:
            self.buffer += piece
            return self.read(min(size, len(self.buffer)))
        return piece

    async def collect(self) -> bytes:
        """Receive a piece, or what is left."""
        parts, size = [], 0
        while self._has_more and size < PIECE_BYTES:
            message = await self.receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self._has_more = message.get("more_body", False)
        return b"".join(parts)


async def _read_small(scope: dict[str, Any], body: _Body) -> None:
    """Read a body that is small by its declared length, or absent."""
    headers = dict(scope["headers"])
    length = int(headers.get(b"content-length", 0))
    if length > SMALL_BYTES or b"transfer-encoding" in headers:
        return
    body._has_more = length > 0
    body.buffer += await body.collect()


class _Response:
    """Sends a response from the application's thread, or keeps a small one until it ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send):
        self._loop, self._send = loop, send
        self._bytes = 0
        self.unsent: list[Message] = []

    def run(self, app: WsgiApp, environ: Environ) -> None:
        """Run the application, in its thread."""
        chunks = app(environ, self._start)
        try:
            for chunk in chunks:
                self._add(chunk, more=True)
            self._add(b"", more=False)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        pairs = [
            (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in headers
        ]
        code = int(status.split()[0])
        self.unsent = [{"type": "http.response.start", "status": code, "headers": pairs}]

    def _add(self, chunk: bytes, more: bool) -> None:
        self.unsent.append({"type": "http.response.body", "body": chunk, "more_body": more})
        self._bytes += len(chunk)
        if self._bytes > SMALL_BYTES:
            unsent, self.unsent = self.unsent, []
            asyncio.run_coroutine_threadsafe(self._send_all(unsent), self._loop).result()

    async def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)
