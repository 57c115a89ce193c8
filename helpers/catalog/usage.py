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

    @property
    def total_seconds(self) -> int:
        """Seconds of all instances together."""
        return self.count * self.seconds


def job(described: Described, now: datetime) -> list[Usage]:
    """The usage of a training, transform or processing job, one entry an instance group."""
    word = next(w for w in ("Training", "Transform", "Processing") if f"{w}JobStatus" in described)
    running = described[f"{word}JobStatus"] in JOB_IN_PROGRESS
    seconds = described.get("BillableTimeInSeconds") if word == "Training" else None
    if seconds is None:
        start = described.get(f"{word}StartTime", now)  # without one it has had no instance
        last = now if running else described.get("LastModifiedTime", now)
        seconds = _seconds(start, described.get(f"{word}EndTime", last))
    processing = described.get("ProcessingResources", {}).get("ClusterConfig", {})
    config = described.get("ResourceConfig") or described.get("TransformResources") or processing
    return [
        Usage(
            *(group.get("InstanceType"), word.lower(), group.get("InstanceCount", 1)),
            *(seconds, running),
        )
        for group in config.get("InstanceGroups") or [config]
    ]


def endpoint(described: Described, now: datetime, config: Described | None = None) -> list[Usage]:
    """An endpoint's usage, one entry a production variant; `config` describes its configuration.

    Without `config` (deleted meanwhile) the instance type is unknown. A serverless variant has no
    hourly price: its item is "serverless".
    """
    running = described["EndpointStatus"] not in _ENDPOINT_ENDED
    end = now if running else described.get("LastModifiedTime", now)
    seconds = _seconds(described["CreationTime"], end)
    types = {v["VariantName"]: v for v in (config or {}).get("ProductionVariants", ())}
    usages = []
    for variant in described.get("ProductionVariants") or types.values() or [{}]:
        known = types.get(variant.get("VariantName"), {})
        if "ServerlessConfig" in known or "CurrentServerlessConfig" in variant:
            item, count = "serverless", 1
        else:
            item = known.get("InstanceType")
            count = variant.get("CurrentInstanceCount", known.get("InitialInstanceCount", 1))
        usages.append(Usage(item, "hosting", count, seconds, running))
    return usages


def notebook(instance: Described, now: datetime) -> list[Usage]:
    """A notebook instance's usage: the instance unless it is stopped, and its volume."""
    status, created = instance["NotebookInstanceStatus"], instance["CreationTime"]
    usages = []
    if status not in _NOTEBOOK_NOT_BILLED:
        seconds = _seconds(instance.get("LastModifiedTime", created), now)
        usages.append(Usage(instance.get("InstanceType"), "notebook", 1, seconds, running=True))
    size = instance.get("VolumeSizeInGB", DEFAULT_VOLUME_GB)
    volume = Usage(VOLUME, "notebook volume", size, _seconds(created, now), status != "Deleting")
    return [*usages, volume]


def _seconds(start: datetime, end: datetime) -> int:
    """Seconds between two times; none if a wrong clock has it end before it starts.

    In UTC: Python subtracts in one zone by wall clock.
    """
    return max(0, ceil((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()))


USAGE_BY_TYPE: dict[str, Callable[[Described, datetime], list[Usage]]] = {
    "training job": job,
    "transform job": job,
    "processing job": job,
    "notebook instance": notebook,
}
"""By the resource type's name. An endpoint also needs its configuration: see `endpoint`."""
