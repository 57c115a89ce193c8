"""A server of a user's functions, as the Python of an image runs it, and requests to it."""

import contextlib
import subprocess
import sys
from pathlib import Path

from helpers.local.runtime.model_server import UnixConnection
from helpers.local.runtime.script_serving import SERVING
from support.polling import eventually


@contextlib.contextmanager
def running(folder: Path, handlers: str, python: str | Path = sys.executable, **environment: str):
    """Run the server with these handlers; yield its process, which listens."""
    (folder / "handlers.py").write_text(handlers)
    argv = (python, SERVING / "serve.py", folder / "handlers.py", folder / "socket", folder, folder)
    with subprocess.Popen(
        [str(word) for word in argv],
        env={"PYTHONPATH": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            eventually(lambda: _listens(folder) or process.poll() is not None)
            assert process.poll() is None, process.stdout.read()
            yield process
        finally:
            process.kill()


def _listens(folder: Path) -> bool:
    try:
        return request(folder, "GET", "/ping")[0] == 200
    except OSError:
        return False


def request(folder: Path, method: str, path: str, body: bytes = b"", **headers: str) -> tuple:
    """Return status and body of one request."""
    connection = UnixConnection(folder / "socket", timeout_seconds=30)
    with contextlib.closing(connection):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()


def invoke(folder: Path, body: bytes, content_type: str = "text/csv", **headers: str) -> tuple:
    return request(folder, "POST", "/invocations", body, content_type=content_type, **headers)
