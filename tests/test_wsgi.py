"""A WSGI application behind ASGI gets whole requests and sends whole responses."""

import asyncio

import pytest

from helpers.local.wire.wsgi import SMALL_BYTES, WsgiBridge


def call(app, messages: list[dict], headers: dict[str, str]) -> list[dict]:
    """Send a request to a WSGI application through the bridge; return what it sent."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "PUT",
        "path": "/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[dict] = []

    async def receive() -> dict:
        return messages.pop(0)

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(WsgiBridge(app, workers=1)(scope, receive, send))
    return sent


def echo(environ, start_response):
    start_response("200 OK", [("X-Name", "value")])
    return [environ["wsgi.input"].read()]


def echo_by_pieces(environ, start_response):
    start_response("200 OK", [])
    pieces = list(iter(lambda: environ["wsgi.input"].read1(SMALL_BYTES), b""))
    assert all(len(piece) <= SMALL_BYTES for piece in pieces)
    return [b"".join(pieces)]


def content(sent: list[dict]) -> bytes:
    return b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("size", [0, 1, SMALL_BYTES, SMALL_BYTES + 1, 5 * SMALL_BYTES])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_bodies_of_any_size(size, is_chunked):
    """A body in several messages reaches the application, and comes back, whole."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    third = size // 3
    messages = [
        {"type": "http.request", "body": body[:third], "more_body": True},
        {"type": "http.request", "body": body[third:], "more_body": False},
    ]
    headers = {"transfer-encoding": "chunked"} if is_chunked else {"content-length": str(size)}
    sent = call(echo, messages, headers)
    assert sent[0] == {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"x-name", b"value")],
    }
    assert content(sent) == body
    assert [message["more_body"] for message in sent[1:]] == [True, False]


@pytest.mark.parametrize("size", [0, 1, SMALL_BYTES + 1, 5 * SMALL_BYTES])
def test_a_body_is_read_by_pieces(size):
    """Pieces are no longer than the application asked for, and are the whole body."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    third = size // 3
    messages = [
        {"type": "http.request", "body": body[:third], "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": body[third:], "more_body": False},
    ]
    assert content(call(echo_by_pieces, messages, {"content-length": f"{size}"})) == body


def test_no_body_waits_for_no_message():
    """A request without a length and without chunks has an empty body."""
    assert content(call(echo, [], {})) == b""


def test_a_client_that_goes_away_sends_a_short_body():
    """The application sees that the body is shorter than its length, and is not left waiting."""
    messages = [
        {"type": "http.request", "body": b"abc", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert content(call(echo, messages, {"content-length": "10"})) == b"abc"


def test_a_large_response_is_sent_while_it_is_made():
    """The chunks of a large response are not collected in memory."""
    waiting = []

    def app(environ, start_response):
        start_response("200 OK", [])
        for _ in range(4):
            yield b"x" * (SMALL_BYTES + 1)
            waiting.append(len(sent_so_far))

    sent_so_far: list[dict] = []

    async def send(message: dict) -> None:
        sent_so_far.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/"}
    scope |= {"query_string": b"", "headers": []}
    asyncio.run(WsgiBridge(app, workers=1)(scope, None, send))
    assert waiting == [2, 3, 4, 5]  # the start of the response and each chunk


def test_an_exception_reaches_the_server_and_nothing_is_sent():
    """What an application raises after it started a small response is raised to the server."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"part"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        call(app, [], {})
