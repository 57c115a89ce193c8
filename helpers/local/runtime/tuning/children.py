"""The training jobs of a tuning job, as its answers show them."""

from collections.abc import Mapping
from typing import Any

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.runtime.tuning.definitions import tuned_names
from helpers.local.state.database import Document
from helpers.local.state.documents import objective_value

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
