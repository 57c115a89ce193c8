"""The queue of an asynchronous endpoint, and the threads that ask its containers.

An invocation is in the database before it is acknowledged, and until its end is on S3: a server
that is killed answers it after its next start.
"""

import http.client
import queue
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS
from helpers.local.runtime.hosting.async_invocation import (
    AsyncInvocation,
    InvocationFailedError,
    notify,
    store,
)
from helpers.local.runtime.hosting.traffic import (
    Instance,
    NoInstanceError,
    NoVariantError,
    Traffic,
)
from helpers.local.runtime.model_server import UnixConnection
from helpers.local.runtime.workloads import Workload
from helpers.local.state.database import Database

RECORD = "async-invocation"  # its resource type in the database
DEFAULT_CONCURRENCY = 4  # of a container; AWS "chooses the optimal value"
WAIT_SECONDS = 0.05
RETRY_SECONDS = 2


class NotSentError(Exception):
    """No container listens on the socket: the invocation was not sent."""


class EndpointEndedError(Exception):
    """The endpoint is deleted, or the server shuts down."""


class AsyncQueue:
    """The invocations that wait for an answer.

    Parameters
    ----------
    workload
        The endpoint.
    traffic
        Its variants.
    config
        Its AsyncInferenceConfig.
    created
        When it was created.
    """

    def __init__(
        self, workload: Workload, traffic: Traffic, config: Mapping[str, Any], created: datetime
    ):
        self.created = created.timestamp()
        self._workload, self._traffic = workload, traffic
        self._database, self._region = workload.context.database, workload.region
        self._waiting: queue.SimpleQueue[AsyncInvocation] = queue.SimpleQueue()
        self.configure(config)
        for invocation in sorted(self._kept(), key=lambda invocation: invocation.received):
            self._waiting.put(invocation)
        self._thread = threading.Thread(target=self._distribute, daemon=True)
        self._thread.start()

    def configure(self, config: Mapping[str, Any]) -> None:
        """Use another AsyncInferenceConfig from now on."""
        self.config = config
        client = config.get("ClientConfig", {})
        self._concurrency = client.get("MaxConcurrentInvocationsPerInstance", DEFAULT_CONCURRENCY)

    def put(self, invocation: AsyncInvocation) -> None:
        """Keep an invocation; afterwards it may be acknowledged."""
        document = asdict(invocation)
        self._database.upsert(RECORD, self._region, invocation.id, document, _key(invocation))
        self._waiting.put(invocation)

    def forget(self) -> None:
        """Drop what waits: the endpoint is deleted."""
        forget_endpoint(self._database, self._region, self._workload.name)

    def _kept(self) -> list[AsyncInvocation]:
        kept = [AsyncInvocation(**item) for item in self._database.list_all(RECORD, self._region)]
        mine = (self._workload.name, self.created)
        return [item for item in kept if (item.endpoint, item.endpoint_created) == mine]

    def _forget(self, invocation: AsyncInvocation) -> None:
        self._database.delete(RECORD, self._region, invocation.id, _key(invocation))

    def _distribute(self) -> None:
        """Give each invocation a thread, as soon as a container has room for it."""
        try:
            while True:
                invocation = self._next()
                instance = self._take()
                thread = threading.Thread(
                    target=self._answer, args=(invocation, instance), daemon=True
                )
                thread.start()
        except EndpointEndedError:
            pass

    def _next(self) -> AsyncInvocation:
        while True:
            self._check()
            try:
                return self._waiting.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                pass

    def _take(self) -> Instance:
        """Wait for a container that has room."""
        while True:
            self._check()
            try:
                _, instance = self._traffic.take(None)
            except (NoInstanceError, NoVariantError):
                pass
            else:
                if instance.outstanding <= self._concurrency:
                    return instance
                self._traffic.give_back(instance)
            time.sleep(WAIT_SECONDS)

    def _check(self) -> None:
        if self._workload.stopped_by or self._workload.context.closing.is_set():
            raise EndpointEndedError

    def _answer(self, invocation: AsyncInvocation, instance: Instance) -> None:
        """Ask a container, write how that ended, and drop the invocation."""
        try:
            try:
                self._complete(invocation, instance)
            except InvocationFailedError as error:
                self._end_without_result(invocation, "Failed", str(error))
            self._forget(invocation)
        except EndpointEndedError:
            return  # it stays in the database
        except NotSentError:  # no container got it
            self._waiting.put(invocation)
        except OSError as error:  # the disk is full
            print(f"Invocation {invocation.id}, tried again: {error}", file=sys.stderr)
            time.sleep(RETRY_SECONDS)
            self._waiting.put(invocation)
        finally:
            self._traffic.give_back(instance)

    def _complete(self, invocation: AsyncInvocation, instance: Instance) -> None:
        """Ask a container and write its answer, unless the invocation has expired."""
        if time.time() > invocation.received + invocation.ttl_seconds:
            self._end_without_result(invocation, "Expired", "The request has expired.")
            return
        content_type, answer = self._ask(invocation, instance)
        store(self._workload, invocation.output_location, answer)
        response = {"contentType": content_type, "outputLocation": invocation.output_location}
        notify(self._region, self.config, invocation, "Completed", responseParameters=response)

    def _ask(self, invocation: AsyncInvocation, instance: Instance) -> tuple[str, bytes]:
        """Return content type and body of a container's answer."""
        headers = {"content-type": invocation.content_type, "accept": invocation.accept}
        connection = UnixConnection(instance.socket_path, invocation.timeout_seconds)
        body = invocation.read_input()
        try:
            connection.connect()
        except OSError as error:
            instance.is_alive = False
            raise NotSentError from error
        try:
            connection.request(
                "POST",
                "/invocations",
                body,
                {name: value for name, value in headers.items() if value},
            )
            response = connection.getresponse()
            if response.getheader("Content-Length") is None and response.status != 204:
                # deepjavalibrary/djl-serving issue 2567
                raise InvocationFailedError(
                    "The response from container primary did not specify the required "
                    "Content-Length header"
                )
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._check()
            raise InvocationFailedError(f"ClientError: No answer from the model: {error}") from None
        finally:
            connection.close()
        if response.status >= 400:
            side = "client" if response.status < 500 else "server"
            received = f"Received {side} error ({response.status}) from"
            text = answer.decode("utf-8", "replace")
            self._log(invocation, f'{received} primary with message "{text}".')
            raise InvocationFailedError(
                f"ClientError: {received} model. See the SageMaker Endpoint logs in your account "
                "for more information."
            )
        return response.getheader("Content-Type", ""), answer

    def _end_without_result(self, invocation: AsyncInvocation, status: str, reason: str) -> None:
        self._log(invocation, reason)
        if invocation.failure_location:
            try:
                store(self._workload, invocation.failure_location, reason.encode())
            except InvocationFailedError as error:
                self._log(invocation, str(error))
        notify(self._region, self.config, invocation, status, failureReason=reason)

    def _log(self, invocation: AsyncInvocation, text: str) -> None:
        now = datetime.now(UTC)
        time = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}"
        variant = self._traffic.variants[0].name
        stream = self._workload.context.logs.stream(
            self._region, f"{ENDPOINT_LOG_GROUPS}/{self._workload.name}", f"{variant}/data-log"
        )
        stream.write(f"{time}:[sagemaker logs] [{invocation.inference_id}] {text}")


def forget_endpoint(database: Database, region: str, name: str) -> None:
    """Drop the invocations of an endpoint that is deleted."""
    for document in database.list_all(RECORD, region):
        invocation = AsyncInvocation(**document)
        if invocation.endpoint == name:
            database.delete(RECORD, region, invocation.id, _key(invocation))


def _key(invocation: AsyncInvocation) -> str:
    """Return what the database has in place of an ARN: AWS gives an invocation none."""
    return f"local:{RECORD}/{invocation.id}"
