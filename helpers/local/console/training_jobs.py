"""Training jobs: the list, and the page of one."""

import shlex
from typing import Any

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.console.cells import duration
from helpers.local.console.content import Charts, Facts, Page, Section, Status, Table
from helpers.local.console.curves import JobCurves, metric_charts
from helpers.local.console.log_view import log_section
from helpers.local.console.view import View
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.state.logs.reading import StoredStream, find_streams

COLUMNS = ("Name", "Creation time", "Duration", "Job status")
MEMBERS = ("TrainingJobName", "CreationTime", "TrainingEndTime", "TrainingJobStatus")
PROGRAM = {
    "Container entrypoint": "ContainerEntrypoint",
    "Container arguments": "ContainerArguments",
}
_curves = JobCurves()


def row(view: View, job: Document) -> tuple:
    """Return a row of the list, from the job's MEMBERS."""
    return (
        view.link("jobs", job["TrainingJobName"]),
        job["CreationTime"],
        duration(job["CreationTime"], job.get("TrainingEndTime", now())),
        Status(job["TrainingJobStatus"]),
    )


def page(view: View, job: Document) -> Page:
    """Return the page of a training job."""
    streams = log_streams(view, job)
    status = job["TrainingJobStatus"]
    is_running = status in TRAINING_JOB.busy

    whole_log = view.link("jobs", job["TrainingJobName"], "log", text="Whole log")

    def version() -> tuple:
        return view.database.changes(), sum(len(stream.events) for stream in log_streams(view, job))

    return Page(
        job["TrainingJobName"],
        [
            _settings(view, job),
            _history(job),
            algorithm(job),
            _input(view, job),
            hyperparameters(job.get("HyperParameters", {})),
            _output(view, job),
            *_monitor(view, job, streams),
            log_section("logs", streams, whole_log),
            Table("tags", "Tags", ("Key", "Value"), view.tags(job["TrainingJobArn"]), "No tags."),
        ],
        status=status,
        version=version if is_running else None,
    )


def log_streams(view: View, job: Document) -> list[StoredStream]:
    """Return the log streams of a job; those of an earlier job of its name ended before it."""
    created = int(job["CreationTime"].timestamp())
    streams = find_streams(
        view.context.logs, view.region, TRAINING_JOB.log_group, f"{job['TrainingJobName']}/"
    )
    started = {stream.name: stream.name.rpartition("-")[2] for stream in streams}
    return [
        stream
        for stream in streams
        if started[stream.name].isdecimal() and int(started[stream.name]) >= created
    ]


def hyperparameters(values: dict[str, str]) -> Table:
    """Return the section of a job's hyperparameters."""
    rows = sorted(values.items())
    return Table(
        "hyperparameters", "Hyperparameters", ("Key", "Value"), rows, "No hyperparameters."
    )


def _settings(view: View, job: Document) -> Facts:
    facts: list[tuple[str, Any]] = [
        ("Job name", job["TrainingJobName"]),
        ("ARN", job["TrainingJobArn"]),
        ("Status", Status(job["TrainingJobStatus"])),
        ("Secondary status", job["SecondaryStatus"]),
        ("Creation time", job["CreationTime"]),
        ("Last modified time", job["LastModifiedTime"]),
        ("Training time (seconds)", job.get("TrainingTimeInSeconds")),
        ("Billable time (seconds)", job.get("BillableTimeInSeconds")),
        ("IAM role ARN", job["RoleArn"]),
        ("Tuning job source/parent", view.arn(job.get("TuningJobArn"))),
    ]
    if "FailureReason" in job:
        facts.insert(4, ("Failure reason", job["FailureReason"]))
    return Facts("settings", "Job settings", facts)


def _history(job: Document) -> Table:
    return Table(
        "history",
        "Status history",
        ("Status", "Start time", "End time", "Description"),
        [
            (each["Status"], each["StartTime"], each.get("EndTime"), each["StatusMessage"])
            for each in job["SecondaryStatusTransitions"]
        ],
    )


def algorithm(job: Document) -> Facts:
    """Return the section of what a job runs, and on what."""
    specification, resources = job["AlgorithmSpecification"], job["ResourceConfig"]
    return Facts(
        "algorithm",
        "Algorithm",
        [
            ("Training image", specification["TrainingImage"]),
            ("Input mode", specification["TrainingInputMode"]),
            ("Instance type", resources.get("InstanceType")),
            ("Instance count", resources.get("InstanceCount")),
            ("Additional storage volume (GB)", resources.get("VolumeSizeInGB")),
            ("Maximum runtime (s)", job["StoppingCondition"]["MaxRuntimeInSeconds"]),
            ("Managed spot training", job["EnableManagedSpotTraining"]),
            *(
                (title, shlex.join(specification[member]))
                for title, member in PROGRAM.items()
                if member in specification
            ),
        ],
    )


def _input(view: View, job: Document) -> Table:
    rows = []
    for channel in job["InputDataConfig"]:
        source = channel["DataSource"]["S3DataSource"]
        rows.append(
            (
                channel["ChannelName"],
                channel.get("ContentType"),
                source["S3DataType"],
                source["S3DataDistributionType"],
                channel["CompressionType"],
                view.s3(source["S3Uri"]),
            )
        )
    columns = (
        "Channel name", "Content type", "S3 data type", "S3 data distribution type",
        "Compression type", "URI",
    )  # fmt: skip
    return Table("input", "Input data configuration", columns, rows, "No channels.")


def _output(view: View, job: Document) -> Facts:
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    is_written = job["TrainingJobStatus"] in ("Completed", "Stopped")
    checkpoints = job.get("CheckpointConfig", {}).get("S3Uri")
    facts: list[tuple[str, Any]] = [
        ("S3 output path", view.s3(job["OutputDataConfig"]["S3OutputPath"].rstrip("/") + "/")),
        ("S3 model artifact", view.s3(artifact) if is_written else None),
    ]
    if checkpoints:
        facts.append(("Checkpoint S3 output path", view.s3(checkpoints.rstrip("/") + "/")))
    return Facts("output", "Output", facts)


def _monitor(view: View, job: Document, streams: list[StoredStream]) -> list[Section]:
    drawn = metric_charts(_curves.of_job(view, job, streams))
    final = [
        (each["MetricName"], each["Value"])
        for each in job.get("FinalMetricDataList", ())
        if each["MetricName"] != OBJECTIVE_METRIC
    ]
    is_running = job["TrainingJobStatus"] in TRAINING_JOB.busy
    without = "No metric yet." if is_running else "No metrics."
    return [
        Charts("monitor", "Monitor", drawn, without),
        Table("metrics", "Final metrics", ("Name", "Value"), final, without),
    ]
