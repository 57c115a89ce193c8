"""Streams from containers that answer in parts, slowly, or not to their end."""

import asyncio

import pytest
from botocore.eventstream import EventStreamBuffer

from helpers.local.runtime.hosting import response_stream
from helpers.local.runtime.hosting.connection import (
    Connection,
    ConnectionLostError,
    ContainerResponse,
)
from helpers.local.runtime.hosting.invocation_errors import InvocationError
from helpers.local.runtime.hosting.response_stream import ResponseStream

CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"


async def serve(path, *pieces: bytes | asyncio.Event) -> asyncio.Server:
    """Serve one answer in pieces; an event is waited for."""

    async def answer(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            if isinstance(piece, asyncio.Event):
                await asyncio.wait_for(piece.wait(), 60)
            else:
                writer.write(piece)
                await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(answer, str(path))


def test_parts_are_passed_on_as_they_come(short_path):
    """Each part of a chunked answer is passed on before the next one exists."""
    arrived = []

    async def ask() -> ContainerResponse:
        path, first = short_path / "s", asyncio.Event()

        def on_part(status, headers, part) -> None:
            arrived.append(part)
            first.set()

        async with await serve(path, CHUNKED, b"2\r\nab\r\n", first, b"1\r\nc\r\n0\r\n\r\n"):
            connection = await Connection.open(path)
            return await asyncio.wait_for(connection.post("/", {}, b"", on_part), 60)

    response = asyncio.run(ask())
    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-type"] == "text/plain"
    assert arrived == [b"ab", b"c"]


@pytest.mark.parametrize(
    ("pieces", "answered"), [([], False), ([CHUNKED, b"2\r\nab\r\n"], True), ([b"junk\r\n"], True)]
)
def test_an_answer_that_breaks_off(short_path, pieces, answered):
    """A container that breaks off, or speaks no HTTP, is an error that says how far it came."""

    async def ask() -> None:
        path = short_path / "s"
        async with await serve(path, *pieces):
            connection = await Connection.open(path)
            await connection.post("/", {}, b"")

    with pytest.raises(ConnectionLostError) as lost:
        asyncio.run(ask())
    assert lost.value.answered is answered


def stream(ask) -> tuple[list[dict], tuple[int, bytes]]:
    """Run a stream; return the events that a client reads, and what `answer` returned."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    async def run() -> tuple[int, bytes]:
        return await ResponseStream(send, lambda variant, headers: {}).answer(ask)

    result = asyncio.run(run())
    buffer = EventStreamBuffer()
    buffer.add_data(b"".join(message.get("body", b"") for message in sent))
    return [event.to_response_dict() for event in buffer], result


def test_an_error_after_the_first_part():
    """An error in the middle ends the stream as an exception event."""

    async def ask(on_part):
        on_part("v", 200, {}, b"ab")
        await asyncio.sleep(0)
        raise InvocationError("ModelError", "it broke", 424)

    (part, failure), result = stream(ask)
    assert (part["headers"][":event-type"], part["body"]) == ("PayloadPart", b"ab")
    assert failure["headers"][":exception-type"] == "ModelStreamError"
    assert b"it broke" in failure["body"]
    assert result == (200, b"")


def test_a_stream_that_takes_too_long(monkeypatch):
    """A stream that isn't complete in time ends with AWS's text."""
    monkeypatch.setattr(response_stream, "STREAM_SECONDS", 0.1)

    async def ask(on_part):
        on_part("v", 200, {}, b"ab")
        await asyncio.sleep(10)

    (_, failure), _ = stream(ask)
    assert b"did not complete sending the inference response" in failure["body"]


def test_an_error_before_the_first_part():
    """An error before anything was sent is raised, so that the client gets it as its answer."""

    async def ask(on_part):
        raise InvocationError("ModelError", "it broke", 424)

    with pytest.raises(InvocationError, match="it broke"):
        stream(ask)
