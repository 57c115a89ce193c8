"""Batch transform jobs: the list, and the page of one."""

from typing import Any

from helpers.catalog.resource_types import TRANSFORM_JOB
from helpers.local.console.cells import duration
from helpers.local.console.content import Facts, Page, Status, Table
from helpers.local.console.log_view import log_section
from helpers.local.console.view import View
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.logs.reading import StoredStream, find_streams

COLUMNS = ("Name", "Creation time", "Duration", "Status")
MEMBERS = ("TransformJobName", "CreationTime", "TransformEndTime", "TransformJobStatus")


def row(view: View, job: Document) -> tuple:
    """Return a row of the list, from the job's MEMBERS."""
    return (
        view.link("transform-jobs", job["TransformJobName"]),
        job["CreationTime"],
        duration(job["CreationTime"], job.get("TransformEndTime", now())),
        Status(job["TransformJobStatus"]),
    )


def page(view: View, job: Document) -> Page:
    """Return the page of a batch transform job."""
    name, status = job["TransformJobName"], job["TransformJobStatus"]

    def streams() -> list[StoredStream]:
        return find_streams(view.context.logs, view.region, TRANSFORM_JOB.log_group, f"{name}/")

    def version() -> tuple:
        return view.database.changes(), sum(len(stream.events) for stream in streams())

    return Page(
        name,
        [
            _summary(job),
            _configuration(view, job),
            _input(view, job),
            _output(view, job),
            log_section(
                "logs", streams(), view.link("transform-jobs", name, "log", text="Whole log")
            ),
            Table("tags", "Tags", ("Key", "Value"), view.tags(job["TransformJobArn"]), "No tags."),
        ],
        status=status,
        version=version if status in TRANSFORM_JOB.busy else None,
    )


def _summary(job: Document) -> Facts:
    facts: list[tuple[str, Any]] = [
        ("Job name", job["TransformJobName"]),
        ("ARN", job["TransformJobArn"]),
        ("Status", Status(job["TransformJobStatus"])),
        ("Creation time", job["CreationTime"]),
        ("Start time", job.get("TransformStartTime")),
        ("End time", job.get("TransformEndTime")),
    ]
    if "FailureReason" in job:
        facts.insert(3, ("Failure reason", job["FailureReason"]))
    return Facts("settings", "Job summary", facts)


def _configuration(view: View, job: Document) -> Facts:
    resources = job["TransformResources"]
    return Facts(
        "configuration",
        "Job configuration",
        [
            ("Model name", view.link("models", job["ModelName"])),
            ("Instance type", resources["InstanceType"]),
            ("Instance count", resources["InstanceCount"]),
            ("Max concurrent transforms", job.get("MaxConcurrentTransforms")),
            ("Max payload size (MB)", job.get("MaxPayloadInMB")),
            ("Batch strategy", job.get("BatchStrategy")),
        ],
    )


def _input(view: View, job: Document) -> Facts:
    source = job["TransformInput"]
    data = source["DataSource"]["S3DataSource"]
    filters = job.get("DataProcessing", {})
    return Facts(
        "input",
        "Input data configuration",
        [
            ("S3 location", view.s3(data["S3Uri"])),
            ("S3 data type", data["S3DataType"]),
            ("Content type", source.get("ContentType")),
            ("Split type", source["SplitType"]),
            ("Compression", source["CompressionType"]),
            ("Input filter", filters.get("InputFilter")),
        ],
    )


def _output(view: View, job: Document) -> Facts:
    output, filters = job["TransformOutput"], job.get("DataProcessing", {})
    return Facts(
        "output",
        "Output data configuration",
        [
            ("S3 output path", view.s3(output["S3OutputPath"].rstrip("/") + "/")),
            ("Assemble with", output["AssembleWith"]),
            ("Accept", output.get("Accept")),
            ("Join source", filters.get("JoinSource")),
            ("Output filter", filters.get("OutputFilter")),
        ],
    )
