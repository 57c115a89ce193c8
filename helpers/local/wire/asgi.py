"""Requests and responses on the ASGI interface: read a body, send a response or an error."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from helpers.local.wire.auth_errors import Protocol
from helpers.local.wire.error_response import error_response
from helpers.local.wire.errors import AwsError

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return a request's headers, equal names joined by commas (RFC 9110, 5.2; as in SigV4).

    >>> join_headers([(b"accept", b"a"), (b"host", b"b"), (b"accept", b"c")])
    {'accept': 'a,c', 'host': 'b'}
    """
    headers: dict[str, str] = {}
    for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs):
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read a request's whole body.

    Raises
    ------
    AwsError
        RequestEntityTooLarge (413) if it has more than `limit` bytes.
    ConnectionResetError
        If the client went away.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise AwsError("RequestEntityTooLarge", "The request is too large.", 413)
        more = message.get("more_body", False)
    return b"".join(parts)


def replay_body(body: bytes) -> Receive:
    """Return a `receive` that yields a body that was already read."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await asyncio.Event().wait()

    return receive


async def send_response(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Send a whole response."""
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def send_error(
    send: Send, error: AwsError, protocol: Protocol, method: str, resource: str
) -> None:
    """Send an error in the form of the protocol that the client speaks; HEAD has no body."""
    headers, body = error_response(error, protocol, resource)
    await send_response(send, error.status, b"" if method == "HEAD" else body, headers)
