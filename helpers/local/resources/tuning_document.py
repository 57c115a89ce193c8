"""The document of a new tuning job: what DescribeHyperParameterTuningJob shows at its start."""

from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.local.containers import registry
from helpers.local.resources import tuning_autotune
from helpers.local.resources.call import Call
from helpers.local.runtime.training_metrics import TUNED_METRIC
from helpers.local.runtime.tuning.definitions import RANGE_LISTS, definitions
from helpers.local.runtime.tuning.progress import Progress
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document

CONFIG = "HyperParameterTuningJobConfig"
_RANGES_OF_NUMBERS = RANGE_LISTS[:2]


def new_document(call: Call) -> Document:
    """Return the document of a job by a request whose members do not contradict each other."""
    params, created = call.params, now()
    config = params[CONFIG]
    if "Autotune" in params:
        config = tuning_autotune.filled_config(config)
    document = {
        TUNING_JOB.name_member: params[TUNING_JOB.name_member],
        TUNING_JOB.arn_member: call.arn(TUNING_JOB, params[TUNING_JOB.name_member]),
        CONFIG: {"TrainingJobEarlyStoppingType": "Off", **config},
        TUNING_JOB.status_member: "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
        **{name: params[name] for name in ("WarmStartConfig", "Autotune") if name in params},
    }
    shown = [_definition(item, call) for item in definitions(params)]
    if "TrainingJobDefinitions" in params:
        document["TrainingJobDefinitions"] = shown
    else:
        # the objective and the ranges of a single definition are in the configuration
        document["TrainingJobDefinition"] = shown[0]
        document[CONFIG]["HyperParameterTuningJobObjective"] = shown[0].pop("TuningObjective")
        document[CONFIG]["ParameterRanges"] = shown[0].pop("HyperParameterRanges")
    Progress(config, "Minimize").write(document)
    return document


def _definition(definition: dict[str, Any], call: Call) -> Document:
    """Return a definition with the defaults that Describe shows."""
    if "Autotune" in call.params:
        image = registry.resolve(definition["AlgorithmSpecification"]["TrainingImage"], call.region)
        tunable = registry.container_of(image).tunable_hyperparameters(image)
        definition = tuning_autotune.filled_definition(definition, tunable)
    metric = definition["TuningObjective"]["MetricName"]
    static = {**definition.get("StaticHyperParameters", {}), TUNED_METRIC: metric}
    return {
        **definition,
        "HyperParameterRanges": _with_scaling(definition.get("HyperParameterRanges", {})),
        "StaticHyperParameters": dict(sorted(static.items())),
        "EnableNetworkIsolation": definition.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": definition.get(
            "EnableInterContainerTrafficEncryption", False
        ),
        "EnableManagedSpotTraining": definition.get("EnableManagedSpotTraining", False),
    }


def _with_scaling(ranges: dict[str, Any]) -> Document:
    """Return ranges with the ScalingType that numbers have by default."""
    return {
        name: [{"ScalingType": "Auto", **item} for item in items]
        if name in _RANGES_OF_NUMBERS
        else items
        for name, items in ranges.items()
    }
