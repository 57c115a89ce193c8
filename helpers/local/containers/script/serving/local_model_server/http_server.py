"""HTTP on a unix socket: threads read requests and answer /ping, the main thread predicts.

The user's code runs in the main thread alone, as in a worker process of AWS's containers: one
prediction at a time, and signals and libraries that are bound to a thread work as there.
"""

from __future__ import annotations

import os
import queue
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Thread
from typing import Protocol

from local_model_server.answers import (
    NOT_ALLOWED,
    NOT_FOUND,
    OK,
    TOO_LARGE,
    Answer,
    Timeout,
)

ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}
FINISH_SECONDS = 2  # for answers that are being written when SIGTERM arrives


class Service(Protocol):
    """What answers; all its methods are called by the main thread."""

    limit_bytes: int | None  # of a request
    timeout: Timeout | None  # of a prediction

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer POST /invocations; `headers` by lower-case name."""

    def execution_parameters(self) -> Answer:
        """Answer GET /execution-parameters."""


def run(service: Service, socket: Path) -> None:
    """Serve on a unix socket that only this user can reach, until SIGTERM."""
    main_thread = MainThread()
    signal.signal(signal.SIGTERM, lambda *_: main_thread.stop())
    previous = os.umask(0o177)
    try:
        socket.unlink(missing_ok=True)
        server = Server(str(socket), service, main_thread)
    finally:
        os.umask(previous)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        main_thread.run()
        server.finish()
    finally:
        socket.unlink(missing_ok=True)


class MainThread:
    """Runs functions for other threads, one after the other."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Answer], Future] | None]
        self._calls = queue.SimpleQueue()

    def call(self, function: Callable[[], Answer], timeout: Timeout | None = None) -> Answer:
        """Return what a function returns in the main thread, or the answer of the timeout.

        It is not called if the others before it have taken so long.
        """
        future: Future[Answer] = Future()
        self._calls.put((function, future))
        if timeout and not wait([future], timeout.seconds).done:
            future.cancel()
            return timeout.answer
        return future.result()

    def stop(self) -> None:
        """Let `run` return when all earlier calls have returned."""
        self._calls.put(None)

    def run(self) -> None:
        """Run the functions of other threads until `stop` is called."""
        while (item := self._calls.get()) is not None:
            function, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)


class Server(ThreadingMixIn, UnixStreamServer):
    """Listens on a unix socket; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 2048

    def __init__(self, path: str, service: Service, main_thread: MainThread):
        self.service, self.main_thread = service, main_thread
        self.unanswered: set[Handler] = set()
        super().__init__(path, Handler)

    def finish(self) -> None:
        """Wait until answers that are being written are complete."""
        end = time.monotonic() + FINISH_SECONDS
        while self.unanswered and time.monotonic() < end:
            time.sleep(0.005)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    server: Server

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        self.server.unanswered.add(self)
        try:
            path = self.path.partition("?")[0]
            answer = self._answer(path)
            self.send_response_only(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
        finally:
            self.server.unanswered.discard(self)
        self._log(path, answer)

    def _answer(self, path: str) -> Answer:
        service, call = self.server.service, self.server.main_thread.call
        body = self._read_body(service.limit_bytes)
        if path not in ROUTES:
            return NOT_FOUND
        if self.command != ROUTES[path]:
            return NOT_ALLOWED
        if path == "/ping":
            return OK
        if path == "/execution-parameters":
            return call(service.execution_parameters)
        if body is None:
            return TOO_LARGE
        headers = {name.lower(): value for name, value in self.headers.items()}
        return call(lambda: service.invoke(headers, body), service.timeout)

    def _read_body(self, limit: int | None) -> bytes | None:
        """Return the body, None if it is over the limit."""
        size = int(self.headers.get("Content-Length") or 0)
        if limit is None or size <= limit:
            return self.rfile.read(size)
        while size > 0:
            size -= len(self.rfile.read(min(size, 1 << 20))) or size
        return None

    def _log(self, path: str, answer: Answer) -> None:
        """Log an answer as nginx does in AWS's containers."""
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        agent = self.headers.get("User-Agent", "-")
        print(
            f'169.254.255.130 - - [{now}] "{self.command} {path} HTTP/1.1" {answer.status} '
            f'{len(answer.body)} "-" "{agent}"',
            flush=True,
        )
