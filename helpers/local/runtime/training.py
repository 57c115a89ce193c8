"""Run a training job: data down, the container's `train`, artifacts up."""

import math
import shutil
import threading
from datetime import datetime
from pathlib import Path
from typing import Protocol

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.containers import registry
from helpers.local.runtime import artifacts, input_data
from helpers.local.runtime.context import Context
from helpers.local.runtime.opt_ml import (
    HOST,
    checkpoint_folder,
    environment,
    read_failure,
    write_config,
)
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.training_metrics import MetricReader, metric_definitions, tuned_metric
from helpers.local.runtime.workloads import (
    Job,
    WorkloadFailedError,
    WorkloadStoppedError,
    container_folder,
    now,
    seconds_between,
)
from helpers.local.state.database import Document
from helpers.local.state.logs.store import LogStreamWriter
from helpers.local.state.metrics import Source
from helpers.local.state.s3 import objects

# The StatusMessage of each secondary status, as DescribeTrainingJob shows them on AWS.
MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Failed": "Training job failed",
}


# Log lines are read this often: an algorithm may write a line every half millisecond, and reading
# each by itself would take a third of what the training does.
GATHER_SECONDS = 0.01


class Observer(Protocol):
    """Whoever wants to know how a training job is doing: its tuning job."""

    def reported(self, name: str, metric: str, value: float) -> None:
        """Take the value of a metric that the job of this name has logged."""

    def ended(self, job: Document) -> None:
        """Take notice that a job has its final status."""


