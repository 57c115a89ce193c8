"""Run a batch transform: read objects, send them to the model's container, write `<name>.out`."""

import gzip
import threading
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, BinaryIO

from helpers.catalog.resource_types import MODEL, TRANSFORM_JOB
from helpers.local.runtime import artifacts, input_data
from helpers.local.runtime.images import ImageNotPulledError
from helpers.local.runtime.input_data import InputObject
from helpers.local.runtime.model_server import (
    ContainerNotReadyError,
    ModelContainer,
    ModelDataError,
    served_container,
)
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.transform import records
from helpers.local.runtime.transform.client import (
    MB,
    InvocationError,
    RequestSettings,
    TransformClient,
)
from helpers.local.runtime.workloads import Job, WorkloadFailedError, now
from helpers.local.state.database import Document
from helpers.local.state.logs.store import LogStreamWriter
from helpers.local.state.s3 import objects


class TransformJob(Job):
    """A batch transform: a container for each instance, and each object goes to one of them."""

    RESOURCE = TRANSFORM_JOB

    def slots(self) -> int:
        """Return the number of its instances: each computes."""
        return self.document()["TransformResources"]["InstanceCount"]

    def work(self) -> None:
        """Start the model's container on each instance, and transform all objects."""
        job = self.document()
        model = self.context.database.get(MODEL.arn_type, self.region, job["ModelName"])
        if model is None:
            raise WorkloadFailedError(f"ClientError: Model {job['ModelName']} was deleted.")
        self.change(lambda document: document.update(TransformStartTime=now()))
        container = served_container(model)
        with objects.reading():
            inputs = input_data.find(job["TransformInput"]["DataSource"]["S3DataSource"])
            failed = self._run_instances(job, container, inputs)
        if failed:
            raise WorkloadFailedError(f"{blame(failed[0])}: See job logs for more information")
        self.checkpoint()
        self.end("Completed")

    def _run_instances(
        self, job: Document, container: Mapping[str, Any], inputs: list[InputObject]
    ) -> list[InvocationError]:
        """Give each object to one instance; return the errors of those that failed.

        If an instance can't go on, the others are ended.
        """
        count = job["TransformResources"]["InstanceCount"]
        with ThreadPoolExecutor(count) as pool:
            runs = [
                pool.submit(
                    *(self._run_instance, job, container),
                    *(number, input_data.shard(inputs, number, count)),
                )
                for number in range(count)
            ]
            for run in as_completed(runs):
                if run.exception():
                    self._kill_processes()
        return [error for run in runs for error in run.result()]

    def _run_instance(
        self,
        job: Document,
        container: Mapping[str, Any],
        number: int,
        inputs: Sequence[InputObject],
    ) -> list[InvocationError]:
        """Start an instance's container, and transform its objects."""
        short = f"{zlib.crc32(f'{self.arn}/{number}'.encode()):08x}"
        instance = f"{self.name}/i-{short}-{int(now().timestamp())}"
        group = TRANSFORM_JOB.log_group
        log = self.context.logs.stream(self.region, group, instance)
        data_log = self.context.logs.stream(self.region, group, f"{instance}/data-log")
        try:
            server = ModelContainer.start(
                self,
                container,
                batch_environment(job),
                lambda lines: log.write(*lines),
                f"i-{short}",
                instance_type=job["TransformResources"]["InstanceType"],
            )
        except (ModelDataError, ImageNotPulledError) as error:
            raise WorkloadFailedError(f"ClientError: {error}") from error
        try:
            server.wait_until_ready()
            return self._transform(job, server, data_log, inputs)
        except ContainerNotReadyError as error:
            self.checkpoint()  # if it was stopped, that ended the container
            raise WorkloadFailedError(
                f"AlgorithmError: {error} See job logs for more information"
            ) from error
        finally:
            server.stop()

    def _transform(
        self,
        job: Document,
        server: ModelContainer,
        log: LogStreamWriter,
        inputs: Sequence[InputObject],
    ) -> list[InvocationError]:
        """Transform every object of an instance; return the errors of those that failed."""
        settings = RequestSettings.from_job(job, server.execution_parameters())
        strategy = "SINGLE_RECORD" if settings.strategy == "SingleRecord" else "MULTI_RECORD"
        log.write(
            f"{timestamp()}:[sagemaker logs]: MaxConcurrentTransforms={settings.concurrent}, "
            f"MaxPayloadInMB={settings.payload // MB}, BatchStrategy={strategy}"
        )
        failed = []
        client = TransformClient(job, server, settings, self.checkpoint)
        for source in inputs:
            self.checkpoint()
            try:
                empty_lines = self._transform_object(job, source, client)
            except InvocationError as error:
                self.checkpoint()  # if it was stopped, that ended the container
                failed.append(error)
                log_failed_object(log, source, error)
            else:
                log_empty_lines(log, source, empty_lines)
        return failed

    def _transform_object(
        self, job: Document, source: InputObject, client: TransformClient
    ) -> list[int]:
        """Transform one object into one `.out` object, which is uploaded atomically.

        Returns the numbers of the empty lines, which are left out.
        """
        result = self.folder / f"{threading.get_ident()}.out"  # each instance has a thread
        compressed = job["TransformInput"]["CompressionType"] == "Gzip"
        try:
            with open_input(source.object.path, compressed) as data, open(result, "wb") as sink:
                empty_lines = client.transform(data, sink)
        except records.PayloadTooLargeError as error:
            raise InvocationError(413, str(error)) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InvocationError(400, f"The object is not gzip, or incomplete: {error}") from error
        except ValueError as error:
            raise InvocationError(400, str(error)) from error
        output_uri = join_uri(job["TransformOutput"]["S3OutputPath"], source.name + ".out")
        try:
            artifacts.upload(result, output_uri, self.region)
        except artifacts.UploadError as error:
            raise WorkloadFailedError(f"ClientError: {error}") from error
        return empty_lines

    def close(self, document: Document, status: str, reason: str | None) -> None:
        """Write the final status and times into the job's document."""
        end = now()
        document.setdefault("TransformStartTime", end)
        document.update(TransformJobStatus=status, TransformEndTime=end, LastModifiedTime=end)
        if reason:
            document["FailureReason"] = reason


