"""The head of a response waits for its body, but not for long; pieces of a body are not copied."""

import asyncio
from types import SimpleNamespace

import pytest

from helpers.local.wire.http_protocol import HttpProtocol, JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Recorded:
    """A transport that notes what is written at once."""

    def __init__(self):
        self.written, self.is_closed = [], False

    def write(self, data):
        assert not self.is_closed
        self.written.append(data)

    def writelines(self, parts):
        self.write(b"".join(parts))

    def is_closing(self):
        return self.is_closed

    def close(self):
        self.is_closed = True


def written(*turns: tuple) -> list[bytes]:
    """Return what is written if the loop turns once after each of these groups of calls."""

    async def run() -> list[bytes]:
        recorded = Recorded()
        transport = JoiningTransport(recorded)
        for calls in turns:
            for call in calls:
                if call == "close":
                    transport.close()
                elif call == "lost":
                    recorded.is_closed = True
                else:
                    transport.write(call)
            await asyncio.sleep(0)
        return recorded.written

    return asyncio.run(run())


def test_a_head_and_its_body_are_one_write():
    """What follows a head in the same turn of the loop is written with it, the rest as it comes."""
    assert written((HEAD, b"body")) == [HEAD + b"body"]
    assert written((HEAD, b"one", b"two"), (b"three",)) == [HEAD + b"one", b"two", b"three"]
    assert written((HEAD, HEAD), (b"body",)) == [HEAD + HEAD, b"body"]


def test_a_head_does_not_wait_for_a_late_body():
    """A head without a body, or before the first part of a stream, is written alone."""
    assert written((HEAD,), (b"body",)) == [HEAD, b"body"]
    assert written((HEAD, "close")) == [HEAD]


def test_a_lost_connection():
    """Nothing is written to a connection that the client has closed meanwhile."""
    assert written((HEAD, "lost")) == []


@pytest.fixture
def protocol():
    """Return a protocol that receives a body."""
    protocol = HttpProtocol.__new__(HttpProtocol)
    protocol.parser = SimpleNamespace(should_upgrade=lambda: False)
    protocol.flow = SimpleNamespace(pause_reading=lambda: None)
    protocol.cycle = SimpleNamespace(
        body=bytearray(), response_complete=False, message_event=asyncio.Event()
    )
    return protocol


def test_one_piece_of_a_body_is_not_copied(protocol):
    """A piece that is passed on before the next one comes is the object that was received."""
    piece = bytes(1000)
    protocol.on_body(piece)
    assert protocol.cycle.body is piece
    assert protocol.cycle.message_event.is_set()


def test_pieces_of_a_body_are_joined(protocol):
    """Pieces that come before the body is read are joined in their order."""
    for number in range(5):
        protocol.on_body(bytes([number]))
    assert protocol.cycle.body == bytes(range(5))


def test_a_body_after_the_response_is_dropped(protocol):
    """What a client still sends after the response to its request is not kept."""
    protocol.cycle.response_complete = True
    protocol.on_body(b"late")
    assert protocol.cycle.body == b""
