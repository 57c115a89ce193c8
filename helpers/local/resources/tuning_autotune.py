"""Autotune: what a CreateHyperParameterTuningJob request leaves to SageMaker is filled in.

Source of what is filled in: the member Autotune in the service model. AWS's values are not public,
except for the range of a hint; these are our own.
"""

from typing import Any

from helpers.local.containers.contract import TunableHyperparameter
from helpers.local.runtime.tuning.autotune import ranges_from_hints
from helpers.local.runtime.tuning.definitions import RANGE_LISTS
from helpers.local.state.database import Document

MOST_TRAINING_JOBS = 100
RETRIES = 3


def filled_config(config: dict[str, Any]) -> Document:
    """Return a HyperParameterTuningJobConfig with limits, early stopping and convergence."""
    limits = {"MaxNumberOfTrainingJobs": MOST_TRAINING_JOBS, **config["ResourceLimits"]}
    stopping = "Off" if config["Strategy"] == "Hyperband" else "Auto"
    criteria = {
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
        **config.get("TuningJobCompletionCriteria", {}),
    }
    return {
        "TrainingJobEarlyStoppingType": stopping,
        **config,
        "ResourceLimits": limits,
        "TuningJobCompletionCriteria": criteria,
    }


def filled_definition(definition: Document, tunable: tuple[TunableHyperparameter, ...]) -> Document:
    """Return a definition with ranges and a retry strategy.

    Parameters
    ----------
    definition
        With the ranges of the request, if it has any.
    tunable
        What the algorithm can tune. A hint for another hyperparameter becomes its static value;
        without ranges and hints all that are not static are tuned in their recommended ranges.
    """
    names = {item.name for item in tunable}
    ranges = dict(definition.get("HyperParameterRanges", {}))
    hints = ranges.get("AutoParameters", [])
    static = {item["Name"]: item["ValueHint"] for item in hints if item["Name"] not in names}
    static = definition.get("StaticHyperParameters", {}) | static
    ranges["AutoParameters"] = [item for item in hints if item["Name"] in names]
    if not any(ranges.values()):
        ranges = _recommended(item for item in tunable if item.name not in static)
    bounds = {
        item.name: (_text(item, item.low), _text(item, item.high))
        for item in tunable
        if item.type != "Categorical"
    }
    return {
        "RetryStrategy": {"MaximumRetryAttempts": RETRIES},
        **definition,
        "StaticHyperParameters": static,
        "HyperParameterRanges": ranges_from_hints(ranges, bounds),
    }


def _recommended(tunable) -> Document:
    ranges: Document = {name: [] for name in RANGE_LISTS}
    for item in tunable:
        members: Document = {"Name": item.name}
        if item.type == "Categorical":
            members["Values"] = list(item.values)
        else:
            members["MinValue"] = _text(item, item.low)
            members["MaxValue"] = _text(item, item.high)
            members["ScalingType"] = item.scaling
        ranges[f"{item.type}ParameterRanges"].append(members)
    return ranges


def _text(item: TunableHyperparameter, value: float) -> str:
    return str(int(value)) if item.type == "Integer" else repr(float(value))
