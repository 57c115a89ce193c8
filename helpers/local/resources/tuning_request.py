"""What CreateHyperParameterTuningJob refuses, and the job's document."""

from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.local.resources import training_jobs
from helpers.local.resources.call import Call
from helpers.local.runtime.training_metrics import TUNED_METRIC
from helpers.local.runtime.tuning.definitions import RANGE_LISTS, definitions, training_request
from helpers.local.runtime.tuning.progress import Progress
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document

CONFIG = "HyperParameterTuningJobConfig"


def checked_document(call: Call) -> Document:
    """Check a request, and return the job's document without its ARN. Raises AwsError."""
    document = _document(call.params)
    for definition in definitions(document):
        sample = training_request(definition, "sample", {}, [])
        training_jobs.check(sample, call.region)
    return document


def _document(params: dict[str, Any]) -> Document:
    """Return the Describe answer at the job's start, with AWS's defaults."""
    created = now()
    config = {"TrainingJobEarlyStoppingType": "Off", **params[CONFIG]}
    document = {
        TUNING_JOB.name_member: params[TUNING_JOB.name_member],
        CONFIG: config,
        TUNING_JOB.status_member: "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    if "ParameterRanges" in config:
        config["ParameterRanges"] = _with_scaling(config["ParameterRanges"])
    if "TrainingJobDefinitions" in params:
        document["TrainingJobDefinitions"] = [
            _definition(item, item["TuningObjective"]) for item in params["TrainingJobDefinitions"]
        ]
    if "TrainingJobDefinition" in params:
        objective = config["HyperParameterTuningJobObjective"]
        document["TrainingJobDefinition"] = _definition(params["TrainingJobDefinition"], objective)
    for member in ("WarmStartConfig", "Autotune"):
        if member in params:
            document[member] = params[member]
    Progress(config, is_minimized=False, number_tuned=0).write(document)
    return document


def _definition(definition: dict[str, Any], objective: dict[str, str]) -> Document:
    """Return a definition with the defaults that Describe shows."""
    static = {**definition.get("StaticHyperParameters", {}), TUNED_METRIC: objective["MetricName"]}
    shown = {
        **definition,
        "StaticHyperParameters": dict(sorted(static.items())),
        "EnableNetworkIsolation": definition.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": definition.get(
            "EnableInterContainerTrafficEncryption", False
        ),
        "EnableManagedSpotTraining": definition.get("EnableManagedSpotTraining", False),
    }
    if "HyperParameterRanges" in definition:
        shown["HyperParameterRanges"] = _with_scaling(definition["HyperParameterRanges"])
    return shown


def _with_scaling(ranges: dict[str, Any]) -> Document:
    """Return ranges with the ScalingType that numbers have by default."""
    return {
        name: [{**item, "ScalingType": item.get("ScalingType", "Auto")} for item in items]
        if name in RANGE_LISTS[:2]
        else items
        for name, items in ranges.items()
    }
