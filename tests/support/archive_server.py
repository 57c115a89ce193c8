"""A web server with one file and the faults that a download meets."""

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator


class ArchiveServer(http.server.ThreadingHTTPServer):
    """Serve `content`, applying one fault per request in order, then answer correctly.

    A fault: ("cut", n) ends the connection after n bytes, ("status", n) answers so, ("silent", n)
    sends n bytes and then nothing, ("mute",) does not even answer, ("endless",) never ends and
    names no length, ("no length", n) names none and ends after n bytes, ("longer",) names a length
    of one more, ("flip", n) changes byte n, ("no range",) ignores the Range header,
    ("wrong range",) sends another part, ("changed", other) has other content from now on,
    ("encoded",) declares the file to be a gzip encoding, ("leave", n) cuts and takes no further
    connection.
    """

    daemon_threads = True

    def __init__(self, content: bytes, faults: list[tuple]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.faults, self.ranges = content, list(faults), []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/reviews.tar.gz"

    def handle_error(self, request, client_address):
        """Print nothing when a client closes the connection."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ArchiveServer

    def do_GET(self):
        server, name, *rest = (
            self.server,
            *(self.server.faults.pop(0) if self.server.faults else ("none",)),
        )
        if name == "changed":
            server.content = rest[0]
        content = server.content
        range_header = self.headers.get("Range")
        server.ranges.append(range_header)
        from_zero = not range_header or name in ("no range", "endless")
        start = 0 if from_zero else int(range_header.removeprefix("bytes=").removesuffix("-"))
        if name == "status":
            return self.answer(rest[0], b"")
        if name == "mute":
            self.close_connection = True
            return self.server.ended.wait(20)
        if start > len(content):
            return self.answer(416, b"")
        if name == "flip":
            content = content[: rest[0]] + bytes([content[rest[0]] ^ 255]) + content[rest[0] + 1 :]
        body = content[start + 1 :] if name == "wrong range" else content[start:]
        headers = {"Content-Encoding": "gzip"} if name == "encoded" else {}
        if start:
            first = len(content) - len(body)
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        if name == "endless":
            return self.endless(headers)
        length = None if name == "no length" else len(body) + (name == "longer")
        shorter = ("cut", "leave", "silent", "no length")
        sent = body[: rest[0]] if name in shorter else body
        if name == "leave":
            server.socket.close()
        self.answer(206 if start else 200, sent, length, headers)
        if name == "silent":
            server.ended.wait(20)
        return None

    def answer(self, status, body, length: int | None = 0, headers=None):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def endless(self, headers):
        self.send_response(200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.ended.is_set():
                self.wfile.write(bytes(65536))
                time.sleep(0.001)
        self.close_connection = True

    def log_message(self, *_):
        """Log nothing."""


@contextlib.contextmanager
def serving(content: bytes, *faults: tuple) -> Iterator[ArchiveServer]:
    """Run a server on a free port of this machine."""
    server = ArchiveServer(content, list(faults))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
