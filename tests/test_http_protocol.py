"""The head of a response waits for its body, but not for long."""

import asyncio

from helpers.local.wire.http_protocol import JoiningTransport

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
