"""Send an object's records to a model's container, several requests at a time, in their order."""

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
    """The container refused a request, or didn't answer. status: its HTTP status, 0 for none."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class RequestSettings:
    """How requests are made: the job's own word, then the container's, then the default.

    Source: "Use your own inference code with batch transform" (developer guide).
    """

    concurrent: int
    payload: int  # bytes; 0 has no limit
    strategy: str
    timeout: int  # seconds
    retries: int

    @classmethod
    def from_job(cls, job: Document, container: dict) -> "RequestSettings":
        """Settle the settings; container: what its /execution-parameters say."""
        client = job.get("ModelClientConfig", {})
        said = {"SINGLE_RECORD": "SingleRecord"}.get(container.get("BatchStrategy"))
        return cls(
            job.get("MaxConcurrentTransforms") or container.get("MaxConcurrentTransforms", 1),
            job.get("MaxPayloadInMB", container.get("MaxPayloadInMB", 6)) * MB,
            job.get("BatchStrategy") or said or "MultiRecord",
            client.get("InvocationsTimeoutInSeconds", TIMEOUT_SECONDS),
            client.get("InvocationsMaxRetries", RETRIES),
        )


class TransformClient:
    """The requests of one transform job to its container."""

    def __init__(
        self, job: Document, server: ModelContainer, settings: RequestSettings, checkpoint: Callable
    ):
        """checkpoint: called before each request; what it raises ends the transform."""
        self._server, self._settings, self._checkpoint = server, settings, checkpoint
        self._processing = data_processing.plan_of_job(job)
        self._split = job["TransformInput"]["SplitType"]
        self._assemble = job["TransformOutput"]["AssembleWith"]
        named = {
            "Content-Type": job["TransformInput"].get("ContentType"),
            "Accept": job["TransformOutput"].get("Accept"),
        }
        self._headers = {name: value for name, value in named.items() if value}
        self._connections = threading.local()

    def transform(self, source: BinaryIO, sink: BinaryIO) -> None:
        """Read all of one object and write its answers.

        Raises InvocationError, records.PayloadTooLargeError, or ValueError for data that can't be split,
        filtered or joined.
        """
        with ThreadPoolExecutor(self._settings.concurrent) as pool:
            for piece in records.assemble(self._answers(source, pool), self._assemble):
                sink.write(piece)

    def _answers(self, source: BinaryIO, pool: ThreadPoolExecutor) -> Iterator[bytes]:
        """The container's answers in the order of the input, with few requests under way."""
        batches = records.batches(
            source,
            self._split,
            self._settings.strategy,
            self._settings.payload,
            self._processing.input,
        )
        under_way: deque[tuple[records.Batch, Future[bytes]]] = deque()
        try:
            for batch in batches:
                self._checkpoint()
                under_way.append((batch, pool.submit(self._invoke, batch.body)))
                if len(under_way) > self._settings.concurrent:
                    yield self._next(under_way)
            while under_way:
                self._checkpoint()
                yield self._next(under_way)
        finally:
            for _, future in under_way:
                future.cancel()

    def _next(self, under_way: deque) -> bytes:
        batch, future = under_way.popleft()
        return self._processing.output(batch.records, future.result())

    def _invoke(self, body: bytes) -> bytes:
        """One request, tried again if the container failed or was silent."""
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
        """This thread's own connection."""
        if not hasattr(self._connections, "one"):
            self._connections.one = self._server.connect(self._settings.timeout)
        return self._connections.one
