"""Serve the web application of a container on a unix socket.

uvicorn could do this too. It makes a task and three dictionaries for each request, and looks for a
signal ten times a second; a small model predicts in less time than that takes.
"""

import asyncio
import logging
import os
import signal
import socket as sockets
import time
import traceback
from http import HTTPStatus
from logging.handlers import MemoryHandler
from pathlib import Path

import httptools
import uvloop

from helpers.local.containers.toolkit.http_app import TEXT, Answer, HttpApp
from helpers.local.containers.toolkit.masking import log

BACKLOG = 2048  # connections that wait
LOG_LINES = 100  # that wait for an answer to be sent
FAILED: Answer = (500, b"Internal Server Error", TEXT)
BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n"
    b"content-length: 30\r\n\r\nInvalid HTTP request received."
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def run(app: HttpApp, socket: Path) -> None:
    """Serve on a unix socket that only this user can reach, until SIGTERM."""
    loop, handlers = uvloop.new_event_loop(), log.handlers
    # A client gets its answer first, then the lines logged for it are written; errors at once.
    log.handlers = [MemoryHandler(LOG_LINES, logging.ERROR, target) for target in handlers]
    try:
        loop.run_until_complete(_serve(app, socket))
    finally:
        loop.close()
        for handler in log.handlers:
            handler.close()
        log.handlers = handlers
        socket.unlink(missing_ok=True)


async def _serve(app: HttpApp, socket: Path) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    connections = Connections(app)
    server = await loop.create_unix_server(connections.new, sock=_listen(socket))
    await stopped.wait()
    server.close()
    await connections.end()


class Connections:
    """The open connections of a server.

    Parameters
    ----------
    app
        Answers their requests.
    """

    def __init__(self, app: HttpApp):
        self._app = app
        self._open: set[Connection] = set()
        self._is_empty = asyncio.Event()
        self.is_ending = False

    def new(self) -> "Connection":
        """Return a new one, as asyncio asks for it."""
        return Connection(self._app, self)

    def add(self, connection: "Connection") -> None:
        """Count an open connection."""
        self._open.add(connection)

    def remove(self, connection: "Connection") -> None:
        """Forget one that is closed."""
        self._open.discard(connection)
        if not self._open:
            self._is_empty.set()

    async def end(self) -> None:
        """Close all; wait first for requests that have begun to arrive."""
        self.is_ending = True
        self._is_empty.clear()  # earlier connections have come and gone
        for connection in list(self._open):
            connection.close_if_idle()
        if self._open:
            await self._is_empty.wait()


class Connection(asyncio.Protocol):
    """One connection of a client; it answers one request after the other.

    Parameters
    ----------
    app
        Answers them.
    others
        All connections of the server.
    """

    def __init__(self, app: HttpApp, others: Connections):
        self._app, self._others = app, others
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._is_idle = True
        self._url, self._size = b"", 0
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []

    def close_if_idle(self) -> None:
        """Close it unless a request is arriving."""
        if self._is_idle:
            self._transport.close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._others.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._others.remove(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.write(BAD_REQUEST)
            self._transport.close()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._is_idle = False
        self._url, self._size = b"", 0
        self._headers, self._parts = {}, []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._parser.should_upgrade():  # the parser would not read a body
            raise httptools.HttpParserError("this server speaks HTTP/1.1 only")
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= self._app.limit:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("latin-1")
        path = self._url.partition(b"?")[0].decode("latin-1")
        body = b"".join(self._parts) if self._size <= self._app.limit else None
        try:
            answer = self._app.answer(method, path, self._headers, body)
        except Exception:
            traceback.print_exc()
            answer = FAILED
        keep = self._parser.should_keep_alive() and not self._others.is_ending
        self._transport.write(_encode(answer, keep, has_body=method != "HEAD"))
        if not keep:
            self._transport.close()
        self._is_idle = True
        _log(f'"{method} {path} HTTP/1.1" {answer[0]}', len(answer[1]), self._headers)


def _encode(answer: Answer, keep: bool, has_body: bool) -> bytes:
    """Return a whole response."""
    status, content, content_type = answer
    if content_type.startswith("text/") and "charset" not in content_type:
        content_type += "; charset=utf-8"  # as Flask does in AWS's containers
    head = f"content-type: {content_type}\r\n"
    if status != HTTPStatus.NO_CONTENT:
        head += f"content-length: {len(content)}\r\n"
    if not keep:
        head += "connection: close\r\n"
    encoded = head.encode("latin-1", "replace")
    return b"".join((STATUS_LINES[status], encoded, b"\r\n", content if has_body else b""))


def _log(request: str, size: int, headers: dict[str, str]) -> None:
    """Log an answer as nginx does in AWS's containers, after what was logged for it."""
    for handler in log.handlers:
        handler.flush()
    now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    agent = headers.get("user-agent", "-")
    print(f'169.254.255.130 - - [{now}] {request} {size} "-" "{agent}"', flush=True)


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
