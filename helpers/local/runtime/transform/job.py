"""Run a batch transform: objects in, the model's container in between, `<name>.out` out."""

import gzip
import shutil
import threading
import zlib
from pathlib import Path
from typing import BinaryIO

from helpers.local.containers import images
from helpers.local.runtime import artifacts, input_data, workloads
from helpers.local.runtime.input_data import InputObject
from helpers.local.runtime.model_server import SERVE, ContainerNotReadyError, ModelServer
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.transform import records
from helpers.local.runtime.transform.client import (
    MB,
    InvocationError,
    RequestSettings,
    TransformClient,
)
from helpers.local.runtime.workloads import (
    ABANDONED,
    Job,
    JobFailedError,
    JobRunner,
    container_folder,
    now,
)
from helpers.local.state.database import Document
from helpers.local.state.logs.store import LogStreamWriter
from helpers.local.state.s3 import objects

KIND = "transform-job"
LOG_GROUP = "/aws/sagemaker/TransformJobs"


class TransformJob(Job):
    """A batch transform on one instance."""

    KIND = KIND
    MEMBER = "TransformJob"

    def work(self) -> None:
        job = self.workshop.database.get(KIND, self.region, self.name)
        model = self.workshop.database.get("model", self.region, job["ModelName"])
        if model is None:
            raise JobFailedError(f"ClientError: Model {job['ModelName']} was deleted.")
        container = (model.get("Containers") or [model.get("PrimaryContainer")])[0]
        self.change(lambda document: document.update(TransformStartTime=now()))
        short = f"{zlib.crc32(self.arn.encode()):08x}"
        instance = f"{self.name}/i-{short}-{int(now().timestamp())}"
        log = self.workshop.logs.stream(self.region, LOG_GROUP, instance)
        data_log = self.workshop.logs.stream(self.region, LOG_GROUP, f"{instance}/data-log")
        process, server = self._start_server(job, container, log)
        reader = threading.Thread(target=process.wait)
        reader.start()
        try:
            server.wait_until_ready()
            failed = self._transform(job, server, data_log)
        except ContainerNotReadyError as error:
            self.checkpoint()  # a stop ends the container, too
            raise JobFailedError(
                f"AlgorithmError: {error} See job logs for more information"
            ) from error
        finally:
            process.terminate()
            reader.join(timeout=5)
            process.kill()
            reader.join()  # all lines are in the log before the status changes
        if failed:
            kind = "ClientError" if 400 <= failed[0].status < 500 else "AlgorithmError"
            raise JobFailedError(f"{kind}: See job logs for more information")
        self.checkpoint()
        self.finish("Completed", None)

    def _start_server(self, job: Document, container: dict, log: LogStreamWriter):
        opt_ml = container_folder(self.folder)
        if "ModelDataUrl" in container:
            try:
                artifacts.unpack_model(container["ModelDataUrl"], opt_ml / "model")
            except (FileNotFoundError, ValueError) as error:
                raise JobFailedError(f"ClientError: {error}") from error
        image = images.resolve(container["Image"], self.region)
        socket = self.workshop.home.runtime() / f"{zlib.crc32(self.arn.encode()):08x}.sock"
        socket.unlink(missing_ok=True)
        environment = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_REGION": self.region,
            "AWS_REGION": self.region,
            **container.get("Environment", {}),
            **job.get("Environment", {}),
        }
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
        arguments = ModelServer.arguments(opt_ml, image, environment, socket)
        process = self.start_container(SERVE, arguments, log)
        return process, ModelServer(process, socket)

    def _transform(
        self, job: Document, server: ModelServer, log: LogStreamWriter
    ) -> list[InvocationError]:
        """Transform every object; returns the errors of those that failed."""
        settings = RequestSettings.of(job, server.execution_parameters())
        strategy = "SINGLE_RECORD" if settings.strategy == "SingleRecord" else "MULTI_RECORD"
        log.write(
            f"{timestamp()}:[sagemaker logs]: MaxConcurrentTransforms={settings.concurrent}, "
            f"MaxPayloadInMB={settings.payload // MB}, BatchStrategy={strategy}"
        )
        failed = []
        invoker = TransformClient(job, server, settings, self.checkpoint)
        with objects.reading():
            for found in input_data.find(job["TransformInput"]["DataSource"]["S3DataSource"]):
                self.checkpoint()
                try:
                    self._transform_object(job, found, invoker)
                except InvocationError as error:
                    self.checkpoint()  # not the object's fault: a stop ended the container
                    failed.append(error)
                    log_failed_object(log, found, error)
        return failed

    def _transform_object(
        self, job: Document, found: InputObject, invoker: "TransformClient"
    ) -> None:
        """One object to one `.out` object, which is there whole or not at all."""
        result = self.folder / "result.out"
        compressed = job["TransformInput"]["CompressionType"] == "Gzip"
        try:
            with open_input(found.object.path, compressed) as source, open(result, "wb") as sink:
                invoker.transform(source, sink)
        except records.PayloadTooLarge as error:
            raise InvocationError(413, str(error)) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InvocationError(400, f"The object is not gzip, or cut off: {error}") from error
        except ValueError as error:
            raise InvocationError(400, f"{type(error).__name__}: {error}") from error
        place = join_uri(job["TransformOutput"]["S3OutputPath"], found.name + ".out")
        try:
            artifacts.upload(result, place, self.region)
        except artifacts.UploadError as error:
            raise JobFailedError(f"ClientError: {error}") from error

    def finish(self, status: str, reason: str | None) -> None:
        if self.workshop.closing and status != "Completed":
            status, reason = "Failed", ABANDONED
        self.change(lambda document: close(document, status, reason))
        shutil.rmtree(self.folder, ignore_errors=True)


def open_input(path: Path, compressed: bool) -> BinaryIO:
    return gzip.open(path) if compressed else open(path, "rb")


def log_failed_object(log: LogStreamWriter, found: InputObject, error: InvocationError) -> None:
    """What of a failed object stands in the data log, as AWS writes it there."""
    place = f"{timestamp()}:[sagemaker logs]: {found.bucket}/{found.object.key}"
    kind = "ClientError" if 400 <= error.status < 500 else "AlgorithmError"
    lines = [f"{place}: {kind}: {error.status}", f"{place}: ", f"{place}: Message:"]
    log.write(*lines, *(f"{place}: {line}" for line in str(error).splitlines()))


def timestamp() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def close(document: Document, status: str, reason: str | None) -> None:
    moment = now()
    document.setdefault("TransformStartTime", moment)
    document.update(TransformJobStatus=status, TransformEndTime=moment, LastModifiedTime=moment)
    if reason:
        document["FailureReason"] = reason


def recover(workshop: JobRunner) -> None:
    """After a restart: what was running is Failed, with a reason."""
    workloads.recover(workshop, TransformJob, lambda job: close(job, "Failed", ABANDONED))
