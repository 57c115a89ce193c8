"""The training jobs of a tuning job, as its answers show them."""

import ctypes
from collections.abc import Mapping
from typing import Any

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.runtime.tuning.definitions import tuned_names
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC

SUMMARY = (
    "TrainingJobDefinitionName",
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "TrainingJobStatus",
)
READ_MEMBERS = (*SUMMARY, "FailureReason", "HyperParameters", "FinalMetricDataList")


def summary(child: Mapping[str, Any], definition: Mapping[str, Any]) -> Document:
    """Return a HyperParameterTrainingJobSummary.

    Parameters
    ----------
    child
        The document of the training job, or its READ_MEMBERS.
    definition
        Of the tuning job, by which it was made.
    """
    texts = child["HyperParameters"]
    members = {name: child[name] for name in SUMMARY if name in child}
    members["TunedHyperParameters"] = {
        name: texts[name] for name in sorted(tuned_names(definition))
    }
    if "FailureReason" in child:
        members["FailureReason"] = child["FailureReason"]
    if (value := objective_value(child)) is not None:
        members["FinalHyperParameterTuningJobObjectiveMetric"] = {
            "MetricName": definition["TuningObjective"]["MetricName"],
            "Value": value,
        }
    return members | {"ObjectiveStatus": objective_status(child)}


def objective_status(child: Mapping[str, Any]) -> str:
    """Return Pending while a training job runs, then Succeeded if it has reported its objective."""
    status = child["TrainingJobStatus"]
    if status in TRAINING_JOB.busy:
        return "Pending"
    return "Failed" if status == "Failed" or objective_value(child) is None else "Succeeded"


def objective_value(child: Mapping[str, Any]) -> float | None:
    """Return the last value of the objective that a training job has logged, None if none."""
    for metric in child.get("FinalMetricDataList", ()):
        if metric["MetricName"] == OBJECTIVE_METRIC:
            return as_float32(metric["Value"])
    return None


def as_float32(value: float) -> float:
    """Return a value in single precision, in which SageMaker keeps objectives.

    >>> as_float32(3.53175)
    3.531749963760376
    """
    return ctypes.c_float(value).value
