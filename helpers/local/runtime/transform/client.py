"""Send an object's records to a model's container, several requests at a time, in order."""

import http.client
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from helpers.local.runtime.model_server import ModelContainer, UnixConnection
from helpers.local.runtime.transform import data_processing, records
from helpers.local.state.database import Document

MB = 1 << 20
TIMEOUT_SECONDS, RETRIES = 600, 3  # defaults of ModelClientConfig (API_ModelClientConfig)


class InvocationError(Exception):
    """The container refused a request, or didn't answer.

    Parameters
    ----------
    status
        The HTTP status, 0 for none.
    text
        The body of the answer, or what went wrong.
    """

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class RequestSettings:
    """How requests are made: as the job says, else as the container says, else the defaults.

    Source: "Use your own inference code with batch transform" (developer guide).

    Parameters
    ----------
    concurrent
        How many requests at a time.
    payload
        Maximum bytes of a request; 0 for no limit.
    strategy
        "SingleRecord" or "MultiRecord".
    timeout
        Seconds.
    retries
        How often a failed request is sent again.
    """

    concurrent: int
    payload: int
    strategy: str
    timeout: int
    retries: int

    @classmethod
    def from_job(cls, job: Document, container: dict) -> "RequestSettings":
        """Determine the settings; `container` is its answer to /execution-parameters."""
        client = job.get("ModelClientConfig", {})
        strategy = {"SINGLE_RECORD": "SingleRecord"}.get(container.get("BatchStrategy"))
        return cls(
            job.get("MaxConcurrentTransforms") or container.get("MaxConcurrentTransforms", 1),
            job.get("MaxPayloadInMB", container.get("MaxPayloadInMB", 6)) * MB,
            job.get("BatchStrategy") or strategy or "MultiRecord",
            client.get("InvocationsTimeoutInSeconds", TIMEOUT_SECONDS),
            client.get("InvocationsMaxRetries", RETRIES),
        )


class TransformClient:
    """Sends the requests of one transform job to its container.

    Parameters
    ----------
    job
        As DescribeTransformJob would show it.
    server
        The running container.
    settings
        How requests are made.
    checkpoint
        Called before each request; what it raises ends the transform.
    """

    def __init__(
        self,
        job: Document,
        server: ModelContainer,
        settings: RequestSettings,
        checkpoint: Callable[[], None],
    ):
        self._server, self._settings, self._checkpoint = server, settings, checkpoint
        self._processing = data_processing.processing_of_job(job)
        self._split = job["TransformInput"]["SplitType"]
        self._assemble = job["TransformOutput"]["AssembleWith"]
        headers = {
            "Content-Type": job["TransformInput"].get("ContentType"),
            "Accept": job["TransformOutput"].get("Accept"),
        }
        self._headers = {name: value for name, value in headers.items() if value}
        self._connections = threading.local()

    def transform(self, source: BinaryIO, sink: BinaryIO) -> list[int]:
        """Transform one object.

        Parameters
        ----------
        source, sink
            The object, read to its end, and the file for the predictions.

        Returns
        -------
        list of int
            The numbers of the empty lines, which are left out.

        Raises
        ------
        InvocationError
            If the container refused a request, or didn't answer.
        PayloadTooLargeError
            If a record is larger than a request may be.
        ValueError
            If the data can't be split, filtered or joined.
        """
        empty_lines: list[int] = []
        with ThreadPoolExecutor(self._settings.concurrent) as pool:
            answers = self._answers(source, pool, empty_lines.append)
            for piece in records.assemble(answers, self._assemble):
                sink.write(piece)
        return empty_lines

    def _answers(
        self, source: BinaryIO, pool: ThreadPoolExecutor, on_empty_line: Callable[[int], object]
    ) -> Iterator[bytes]:
        """Yield the container's answers in the order of the input, with few requests pending."""
        batches = records.batches(
            source,
            self._split,
            self._settings.strategy,
            self._settings.payload,
            self._processing.input,
            on_empty_line,
        )
        pending: deque[tuple[records.Batch, Future[bytes]]] = deque()
        try:
            for batch in batches:
                self._checkpoint()
                pending.append((batch, pool.submit(self._invoke, batch.body)))
                if len(pending) > self._settings.concurrent:
                    yield self._next(pending)
            while pending:
                self._checkpoint()
                yield self._next(pending)
        finally:
            for _, future in pending:
                future.cancel()

    def _next(self, pending: deque) -> bytes:
        batch, future = pending.popleft()
        return self._processing.output(batch.records, future.result())

    def _invoke(self, body: bytes) -> bytes:
        """Send one request, again if the container failed or didn't answer."""
        for attempt in range(self._settings.retries + 1):
            try:
                status, answer = self._connection().invoke(body, self._headers)
            except (OSError, http.client.HTTPException) as error:
                self._connection().close()
                failure = InvocationError(0, f"Unable to get response from algorithm: {error}")
            else:
                if status < 400:
                    return answer
                failure = InvocationError(status, answer.decode("utf-8", "replace"))
            if 400 <= failure.status < 500 or attempt == self._settings.retries:
                raise failure
        raise AssertionError("unreachable")

    def _connection(self) -> UnixConnection:
        """Return this thread's own connection."""
        if not hasattr(self._connections, "connection"):
            self._connections.connection = self._server.connect(self._settings.timeout)
        return self._connections.connection
