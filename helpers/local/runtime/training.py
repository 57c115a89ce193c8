"""Run a training job: data down, the container's `train` on each host, artifacts up."""

import math
import shutil
import threading
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.containers import registry
from helpers.local.runtime import training_files
from helpers.local.runtime.context import Context
from helpers.local.runtime.host_processes import first_failure, run_together
from helpers.local.runtime.hosts import Host, LoopbackNetwork, host_environment, host_names
from helpers.local.runtime.metric_curve import MetricCurve
from helpers.local.runtime.opt_ml import environment, failure_file, read_failure, write_config
from helpers.local.runtime.training_entry import failure_reason, training_entry
from helpers.local.runtime.training_metrics import (
    MetricReader,
    final_metrics,
    metric_definitions,
    tuned_metric,
)
from helpers.local.runtime.workloads import (
    Job,
    WorkloadFailedError,
    WorkloadStoppedError,
    container_folder,
    now,
    seconds_between,
)
from helpers.local.state.database import Document
from helpers.local.state.metrics import Source

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
# each by itself costs more than reading those of some milliseconds together.
GATHER_SECONDS = 0.03


class Observer(Protocol):
    """Whoever wants to know how a training job is doing: its tuning job."""

    def reported(self, name: str, metric: str, value: float) -> None:
        """Take the value of a metric that the job of this name has logged."""

    def ended(self, job: Document) -> None:
        """Take notice that a job has its final status."""


class TrainingJob(Job):
    """A training job: a process for each of its instances.

    Parameters
    ----------
    observer
        Called from the job's own thread.

    Attributes
    ----------
    curves
        Of each host that has started, by its name, the curves of its metrics by theirs.
    """

    RESOURCE = TRAINING_JOB

    def __init__(
        self, context: Context, region: str, name: str, arn: str, observer: Observer | None = None
    ):
        super().__init__(context, region, name, arn)
        self._observer = observer
        self._source = Source(region, TRAINING_JOB.log_group, (("TrainingJobName", name),))
        self.curves: dict[str, dict[str, MetricCurve]] = {}

    def slots(self) -> int:
        """Return the number of its hosts: each computes."""
        return self.document()["ResourceConfig"]["InstanceCount"]

    def work(self) -> None:
        job = self.document()
        hosts = self.make_hosts(job)
        limit = threading.Timer(
            job["StoppingCondition"]["MaxRuntimeInSeconds"], self.stop, ["MaxRuntimeExceeded"]
        )
        limit.daemon = True
        limit.start()
        try:
            self.set_secondary_status("Downloading")
            training_files.download(job, hosts)
            for host in hosts:
                write_config(job, host.opt_ml / "input/config", host.name)
            self.set_secondary_status("Training")
            with LoopbackNetwork() as network:
                self.train(job, hosts, network)
        finally:
            limit.cancel()
        if not self.stopped_by:
            self.set_secondary_status("Uploading")
        training_files.upload(job, hosts, is_stopped=bool(self.stopped_by))
        self.end("Stopped" if self.stopped_by else "Completed")

    def make_hosts(self, job: Document) -> list[Host]:
        """Make a folder and a log stream for each host."""
        epoch = int(now().timestamp())
        return [
            Host(
                name,
                container_folder(self.folder / name),
                self.context.logs.stream(
                    self.region, TRAINING_JOB.log_group, f"{self.name}/{name}-{epoch}"
                ),
            )
            for name in host_names(job["ResourceConfig"]["InstanceCount"])
        ]

    def train(self, job: Document, hosts: list[Host], network: LoopbackNetwork) -> None:
        """Run the containers. Raises WorkloadFailedError with their own reason if they fail."""
        image = registry.resolve(job["AlgorithmSpecification"]["TrainingImage"], self.region)
        definitions = metric_definitions(image, job["AlgorithmSpecification"], tuned_metric(job))
        names = [host.name for host in hosts]
        variables = environment(job) | host_environment(names, network, self.folder / "shared")
        readers = [MetricReader(host.log.write, definitions, self.report) for host in hosts]
        self.curves.update(zip(names, (reader.curves for reader in readers), strict=True))
        home = self.context.home
        starts = [
            partial(
                self.start_process,
                training_entry(home, job, image, host.name, host.opt_ml, variables),
                lambda lines, reader=reader: reader.write(*lines),
                GATHER_SECONDS,
            )
            for host, reader in zip(hosts, readers, strict=True)
        ]
        ends = run_together(starts, lambda: bool(self.stopped_by))
        if self.context.closing.is_set():
            raise WorkloadStoppedError  # it was killed: what it wrote may be half a file
        if self.context.metrics is not None:
            self.context.metrics.flush()  # they are on disk before the job's status says Completed
        if final := final_metrics(readers):
            self.change(lambda document: document.update(FinalMetricDataList=final))
        failure = first_failure(ends, lambda number: failure_time(hosts[number]))
        if failure and not self.stopped_by:
            failed = hosts[failure.host]
            for end in ends:
                if end.was_ended:
                    hosts[end.host].log.write(
                        f"Local SageMaker: this host was ended because {failed.name} has failed."
                    )
            text = read_failure(failed.opt_ml)
            raise WorkloadFailedError(failure_reason(job, image, failure.code, text))

    def report(self, metric: str, values: list[float], timestamp: datetime) -> None:
        """Count a metric's values for CloudWatch, which takes finite ones; tell the observer."""
        if finite := [value for value in values if math.isfinite(value)]:
            self.count_metric(metric, finite, timestamp)
        if self._observer:
            for value in values:
                self._observer.reported(self.name, metric, value)

    def finish(self, status: str, reason: str | None) -> None:
        super().finish(status, reason)
        if self._observer:
            self._observer.ended(self.document())

    def count_metric(self, name: str, values: list[float], timestamp: datetime) -> None:
        """Count values of the running job for CloudWatch, under the name that AWS uses there."""
        if self.context.metrics is not None:
            seconds = timestamp.timestamp()
            self.context.metrics.count_all(self._source, name, "None", values, seconds)

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
        for folder in self.folder.glob("algo-*"):
            for name in ("input/data", "model", "checkpoints", "code"):  # S3 has them now
                path = folder / "opt_ml" / name
                if path.resolve() == folder.resolve() / "opt_ml" / name:  # not a link of a script
                    shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(folder / "scratch", ignore_errors=True)


def failure_time(host: Host) -> int | None:
    """Return when a host wrote the reason of its failure, in nanoseconds since the epoch."""
    with suppress(OSError):  # it is missing, or what a script made there can't be read
        return failure_file(host.opt_ml).stat().st_mtime_ns
    return None


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
