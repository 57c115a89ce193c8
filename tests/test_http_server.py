"""A container's HTTP server, on a unix socket, with a small application."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

SERVER = """
import sys
from pathlib import Path
from helpers.local.containers.toolkit import http_server
from helpers.local.containers.toolkit.http_app import HttpApp
from helpers.local.containers.toolkit.masking import PathMasker

class Echo(HttpApp):
    def invoke(self, headers, body):
        if body == b"fail":
            raise RuntimeError("a fault of the application")
        return 200, body, "text/csv"

http_server.run(Echo({"MAX_CONTENT_LENGTH": "100"}, PathMasker(Path("/opt/ml"))), Path(sys.argv[1]))
"""
PATIENCE = 30  # seconds: the machine may be busy


@pytest.fixture
def server(tmp_path_factory):
    """Yield a running server's process, and a function that connects to it."""
    path = str(tmp_path_factory.mktemp("s") / "s")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )

    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(path)
        return connection

    try:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                connect().close()
                break
            assert time.monotonic() < end
            time.sleep(0.01)
        yield process, connect
    finally:
        process.kill()
        process.communicate()


def answer(connection: socket.socket, method: str = "POST") -> tuple[int, bytes, dict[str, str]]:
    """Read one answer from a connection."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, response.read(), headers


def post(body: bytes, *headers: str) -> bytes:
    """Return a request."""
    lines = ["POST /invocations HTTP/1.1", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.mark.parametrize(("size", "status"), [(99, 200), (100, 200), (101, 413)])
def test_body_over_the_limit(server, size, status):
    """A body may arrive in parts; over the limit it is refused, and the connection is kept."""
    _, connect = server
    with connect() as connection:
        request = post(b"x" * size)
        connection.sendall(request[:-60])
        connection.sendall(request[-60:])
        assert answer(connection)[0] == status
        connection.sendall(post(b"1,2"))
        assert answer(connection)[:2] == (200, b"1,2")


def test_chunks(server):
    """A body in chunks is joined."""
    _, connect = server
    with connect() as connection:
        head = b"POST /invocations?a=b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"2\r\n1,\r\n1\r\n2\r\n0\r\n\r\n")
        status, body, headers = answer(connection)
    assert (status, body) == (200, b"1,2")
    assert headers["content-type"] == "text/csv; charset=utf-8"


def test_no_content_and_head(server):
    """Neither 204 nor an answer to HEAD has a body, so that the next answer is read right."""
    _, connect = server
    with connect() as connection:
        connection.sendall(post(b""))
        status, body, headers = answer(connection)
        assert (status, body) == (204, b"")
        assert "content-length" not in headers
        connection.sendall(b"HEAD /ping HTTP/1.1\r\n\r\n")
        assert answer(connection, "HEAD")[:2] == (405, b"")
        connection.sendall(b"GET /ping HTTP/1.1\r\n\r\n")
        assert answer(connection)[:2] == (200, b"")


def test_expect_continue(server):
    """A client that waits for leave to send its body gets it."""
    _, connect = server
    with connect() as connection:
        request = post(b"1,2", "Expect: 100-continue")
        connection.sendall(request[:-3])
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(request[-3:])
        assert answer(connection)[:2] == (200, b"1,2")


def test_no_http(server):
    """What is not HTTP gets 400, and the connection is closed; others are not."""
    _, connect = server
    with connect() as connection, connect() as other:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert answer(connection)[0] == 400
        assert connection.recv(1) == b""
        other.sendall(post(b"1,2"))
        assert answer(other)[0] == 200


def test_another_protocol(server):
    """A request to change the protocol is refused: its body would not be read as one."""
    process, connect = server
    connection = connect()
    connection.sendall(post(b"1,2", "Connection: Upgrade", "Upgrade: h2c"))
    assert answer(connection)[0] == 400
    assert connection.recv(100) == b""
    process.send_signal(signal.SIGTERM)
    assert b"Traceback" not in process.communicate(timeout=PATIENCE)[1]


def test_a_fault_of_the_application(server):
    """It is 500 and a traceback in the log; the connection is kept."""
    process, connect = server
    with connect() as connection:
        connection.sendall(post(b"fail"))
        assert answer(connection)[0] == 500
        connection.sendall(post(b"1,2"))
        assert answer(connection)[0] == 200
    process.terminate()
    log, errors = process.communicate(timeout=PATIENCE)
    assert b"RuntimeError: a fault of the application" in errors
    assert b'"POST /invocations HTTP/1.1" 500 21 "-" "-"' in log


def test_the_end_waits_for_a_request_that_is_arriving(server):
    """SIGTERM closes idle connections; a request that has begun to arrive is answered first."""
    process, connect = server
    with connect() as gone:  # a server that was without a connection for a while ends no sooner
        gone.sendall(post(b"1"))
        assert answer(gone)[0] == 200
    with connect() as idle, connect() as busy:
        for connection in (idle, busy):
            connection.sendall(post(b"1"))
            assert answer(connection)[0] == 200
        request = post(b"1,2")
        busy.sendall(request[:-1])
        idle.sendall(post(b"1"))  # its answer shows that the server has read the other one's part
        assert answer(idle)[0] == 200
        process.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b""
        busy.sendall(request[-1:])
        status, body, headers = answer(busy)
        assert (status, body, headers["connection"]) == (200, b"1,2", "close")
        assert busy.recv(1) == b""
    assert process.wait(PATIENCE) == 0
