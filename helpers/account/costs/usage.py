"""What a resource has used so far, read from its Describe answer alone.

Billing is by the second (SageMaker pricing page; a started second counts as one):

* training job: BillableTimeInSeconds times instances (botocore's model, DescribeTrainingJob);
* transform job: no billable seconds are reported, so TransformStartTime to TransformEndTime times
  instances; processing job: likewise;
* endpoint: from its creation, times the instances that it has now;
* notebook instance: from its last change (earlier runs leave no trace) until it is stopped:
  "SageMaker AI stops charging you for the ML compute instance when you call StopNotebookInstance"
  (botocore's model), and only a stopped or failed one can be deleted; its volume from its creation
  until its deletion, which removes it (DeleteNotebookInstance).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any, NamedTuple

from helpers.catalog.prices import VOLUME
from helpers.catalog.resource_types import JOB_IN_PROGRESS

DEFAULT_VOLUME_GB = 5  # CreateNotebookInstance: VolumeSizeInGB, default 5
_ENDPOINT_ENDED = ("Failed", "Deleting")
_NOTEBOOK_NOT_BILLED = ("Stopping", "Stopped", "Failed", "Deleting")

Described = Mapping[str, Any]


class Usage(NamedTuple):
    """`count` instances (or GB) of `item` in one use, for `seconds` until now.

    `item` is None if the instance type is unknown. `running`: it still costs.
    """

    item: str | None
    component: str
    count: int
    seconds: int
    running: bool = False
    note: str = ""

    @property
    def total_seconds(self) -> int:
        """Seconds of all instances together."""
        return self.count * self.seconds


def training(job: Described, now: datetime) -> list[Usage]:
    """A training job's usage, one entry an instance group."""
    config = job.get("ResourceConfig", {})
    return _job_usage(job, "Training", config.get("InstanceGroups") or [config], now)


def transform(job: Described, now: datetime) -> list[Usage]:
    """A transform job's usage."""
    return _job_usage(job, "Transform", [job.get("TransformResources", {})], now)


def processing(job: Described, now: datetime) -> list[Usage]:
    """A processing job's usage."""
    cluster = job.get("ProcessingResources", {}).get("ClusterConfig", {})
    return _job_usage(job, "Processing", [cluster], now)


def endpoint(described: Described, now: datetime, config: Described | None = None) -> list[Usage]:
    """An endpoint's usage, one entry a production variant; `config` describes its configuration.

    Without `config` (deleted meanwhile) the instance type is unknown. A serverless variant has no
    hourly price: its item is "serverless".
    """
    running = described["EndpointStatus"] not in _ENDPOINT_ENDED
    end = now if running else described.get("LastModifiedTime", now)
    seconds, note = _seconds(described["CreationTime"], end)
    types = {v["VariantName"]: v for v in (config or {}).get("ProductionVariants", ())}
    usages = []
    for variant in described.get("ProductionVariants") or types.values() or [{}]:
        known = types.get(variant.get("VariantName"), {})
        if "ServerlessConfig" in known or "CurrentServerlessConfig" in variant:
            item, count = "serverless", 1
        else:
            item = known.get("InstanceType")
            count = variant.get("CurrentInstanceCount", known.get("InitialInstanceCount", 1))
        usages.append(Usage(item, "hosting", count, seconds, running, note))
    return usages


def notebook(instance: Described, now: datetime) -> list[Usage]:
    """A notebook instance's usage: the instance unless it is stopped, and its volume."""
    status = instance["NotebookInstanceStatus"]
    usages = []
    if status not in _NOTEBOOK_NOT_BILLED:
        seconds, note = _seconds(instance.get("LastModifiedTime", instance["CreationTime"]), now)
        note = f"since its last change; {note}" if note else "since its last change"
        usages.append(Usage(instance.get("InstanceType"), "notebook", 1, seconds, True, note))
    seconds, note = _seconds(instance["CreationTime"], now)
    size = instance.get("VolumeSizeInGB", DEFAULT_VOLUME_GB)
    usages.append(Usage(VOLUME, "notebook volume", size, seconds, status != "Deleting", note))
    return usages


def _job_usage(job: Described, word: str, groups: list[Described], now: datetime) -> list[Usage]:
    """The usage of a job, whose members start with a word, by groups of instances."""
    running = job[f"{word}JobStatus"] in JOB_IN_PROGRESS
    start, seconds, note = job.get(f"{word}StartTime"), job.get("BillableTimeInSeconds"), ""
    if seconds is None and start is None:
        seconds, note = 0, "it has no instance yet" if running else "it never had an instance"
    elif seconds is None:
        last = now if running else job.get("LastModifiedTime", now)
        seconds, note = _seconds(start, job.get(f"{word}EndTime", last))
    usages = []
    for group in groups:
        instance_type, count = group.get("InstanceType"), group.get("InstanceCount", 1)
        usages.append(Usage(instance_type, word.lower(), count, seconds, running, note))
    return usages


def _seconds(start: datetime, end: datetime) -> tuple[int, str]:
    """Seconds between two times, and a note. In UTC: Python subtracts in one zone by wall clock."""
    seconds = (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
    if seconds < 0:
        return 0, "it ends before it starts (a wrong clock?): counted as no time"
    return ceil(seconds), ""


USAGE_BY_TYPE: dict[str, Callable[[Described, datetime], list[Usage]]] = {
    "training job": training,
    "transform job": transform,
    "processing job": processing,
    "notebook instance": notebook,
}
"""By the resource type's name. An endpoint also needs its configuration: see `endpoint`."""
