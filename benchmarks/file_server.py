"""Send one file over HTTP with as little work as possible, as the floor of a download.

    python benchmarks/file_server.py PORT FILE

Any path is the file. The kernel copies it to the socket (sendfile); there is no signature, no check
of the path and no record of an object, so that what a client measures is mostly the client.
"""

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class FileHandler(BaseHTTPRequestHandler):
    """Answers HEAD and GET, whole or a range."""

    protocol_version = "HTTP/1.1"  # keeps connections
    disable_nagle_algorithm = True
    file: Path

    def do_HEAD(self) -> None:
        self._start(self._range())

    def do_GET(self) -> None:
        part = self._range()
        self._start(part)
        with self.file.open("rb") as file:
            self.connection.sendfile(file, part.start, len(part))

    def log_message(self, *_) -> None:
        """Write no log."""

    def _range(self) -> range:
        """Return the bytes that are asked for."""
        size = self.file.stat().st_size
        if match := RANGE.fullmatch(self.headers.get("Range", "")):
            return range(int(match[1]), min(int(match[2] or size), size - 1) + 1)
        return range(size)

    def _start(self, part: range) -> None:
        size = self.file.stat().st_size
        self.send_response(206 if len(part) < size else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {part.start}-{part.stop - 1}/{size}")
        self.send_header("ETag", '"file"')
        self.send_header("Last-Modified", self.date_time_string(0))
        self.end_headers()


if __name__ == "__main__":
    FileHandler.file = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), FileHandler).serve_forever()
