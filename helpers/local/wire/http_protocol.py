"""HTTP/1.1 by uvicorn, with one system call for a small response, and fewer copies of a body."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = b"HTTP/1."  # with what a response begins


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol; the head of a response is sent together with its body.

    uvicorn sends them one after the other. Each wakes the client up, which takes longer than what
    is done here for some requests. It also copies each piece of a body twice; one that is passed
    on before the next one comes needs no copy.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin a connection."""
        super().connection_made(JoiningTransport(transport))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body of the request that is being received."""
        if not (self.cycle.body or self.cycle.response_complete):
            self.cycle.body, body = body, b""
        elif isinstance(self.cycle.body, bytes):
            self.cycle.body = bytearray(self.cycle.body)  # to which many pieces can be added
        super().on_body(body)


class JoiningTransport:
    """A transport that keeps the head of a response until its body comes, in this turn of the loop.

    Parameters
    ----------
    transport
        Where to write.
    """

    def __init__(self, transport: asyncio.Transport):
        self._transport = transport
        self._head = b""
        self._call_soon = asyncio.get_running_loop().call_soon

    def write(self, data: bytes) -> None:
        """Write, or wait for what follows."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(HEAD):
            self._head = data
            self._call_soon(self._flush)  # if nothing follows soon
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close it when all is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            if not self._transport.is_closing():
                self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
