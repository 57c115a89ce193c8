"""A resource's document as text, and what lists sort it by."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
# What a tuning job's training jobs call the metric that it optimizes
OBJECTIVE_METRIC = "ObjectiveMetric"


def dump(document: Document) -> str:
    """Return a document as JSON, with a datetime as ``{"$time": seconds since 1970}``."""
    return json.dumps(document, default=_encode)


def _encode(value: object) -> dict[str, float]:
    if isinstance(value, datetime):
        return {"$time": value.timestamp()}
    raise TypeError(f"a document can't contain a {type(value).__name__}")


def load(text: str) -> Document:
    """Return the document that `dump` wrote."""
    return json.loads(text, object_hook=_decode)


def load_members(text: str, members: Iterable[str]) -> Document:
    """Return some members of the document that `dump` wrote: texts, numbers and times."""
    document = json.loads(text)
    return {
        name: _decode(value) if isinstance(value, dict) else value
        for name in members
        if (value := document.get(name)) is not None
    }


def _decode(value: dict[str, Any]) -> dict[str, Any] | datetime:
    """Decode a datetime. A client's own map may have the key "$time" too, with a text value."""
    if len(value) == 1 and isinstance(value.get("$time"), float):
        return datetime.fromtimestamp(value["$time"], UTC)
    return value


def sort_values(resource_type: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what lists sort by and look for, by the database's columns.

    `created` and `modified` are in seconds since 1970. The member with the `status` of a
    `training-job` is TrainingJobStatus, else Status. A training job may have a `parent`, the ARN of
    its tuning job, and an `objective`, the last value of the metric that it optimizes.
    """
    created = document.get("CreationTime")
    modified = document.get("LastModifiedTime", created)
    prefix = resource_type.title().replace("-", "")
    status = document.get(f"{prefix}Status", document.get("Status"))
    return {
        "created": created.timestamp() if isinstance(created, datetime) else None,
        "modified": modified.timestamp() if isinstance(modified, datetime) else None,
        "status": status if isinstance(status, str) else None,
        "parent": document.get("TuningJobArn"),
        "objective": objective_value(document) if "TuningJobArn" in document else None,
    }


def objective_value(document: Mapping[str, Any]) -> float | None:
    """Return the last value of the objective that a training job has logged, None if none."""
    values = (
        metric["Value"]
        for metric in document.get("FinalMetricDataList", ())
        if metric["MetricName"] == OBJECTIVE_METRIC
    )
    return next(values, None)
