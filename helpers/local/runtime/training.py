"""Run a training job: data down, the container's `train`, artifacts up."""

import re
import shutil
import threading
from datetime import datetime

from helpers.local.containers import images
from helpers.local.containers.xgboost.metric_definitions import metric_definitions
from helpers.local.runtime import artifacts, input_data, workloads
from helpers.local.runtime.opt_ml import (
    HOST,
    checkpoint_folder,
    environment,
    read_failure,
    write_config,
)
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.workloads import (
    ABANDONED,
    Job,
    JobFailedError,
    JobRunner,
    JobStoppedError,
    container_folder,
    now,
    seconds_between,
)
from helpers.local.state.database import Document
from helpers.local.state.logs.store import LogStreamWriter
from helpers.local.state.s3 import objects

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
TRAIN = "helpers.local.containers.xgboost.train:train"

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


class TrainingJob(Job):
    """A training job on one instance."""

    KIND = KIND
    MEMBER = "TrainingJob"

    def work(self) -> None:
        job = self.workshop.database.get(KIND, self.region, self.name)
        image = images.resolve(job["AlgorithmSpecification"]["TrainingImage"], self.region)
        opt_ml = container_folder(self.folder)
        log = self.workshop.logs.stream(
            self.region, LOG_GROUP, f"{self.name}/{HOST}-{int(now().timestamp())}"
        )
        limit = threading.Timer(
            job["StoppingCondition"]["MaxRuntimeInSeconds"], self.stop, ["MaxRuntimeExceeded"]
        )
        limit.daemon = True
        limit.start()
        try:
            self.enter("Downloading")
            self.lay_input(job, opt_ml)
            write_config(job, opt_ml / "input/config")
            self.enter("Training")
            metrics = MetricReader(log, metric_definitions())
            process = self.start_container(TRAIN, (opt_ml, image, environment(job)), metrics.write)
            code = process.wait()
        finally:
            limit.cancel()
        if self.workshop.closing:
            raise JobStoppedError  # it was killed: what it wrote may be half a file
        if final := metrics.final():
            self.change(lambda document: document.update(FinalMetricDataList=final))
        if code != 0 and not self.stopped_by:
            text = read_failure(opt_ml)
            raise JobFailedError(f"{images.failure_kind(image, code)}: {text}, exit code: {code}")
        self.upload(job, opt_ml)
        self.finish("Stopped" if self.stopped_by else "Completed", None)

    def enter(self, status: str) -> None:
        """Move on to a secondary status, unless the job was stopped."""
        self.checkpoint()
        moment = now()

        def change(document: Document) -> None:
            if document["TrainingJobStatus"] == "InProgress":
                add_transition(document, status, moment)
            if status == "Downloading":
                document["TrainingStartTime"] = moment

        self.change(change)

    def lay_input(self, job: Document, opt_ml) -> None:
        for channel in job["InputDataConfig"]:
            folder = opt_ml / "input/data" / channel["ChannelName"]
            try:
                with objects.reading():
                    found = input_data.find(channel["DataSource"]["S3DataSource"])
                    input_data.place_files(found, folder, channel.get("CompressionType"))
            except input_data.InputDataError as error:
                raise JobFailedError(f"ClientError: Data download failed:{error}") from error
        if "CheckpointConfig" in job:
            self.lay_checkpoints(job["CheckpointConfig"], opt_ml)

    def lay_checkpoints(self, config: dict, opt_ml) -> None:
        """What an earlier job has left; copies, since the container writes there."""
        try:
            with objects.reading():
                found = input_data.find({"S3Uri": config["S3Uri"]})
                input_data.place_files(found, checkpoint_folder(config, opt_ml), None, copy=True)
        except (ValueError, input_data.InputDataError) as error:
            raise JobFailedError(f"ClientError: Checkpoint download failed:{error}") from error

    def upload(self, job: Document, opt_ml) -> None:
        """Artifacts to S3, at the place that the job's document has promised."""
        output = job["OutputDataConfig"]
        place = join_uri(output["S3OutputPath"], self.name, "output")
        if not self.stopped_by:
            self.enter("Uploading")
        try:
            if output["CompressionType"] == "NONE":
                artifacts.upload_tree(opt_ml / "model", place + "/model", self.region)
            elif not self.stopped_by or any((opt_ml / "model").iterdir()):
                artifacts.upload_tar(opt_ml / "model", place + "/model.tar.gz", self.region)
            if any((opt_ml / "output/data").iterdir()):
                artifacts.upload_tar(opt_ml / "output/data", place + "/output.tar.gz", self.region)
            if config := job.get("CheckpointConfig"):
                folder = checkpoint_folder(config, opt_ml)
                artifacts.upload_tree(folder, config["S3Uri"], self.region)
        except artifacts.UploadError as error:
            raise JobFailedError(f"ClientError: Artifact upload failed:{error}") from error

    def finish(self, status: str, reason: str | None) -> None:
        moment = now()
        if self.workshop.closing and status != "Completed":
            status, reason = "Failed", ABANDONED
        secondary = status
        if status == "Stopped" and self.stopped_by == "MaxRuntimeExceeded":
            secondary = "MaxRuntimeExceeded"
        self.change(lambda document: finalize(document, status, secondary, reason, moment))
        for name in ("input/data", "model", "checkpoints"):  # S3 has them now
            shutil.rmtree(self.folder / "opt_ml" / name, ignore_errors=True)


class MetricReader:
    """Writes a container's lines to its log, and keeps the last value of each metric."""

    def __init__(self, log: LogStreamWriter, definitions: list[dict]):
        self._log = log
        self._patterns = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._last: dict[str, tuple[float, datetime]] = {}

    def write(self, line: str) -> None:
        self._log.write(line)
        if "\t" not in line:
            return  # no line of metrics of ours
        shown = line.replace("\t", "#011")
        for name, pattern in self._patterns:
            found = pattern.match(shown)
            if found:
                self._last[name] = (float(found[1]), now())

    def final(self) -> list[dict]:
        """FinalMetricDataList."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": moment}
            for name, (value, moment) in self._last.items()
        ]


def add_transition(
    document: Document, status: str, moment: datetime, message: str | None = None
) -> None:
    """Enter a secondary status: the last transition ends, a new one starts."""
    transitions = document["SecondaryStatusTransitions"]
    if transitions:
        transitions[-1].setdefault("EndTime", moment)
    transitions.append(
        {"Status": status, "StartTime": moment, "StatusMessage": message or MESSAGES[status]}
    )
    document["SecondaryStatus"] = status
    document["LastModifiedTime"] = moment


def finalize(
    document: Document, status: str, secondary: str, reason: str | None, moment: datetime
) -> None:
    """The end of a training job, in its document."""
    start = document.setdefault("TrainingStartTime", moment)
    add_transition(document, secondary, moment, reason)
    document["SecondaryStatusTransitions"][-1]["EndTime"] = moment
    document["TrainingJobStatus"] = status
    document["TrainingEndTime"] = moment
    document["TrainingTimeInSeconds"] = seconds_between(start, moment)
    document["BillableTimeInSeconds"] = seconds_between(start, moment)
    if reason:
        document["FailureReason"] = reason


def recover(workshop: JobRunner) -> None:
    """After a restart: what was running is Failed, with a reason."""
    moment = now()
    workloads.recover(
        workshop, TrainingJob, lambda job: finalize(job, "Failed", "Failed", ABANDONED, moment)
    )