def batch_environment(job: Document) -> dict[str, str]:
    """Return the variables that tell a container about its batch transform job."""
    environment = {"SAGEMAKER_BATCH": "true", **job.get("Environment", {})}
    for name, member in (
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "MaxPayloadInMB"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "MaxConcurrentTransforms"),
    ):
        if member in job:
            environment[name] = str(job[member])
    if "BatchStrategy" in job:
        environment["SAGEMAKER_BATCH_STRATEGY"] = (
            "MULTI_RECORD" if job["BatchStrategy"] == "MultiRecord" else "SINGLE_RECORD"
        )
    return environment


def blame(error: InvocationError) -> str:
    """Return who must act on a failed request: FailureReason and the data log start with it."""
    return "ClientError" if 400 <= error.status < 500 else "AlgorithmError"


def open_input(path: Path, compressed: bool) -> BinaryIO:
    """Open an object's bytes, unpacked if they are gzip."""
    return gzip.open(path) if compressed else open(path, "rb")


def log_failed_object(log: LogStreamWriter, source: InputObject, error: InvocationError) -> None:
    """Write the lines of a failed object to the data log, as AWS writes them."""
    start = f"{timestamp()}:[sagemaker logs]: {source.bucket}/{source.object.key}"
    lines = [f"{start}: {blame(error)}: {error.status}", f"{start}: ", f"{start}: Message:"]
    log.write(*lines, *(f"{start}: {line}" for line in str(error).splitlines()))


def log_empty_lines(log: LogStreamWriter, source: InputObject, numbers: list[int]) -> None:
    """Write into the data log that empty lines have no prediction."""
    if numbers:
        log.write(
            f"{timestamp()}:[sagemaker logs]: {source.bucket}/{source.object.key}: {len(numbers)} "
            f"empty lines were left out (the first is line {numbers[0]}): the output has no line "
            "for them. What to do: write missing values as commas alone, or remove the lines."
        )


def timestamp() -> str:
    """Return the time as the data log shows it."""
    return now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
