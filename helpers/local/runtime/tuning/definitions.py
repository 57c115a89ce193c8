"""The training job definitions of a tuning job, and the requests that are made from them."""

from collections.abc import Mapping
from typing import Any

from helpers.local.runtime.s3_uri import join_uri
from helpers.local.state.database import Document

RANGE_LISTS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
# Members of a definition that are those of a CreateTrainingJob request.
_SHARED_MEMBERS = (
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "RetryStrategy",
    "Environment",
)


def definitions(request: Mapping[str, Any]) -> list[Document]:
    """Return the definitions of a tuning job, each with its objective and its ranges.

    Parameters
    ----------
    request
        A CreateHyperParameterTuningJob request, or the job as Describe shows it. A single
        definition has its objective and its ranges in the job's configuration.
    """
    if "TrainingJobDefinitions" in request:
        return request["TrainingJobDefinitions"]
    if "TrainingJobDefinition" not in request:
        return []
    config = request["HyperParameterTuningJobConfig"]
    shared = {
        "TuningObjective": config.get("HyperParameterTuningJobObjective"),
        "HyperParameterRanges": config.get("ParameterRanges"),
    }
    named = {name: value for name, value in shared.items() if value is not None}
    return [request["TrainingJobDefinition"] | named]


def tuned_names(definition: Mapping[str, Any]) -> list[str]:
    """Return the names of the hyperparameters that a definition tunes."""
    ranges = definition.get("HyperParameterRanges", {})
    return [item["Name"] for list_name in RANGE_LISTS for item in ranges.get(list_name, ())]


def training_request(
    definition: Mapping[str, Any], name: str, tuned: Mapping[str, str], tags: list[dict[str, str]]
) -> Document:
    """Return the CreateTrainingJob request of a training job.

    Parameters
    ----------
    definition
        Of the tuning job.
    name
        Of the training job.
    tuned
        The values of the hyperparameters that are tuned.
    tags
        Of the tuning job.
    """
    algorithm = definition["AlgorithmSpecification"]
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            member: algorithm[member]
            for member in ("TrainingImage", "TrainingInputMode", "MetricDefinitions")
            if member in algorithm
        },
        "HyperParameters": {**definition.get("StaticHyperParameters", {}), **tuned},
        "ResourceConfig": resource_config(definition),
        "Tags": tags,
        **{member: definition[member] for member in _SHARED_MEMBERS if member in definition},
    }
    if config := definition.get("CheckpointConfig"):
        # each job its own: one must not resume from what another one with other values has left
        request["CheckpointConfig"] = config | {"S3Uri": join_uri(config["S3Uri"], name)}
    return request


def resource_config(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ResourceConfig of a definition's training jobs.

    Of HyperParameterTuningResourceConfig.InstanceConfigs the first is used, as AWS does while it
    has such instances.
    """
    tuning = dict(definition.get("HyperParameterTuningResourceConfig", {}))
    if not tuning:
        return definition.get("ResourceConfig", {})
    tuning.pop("AllocationStrategy", None)
    first, *_ = tuning.pop("InstanceConfigs", [{}])
    return tuning | first


def is_number(text: str) -> bool:
    """Tell whether the value of a hyperparameter is a number; the others are categories."""
    try:
        float(text)
    except ValueError:
        return False
    return True