class TrainingJob(Job):
    """A training job on one instance.

    Parameters
    ----------
    observer
        Called from the job's own thread.
    """

    RESOURCE = TRAINING_JOB

    def __init__(
        self, context: Context, region: str, name: str, arn: str, observer: Observer | None = None
    ):
        super().__init__(context, region, name, arn)
        self._observer = observer

    def work(self) -> None:
        job = self.document()
        opt_ml = container_folder(self.folder)
        log = self.context.logs.stream(
            self.region, TRAINING_JOB.log_group, f"{self.name}/{HOST}-{int(now().timestamp())}"
        )
        limit = threading.Timer(
            job["StoppingCondition"]["MaxRuntimeInSeconds"], self.stop, ["MaxRuntimeExceeded"]
        )
        limit.daemon = True
        limit.start()
        try:
            self.set_secondary_status("Downloading")
            self.download_input(job, opt_ml)
            write_config(job, opt_ml / "input/config")
            self.set_secondary_status("Training")
            self.train(job, opt_ml, log)
        finally:
            limit.cancel()
        self.upload(job, opt_ml)
        self.end("Stopped" if self.stopped_by else "Completed")

    def train(self, job: Document, opt_ml: Path, log: LogStreamWriter) -> None:
        """Run the container. Raises WorkloadFailedError with its own reason if it fails."""
        image = registry.resolve(job["AlgorithmSpecification"]["TrainingImage"], self.region)
        container = registry.container_of(image)
        definitions = metric_definitions(image, tuned_metric(job))
        metrics = MetricReader(log.write, definitions, self.report)
        entry = container.train(opt_ml, image, environment(job))
        code = self.start_process(entry, metrics.write, GATHER_SECONDS).wait()
        if self.context.closing.is_set():
            raise WorkloadStoppedError  # it was killed: what it wrote may be half a file
        if self.context.metrics is not None:
            self.context.metrics.flush()  # they are on disk before the job's status says Completed
        if final := metrics.final():
            self.change(lambda document: document.update(FinalMetricDataList=final))
        if code != 0 and not self.stopped_by:
            raise WorkloadFailedError(container.failure_reason(image, code, read_failure(opt_ml)))

    def report(self, metric: str, value: float, timestamp: datetime) -> None:
        """Count a metric's value for CloudWatch, which takes finite ones; tell the observer."""
        if math.isfinite(value):
            self.count_metric(metric, value, timestamp)
        if self._observer:
            self._observer.reported(self.name, metric, value)

    def finish(self, status: str, reason: str | None) -> None:
        super().finish(status, reason)
        if self._observer:
            self._observer.ended(self.document())

    def count_metric(self, name: str, value: float, timestamp: datetime) -> None:
        """Count a value of the running job for CloudWatch, under the name that AWS uses there."""
        source = Source(self.region, TRAINING_JOB.log_group, (("TrainingJobName", self.name),))
        if self.context.metrics is not None:
            self.context.metrics.count(source, name, "None", value, timestamp.timestamp())

    def set_secondary_status(self, status: str) -> None:
        """Enter a secondary status. Raises WorkloadStoppedError if the job was stopped."""
        self.checkpoint()
        timestamp = now()

        def change(document: Document) -> None:
            if document["TrainingJobStatus"] == "InProgress":
                add_transition(document, status, timestamp)
            if status == "Downloading":
                document["TrainingStartTime"] = timestamp

        self.change(change)

    def download_input(self, job: Document, opt_ml: Path) -> None:
        """Put each channel's files where the container reads them."""
        for channel in job["InputDataConfig"]:
            folder = opt_ml / "input/data" / channel["ChannelName"]
            try:
                with objects.reading():
                    files = input_data.find(channel["DataSource"]["S3DataSource"])
                    if not files:
                        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
                        raise input_data.InputDataError(f"No S3 objects found under S3 URL {uri}")
                    input_data.place_files(files, folder, channel.get("CompressionType"))
            except input_data.InputDataError as error:
                raise WorkloadFailedError(f"ClientError: Data download failed:{error}") from error
        if "CheckpointConfig" in job:
            self.download_checkpoints(job["CheckpointConfig"], opt_ml)

    def download_checkpoints(self, config: dict, opt_ml: Path) -> None:
        """Copy what an earlier job has left; copies, since the container writes there."""
        try:
            with objects.reading():
                files = input_data.find({"S3Uri": config["S3Uri"]})
                input_data.place_files(files, checkpoint_folder(config, opt_ml), None, copy=True)
        except (ValueError, input_data.InputDataError) as error:
            raise WorkloadFailedError(f"ClientError: Checkpoint download failed:{error}") from error

    def upload(self, job: Document, opt_ml: Path) -> None:
        """Upload the artifacts to where the job's document says."""
        output = job["OutputDataConfig"]
        output_uri = join_uri(output["S3OutputPath"], self.name, "output")
        if not self.stopped_by:
            self.set_secondary_status("Uploading")
        try:
            if output["CompressionType"] == "NONE":
                artifacts.upload_tree(opt_ml / "model", output_uri + "/model", self.region)
            elif not self.stopped_by or any((opt_ml / "model").iterdir()):
                artifacts.upload_tar(opt_ml / "model", output_uri + "/model.tar.gz", self.region)
            if any((opt_ml / "output/data").iterdir()):
                artifacts.upload_tar(
                    opt_ml / "output/data", output_uri + "/output.tar.gz", self.region
                )
            if config := job.get("CheckpointConfig"):
                folder = checkpoint_folder(config, opt_ml)
                artifacts.upload_tree(folder, config["S3Uri"], self.region)
        except artifacts.UploadError as error:
            raise WorkloadFailedError(f"ClientError: Artifact upload failed:{error}") from error

    def close(self, document: Document, status: str, reason: str | None) -> None:
        timestamp = now()
        secondary = status
        if status == "Stopped" and self.stopped_by == "MaxRuntimeExceeded":
            secondary = "MaxRuntimeExceeded"
        start = document.setdefault("TrainingStartTime", timestamp)
        add_transition(document, secondary, timestamp, reason)
        document["SecondaryStatusTransitions"][-1]["EndTime"] = timestamp
        document["TrainingJobStatus"] = status
        document["TrainingEndTime"] = timestamp
        document["TrainingTimeInSeconds"] = seconds_between(start, timestamp)
        document["BillableTimeInSeconds"] = seconds_between(start, timestamp)
        if reason:
            document["FailureReason"] = reason

    def clean_up(self) -> None:
        for name in ("input/data", "model", "checkpoints"):  # S3 has them now
            shutil.rmtree(self.folder / "opt_ml" / name, ignore_errors=True)


def mark_stopping(document: Document) -> None:
    """Write that a training job has been asked to stop, unless it was or has ended."""
    if document["TrainingJobStatus"] == "InProgress":
        document["TrainingJobStatus"] = "Stopping"
        add_transition(document, "Stopping", now())


def add_transition(
    document: Document, status: str, timestamp: datetime, message: str | None = None
) -> None:
    """Enter a secondary status: the last transition ends, a new one starts."""
    transitions = document["SecondaryStatusTransitions"]
    if transitions:
        transitions[-1].setdefault("EndTime", timestamp)
    transitions.append(
        {"Status": status, "StartTime": timestamp, "StatusMessage": message or MESSAGES[status]}
    )
    document["SecondaryStatus"] = status
    document["LastModifiedTime"] = timestamp
