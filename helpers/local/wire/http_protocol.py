"""HTTP/1.1 by uvicorn, with one system call for a small response."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = b"HTTP/1."  # with what a response begins


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol; the head of a response is sent together with its body.

    uvicorn sends them one after the other. Each wakes the client up, which takes longer than what
    is done here for some requests.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin a connection."""
        super().connection_made(JoiningTransport(transport))


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
