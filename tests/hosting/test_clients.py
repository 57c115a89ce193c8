"""Clients that go away in the middle of a call, and slow ones."""

import http.client
import os
import signal
import socket

import pytest
from support.endpoints import ask, variant
from support.server_processes import containers
from support.signing import sign

from helpers.local.home import Home

ROWS = b"\n".join(b"3" for _ in range(200_000))


def connect(local) -> socket.socket:
    host, port = local.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def request(local, name: str, body: bytes) -> bytes:
    """Return a signed InvokeEndpoint as it is on the wire."""
    path = f"/endpoints/{name}/invocations"
    headers = sign(local, "POST", path, body, {"Content-Type": "text/csv"})
    lines = [f"POST {path} HTTP/1.1", f"Host: {local.url.removeprefix('http://')}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@pytest.fixture
def quiet_log(local):
    """Assert that the server logs no traceback during the test."""
    log = Home(local.home).server_log
    before = log.stat().st_size
    yield
    assert b"Traceback" not in log.read_bytes()[before:]


def test_a_client_that_goes_away(local, runtime, deploy, ten, quiet_log):
    """It may leave within its request, before the answer or within it: the next is answered."""
    before = containers(local.pid)
    name = deploy(variant(ten))
    (container,) = containers(local.pid) - before
    whole = request(local, name, ROWS)
    with connect(local) as connection:
        connection.sendall(whole[: len(whole) // 2])
    assert round(ask(runtime, name)[0]) == 10
    os.kill(container, signal.SIGSTOP)
    try:
        with connect(local) as connection:
            connection.sendall(request(local, name, b"3"))
    finally:
        os.kill(container, signal.SIGCONT)
    assert round(ask(runtime, name)[0]) == 10
    with connect(local) as connection:
        connection.sendall(whole)
        assert connection.recv(10)
    assert round(ask(runtime, name)[0]) == 10


def test_slow_clients(local, runtime, deploy, ten, quiet_log):
    """While one sends its request slowly and another reads its answer slowly, others are served."""
    name = deploy(variant(ten))
    with connect(local) as sender, connect(local) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        reader.sendall(request(local, name, ROWS))
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(local, name, b"3"):
            sender.sendall(bytes([byte]))
        assert round(ask(runtime, name)[0]) == 10
        response = http.client.HTTPResponse(reader)
        response.begin()
        assert response.status == 200
        assert response.read().count(b"\n") == len(ROWS.splitlines())
        assert sender.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
