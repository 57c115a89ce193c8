"""InvokeEndpointWithResponseStream: parts of a container's answer, sent on as they come."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from helpers.local.runtime.hosting.connection import ContainerResponse
from helpers.local.runtime.hosting.event_stream import CONTENT_TYPE, event, exception
from helpers.local.runtime.hosting.invocation_errors import InvocationError
from helpers.local.wire.asgi import Send

STREAM_SECONDS = 8 * 60  # developer guide, "Model Hosting FAQs"
TIMED_OUT = (  # aws/sagemaker-python-sdk pull request 1119
    "Your model primary did not complete sending the inference response in the allotted time."
)

OnVariantPart = Callable[[str, int, Mapping[str, str], bytes], None]
"""Takes variant, status and headers of an answer, and a part of its body."""
Ask = Callable[[OnVariantPart], Awaitable[tuple[str, ContainerResponse]]]


class ResponseStream:
    """The answer to one request.

    Parameters
    ----------
    send
        Of the request, as ASGI gives it.
    headers_of
        Returns the headers of the response, by variant and the container's headers.
    """

    def __init__(self, send: Send, headers_of: Callable[[str, Mapping[str, str]], dict[str, str]]):
        self._send, self._headers_of = send, headers_of
        self._is_started = False

    async def answer(self, ask: Ask) -> tuple[int, bytes]:
        """Send the parts; return status and text of an answer that is an error, of which none was.

        Parameters
        ----------
        ask
            Asks the container.

        Raises
        ------
        InvocationError
            If the container gave no answer. When a part was sent already, the stream ends with the
            error instead.
        """
        parts: asyncio.Queue[tuple | None] = asyncio.Queue()
        asking = asyncio.create_task(_put_parts(ask, parts))
        refused = b""
        try:
            async with asyncio.timeout(STREAM_SECONDS):
                while (part := await parts.get()) is not None:
                    variant, status, headers, data = part
                    if status >= 400:
                        refused += data
                        continue
                    await self._start(variant, headers)
                    await self._send_body(event("PayloadPart", data))
                variant, response = await asking
        except (TimeoutError, InvocationError) as error:
            asking.cancel()
            if not self._is_started:
                raise
            text = error.message if isinstance(error, InvocationError) else TIMED_OUT
            await self._send_body(exception("ModelStreamError", text), is_last=True)
            return 200, b""
        if response.status < 400:
            await self._start(variant, response.headers)
            await self._send_body(b"", is_last=True)
        return response.status, refused

    async def _start(self, variant: str, headers: Mapping[str, str]) -> None:
        if self._is_started:
            return
        self._is_started = True
        answer = {"Content-Type": CONTENT_TYPE, **self._headers_of(variant, headers)}
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": pairs})

    async def _send_body(self, body: bytes, is_last: bool = False) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": not is_last}
        await self._send(message)


async def _put_parts(ask: Ask, parts: asyncio.Queue[tuple | None]) -> tuple[str, ContainerResponse]:
    try:
        return await ask(lambda *part: parts.put_nowait(part))
    finally:
        parts.put_nowait(None)
