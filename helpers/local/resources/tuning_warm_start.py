"""What CreateHyperParameterTuningJob refuses in a warm start.

Source of the rules: "Run a Warm Start Hyperparameter Tuning Job" in AWS's developer guide; of the
two texts that are AWS's own: aws/amazon-sagemaker-examples issue 861, aws/sagemaker-python-sdk
issue 3693.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.local.resources.call import Call
from helpers.local.runtime.training_metrics import TUNED_METRIC
from helpers.local.runtime.tuning import results
from helpers.local.runtime.tuning.definitions import (
    RANGE_LISTS,
    definitions,
    is_number,
    tuned_names,
)
from helpers.local.state.database import Document

MOST_TRAINING_JOBS = 500  # of the parents and the new tuning job together
MOST_CHANGES = 10
DIFFERENT_NAMES = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent "
    "tuning jobs. Please ensure this set is constant when warm starting. Note that previously "
    "static HyperParameters can be tuned in warm start jobs and vice versa."
)
DIFFERENT_FIELDS = (
    "Only the following fields in TrainingJobDefinition are allowed to change: "
    "[algorithmSpecification, inputDataConfig, outputDataConfig, staticHyperParameters, roleArn, "
    "resourceConfig, stoppingCondition, vpcConfig, enableManagedSpotTraining, checkpointConfig]."
)
_FIXED_FIELDS = (
    "Environment",
    "RetryStrategy",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
)


def errors(call: Call, document: Document) -> Iterator[str]:
    """Yield what is wrong with the WarmStartConfig of a new tuning job's document.

    Only the first text is shown: what follows may take for granted that the first holds.
    """
    names = [
        item.get(TUNING_JOB.name_member, "")
        for item in document["WarmStartConfig"]["ParentHyperParameterTuningJobs"]
    ]
    if "" in names:  # which the service model does not require
        yield "Each parent of a warm start needs HyperParameterTuningJobName."
    if len(set(names)) < len(names):
        yield f"The parents of a warm start must be different tuning jobs: {names}"
    if "TrainingJobDefinitions" in document:
        yield "A tuning job with TrainingJobDefinitions can't have a WarmStartConfig."
    parents = results.parents(call.context, call.region, document)
    existing = {parent[TUNING_JOB.name_member] for parent in parents}
    for name in names:
        if name not in existing:
            yield f"Amazon SageMaker can't find a tuning job called {name}. Type another name."
    for parent in parents:
        yield from _parent_errors(document, parent)
    limits = document["HyperParameterTuningJobConfig"]["ResourceLimits"]
    total = limits.get("MaxNumberOfTrainingJobs", 0)
    total += sum(len(results.training_jobs(call.context, parent)) for parent in parents)
    if total > MOST_TRAINING_JOBS:
        yield (
            f"The training jobs of the parents count too: with MaxNumberOfTrainingJobs they are "
            f"{total}, and at most {MOST_TRAINING_JOBS} are allowed."
        )


def _parent_errors(document: Document, parent: Document) -> Iterator[str]:
    name, status = parent[TUNING_JOB.name_member], parent[TUNING_JOB.status_member]
    if status in TUNING_JOB.busy:
        yield (
            f"The parent tuning job {name} is in status {status}. A parent of a warm start must "
            "have ended."
        )
    if "TrainingJobDefinitions" in parent:
        yield f"The parent tuning job {name} has several training job definitions."
        return
    (new,), (old,) = definitions(document), definitions(parent)
    if new["TuningObjective"] != old["TuningObjective"]:
        yield (
            f"The objective metric must be that of the parent tuning job {name}: "
            f"{old['TuningObjective']}, and not {new['TuningObjective']}."
        )
    if _names(new) != _names(old):
        yield DIFFERENT_NAMES
    if any(new.get(field) != old.get(field) for field in _FIXED_FIELDS):
        yield DIFFERENT_FIELDS
    yield from _type_errors(new, old, name)
    if document["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm":
        yield from _identity_errors(new, old, name)
    if (changes := _changes(new, old)) > MOST_CHANGES:
        yield (
            f"{changes} hyperparameters have become static or have another static value than in "
            f"the parent tuning job {name}, and at most {MOST_CHANGES} may. Each value of a "
            "categorical hyperparameter counts."
        )


def _names(definition: Mapping[str, Any]) -> set[str]:
    return {*definition["StaticHyperParameters"], *tuned_names(definition)} - {TUNED_METRIC}


def _type_errors(new: Mapping[str, Any], old: Mapping[str, Any], name: str) -> Iterator[str]:
    old_types = _types(old)
    for hyperparameter, type_name in _types(new).items():
        before = old_types.get(hyperparameter, type_name)
        if before != type_name:
            yield (
                f"The type of hyperparameter {hyperparameter} must be that of the parent tuning "
                f"job {name}: {before}, and not {type_name}."
            )


def _types(definition: Mapping[str, Any]) -> dict[str, str]:
    ranges = definition["HyperParameterRanges"]
    return {
        item["Name"]: list_name.removesuffix("ParameterRanges")
        for list_name in RANGE_LISTS
        for item in ranges.get(list_name, ())
    }


def _identity_errors(new: Mapping[str, Any], old: Mapping[str, Any], name: str) -> Iterator[str]:
    images = [item["AlgorithmSpecification"]["TrainingImage"] for item in (new, old)]
    if images[0] != images[1]:
        yield (
            f"A warm start of type IdenticalDataAndAlgorithm needs the TrainingImage of the parent "
            f"tuning job {name}, {images[1]}, and not {images[0]}. Use TransferLearning."
        )
    if new.get("InputDataConfig") != old.get("InputDataConfig"):
        yield (
            f"A warm start of type IdenticalDataAndAlgorithm needs the InputDataConfig of the "
            f"parent tuning job {name}. Use TransferLearning for other data."
        )


def _changes(new: Mapping[str, Any], old: Mapping[str, Any]) -> int:
    """Count what has become static, and the static values that are others.

    Each value of a category counts, in the guide's examples: those of the old range, or the old and
    the new static value. A static value that is not a number is taken for a category.
    """
    old_static, old_tuned = old["StaticHyperParameters"], tuned_names(old)
    categories = old["HyperParameterRanges"].get(RANGE_LISTS[2], ())
    values = {item["Name"]: len(item["Values"]) for item in categories}
    changes = 0
    for name, value in new["StaticHyperParameters"].items():
        before = old_static.get(name, value)
        if name in old_tuned:
            changes += values.get(name, 1)
        elif before != value:
            changes += 1 if is_number(before) and is_number(value) else 2
    return changes
