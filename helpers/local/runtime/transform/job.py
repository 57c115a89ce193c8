"""Run a batch transform: read objects, send them to the model's container, write `<name>.out`."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

from helpers.catalog.resource_types import MODEL, TRANSFORM_JOB
from helpers.local.runtime import artifacts, input_data
from helpers.local.runtime.images import ImageNotPulledError
from helpers.local.runtime.input_data import InputObject
from helpers.local.runtime.model_server import (
    ContainerNotReadyError,
    ModelContainer,
    ModelDataError,
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
    """A batch transform on one instance."""

    RESOURCE = TRANSFORM_JOB

    def work(self) -> None:
        """Start the model's container, and transform all objects with it."""
        job = self.document()
        model = self.context.database.get(MODEL.arn_type, self.region, job["ModelName"])
        if model is None:
            raise WorkloadFailedError(f"ClientError: Model {job['ModelName']} was deleted.")
        self.change(lambda document: document.update(TransformStartTime=now()))
        short = f"{zlib.crc32(self.arn.encode()):08x}"
        instance = f"{self.name}/i-{short}-{int(now().timestamp())}"
        group = TRANSFORM_JOB.log_group
        log = self.context.logs.stream(self.region, group, instance)
        data_log = self.context.logs.stream(self.region, group, f"{instance}/data-log")
        container = (model.get("Containers") or [model.get("PrimaryContainer")])[0]
        try:
            server = ModelContainer.start(self, container, batch_environment(job), log.write)
        except (ModelDataError, ImageNotPulledError) as error:
            raise WorkloadFailedError(f"ClientError: {error}") from error
        try:
            server.wait_until_ready()
            failed = self._transform(job, server, data_log)
        except ContainerNotReadyError as error:
            self.checkpoint()  # if it was stopped, that ended the container
            raise WorkloadFailedError(
                f"AlgorithmError: {error} See job logs for more information"
            ) from error
        finally:
            server.stop()
        if failed:
            raise WorkloadFailedError(f"{blame(failed[0])}: See job logs for more information")
        self.checkpoint()
        self.end("Completed")

    def _transform(
        self, job: Document, server: ModelContainer, log: LogStreamWriter
    ) -> list[InvocationError]:
        """Transform every object; return the errors of those that failed."""
        settings = RequestSettings.from_job(job, server.execution_parameters())
        strategy = "SINGLE_RECORD" if settings.strategy == "SingleRecord" else "MULTI_RECORD"
        log.write(
            f"{timestamp()}:[sagemaker logs]: MaxConcurrentTransforms={settings.concurrent}, "
            f"MaxPayloadInMB={settings.payload // MB}, BatchStrategy={strategy}"
        )
        failed = []
        client = TransformClient(job, server, settings, self.checkpoint)
        with objects.reading():
            for source in input_data.find(job["TransformInput"]["DataSource"]["S3DataSource"]):
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
        result = self.folder / "result.out"
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
