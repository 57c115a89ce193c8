"""What CreateHyperParameterTuningJob refuses although the request has the right shape.

AWS's own words where they are public; the rest is worded here. What concerns ranges and warm starts
is in modules of their own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.containers import registry, script
from helpers.local.resources import training_jobs, tuning_ranges, tuning_warm_start
from helpers.local.resources.call import Call
from helpers.local.resources.contradictions import (
    DEFAULT_MAX_RUNTIME_SECONDS,
    check_contradictions,
)
from helpers.local.resources.tuning_document import CONFIG, new_document
from helpers.local.runtime.tuning import hyperband
from helpers.local.runtime.tuning.definitions import (
    definitions,
    resource_config,
    training_request,
    tuned_names,
)
from helpers.local.services.quotas import limits
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

MOST_TRAINING_JOBS = 750  # of a tuning job (developer guide, "Resource Limits")
HINTS = "AutoParameters"
MOST_VARIABLES = 48  # of the environments of all training job definitions together
MOST_EPOCHS = 20_000  # MaxResource of HyperbandStrategyConfig in the service model
NO_METRIC = (
    "A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
    "metric definitions."
)
NO_MAX_RESOURCE = (
    "MaxResource parameter is not provided and could not be inferred from provided static "
    "hyperparameters of TrainingJobDefinition."
)


def checked_document(call: Call) -> Document:
    """Check a request, and return the document of the job. Raises AwsError."""
    _refuse_first(_definition_errors(call.params))
    for definition in definitions(call.params):
        _check_training_jobs(call, definition)
    document = new_document(call)
    config = document[CONFIG]
    _refuse_first(_config_errors(config, definitions(document)))
    for definition in definitions(document):
        _refuse_first(_algorithm_errors(call, definition))
        _refuse_first(tuning_ranges.errors(definition, config))
        if config["Strategy"] == "Hyperband":
            _refuse_first(_hyperband_errors(config, definition))
    if config["Strategy"] == "Grid":
        number = sum(map(tuning_ranges.combinations, definitions(document)))
        if number > MOST_TRAINING_JOBS:
            raise ValidationException(_too_many("Grid", f"this one would have {number:.0f}"))
    if "WarmStartConfig" in document:
        _refuse_first(tuning_warm_start.errors(call, document))
    _check_quotas(call, document)
    return document


def _refuse_first(errors: Iterator[str]) -> None:
    if error := next(errors, None):
        raise ValidationException(error)


def _definition_errors(params: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is missing or too much in the request and in its definitions."""
    several = "TrainingJobDefinitions" in params
    if several == ("TrainingJobDefinition" in params):
        yield (
            "A tuning job needs either TrainingJobDefinition or TrainingJobDefinitions, and not "
            "both."
        )
    config = params[CONFIG]
    names = [item.get("DefinitionName") for item in params.get("TrainingJobDefinitions", ())]
    if several and (None in names or len(set(names)) < len(names)):
        yield f"Each of TrainingJobDefinitions needs a DefinitionName of its own: {names}"
    for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        if several and member in config:
            yield (
                f"With TrainingJobDefinitions, {member} is not a member of {CONFIG}: each "
                "definition has its own."
            )
    for definition in definitions(params):
        if "TuningObjective" not in definition:
            yield NO_METRIC
        if "Autotune" not in params and definition.get("HyperParameterRanges", {}).get(HINTS):
            yield f"{HINTS} can only be used with Autotune: enable it, or give ranges."
        yield from _resource_errors(definition)
    if len({item["TuningObjective"]["Type"] for item in definitions(params)}) > 1:
        yield "The objectives of all TrainingJobDefinitions must have the same Type."
    variables = sum(len(item.get("Environment", {})) for item in definitions(params))
    if variables > MOST_VARIABLES:  # API_HyperParameterTrainingJobDefinition; the wording is ours
        yield (
            "The sum of the number of environment variables for all the training job definitions "
            f"can't exceed {MOST_VARIABLES}, and is {variables}."
        )


def _resource_errors(definition: Mapping[str, Any]) -> Iterator[str]:
    tuning = definition.get("HyperParameterTuningResourceConfig")
    if (tuning is None) == ("ResourceConfig" not in definition):
        yield (
            "A training job definition needs either ResourceConfig or "
            "HyperParameterTuningResourceConfig, and not both."
        )
    both = {"InstanceType", "InstanceCount", "VolumeSizeInGB"} & (tuning or {}).keys()
    if "InstanceConfigs" in (tuning or {}) and both:
        yield (
            f"{sorted(both)} of HyperParameterTuningResourceConfig can't be given together with "
            "InstanceConfigs, which has them."
        )


def _check_training_jobs(call: Call, definition: Mapping[str, Any]) -> None:
    """Check what CreateTrainingJob will ask of a training job of a definition."""
    request = training_request(definition, "name", {}, [])
    for member in ("AlgorithmSpecification", "CheckpointConfig"):
        if member in definition:
            request[member] = definition[member]
    if resources := definition.get("HyperParameterTuningResourceConfig"):
        size = resources.get("VolumeSizeInGB") or 1  # optional here
        request["ResourceConfig"] = {"VolumeSizeInGB": size, **request["ResourceConfig"]}
    check_contradictions("CreateTrainingJob", request)
    training_jobs.check(request, call)


def _config_errors(config: Mapping[str, Any], items: list[Document]) -> Iterator[str]:
    strategy, job_limits = config["Strategy"], config["ResourceLimits"]
    stops_early = config["TrainingJobEarlyStoppingType"] == "Auto"
    if "MaxNumberOfTrainingJobs" not in job_limits and strategy != "Grid":
        yield f"MaxNumberOfTrainingJobs of ResourceLimits is required for strategy {strategy}."
    if strategy == "Hyperband" and stops_early:
        yield (
            "Strategy Hyperband stops training jobs itself: TrainingJobEarlyStoppingType must be "
            "Off."
        )
    if strategy != "Hyperband" and "HyperbandStrategyConfig" in config.get("StrategyConfig", {}):
        yield f"HyperbandStrategyConfig can't be given for strategy {strategy}."
    if len(items) > 1 and stops_early:
        yield "TrainingJobEarlyStoppingType Auto needs a single training job definition."
    number = job_limits.get("MaxNumberOfTrainingJobs", 0)
    if number > MOST_TRAINING_JOBS and strategy != "Random":
        yield _too_many(strategy, f"MaxNumberOfTrainingJobs is {number}")


def _too_many(strategy: str, what: str) -> str:
    return (
        f"A tuning job with strategy {strategy} can have at most {MOST_TRAINING_JOBS} training "
        f"jobs, and {what}."
    )


def _hyperband_errors(config: Mapping[str, Any], definition: Mapping[str, Any]) -> Iterator[str]:
    minimum = hyperband.settings(config).get("MinResource", 1)
    most = hyperband.max_resource(config, definition)
    if not most:
        yield NO_MAX_RESOURCE
    elif most > MOST_EPOCHS:
        yield f"MaxResource is {most}, and at most {MOST_EPOCHS} epochs are allowed."
    elif minimum > most:
        yield (
            f"MinResource of HyperbandStrategyConfig, {minimum}, must not be greater "
            f"than MaxResource, {most}."
        )


def _algorithm_errors(call: Call, definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the algorithm can't optimize or tune; a script may have any hyperparameter."""
    uri = definition["AlgorithmSpecification"]["TrainingImage"]
    image = registry.resolve(uri, call.region)
    container = registry.container_of(image)
    metric = definition["TuningObjective"]["MetricName"]
    metrics = container.objective_metrics(image)
    if script.is_script(definition) and not metrics:
        defined = definition["AlgorithmSpecification"].get("MetricDefinitions", ())
        if metric not in [item["Name"] for item in defined]:
            yield NO_METRIC
        return
    if metric not in metrics:
        yield (
            f"The objective metric [{metric}] can't be optimized with the algorithm of {uri}. It "
            f"logs these objective metrics: [{', '.join(metrics)}]."
        )
    if script.is_script(definition):
        return
    tunable = [item.name for item in container.tunable_hyperparameters(image)]
    untunable = [name for name in tuned_names(definition) if name not in tunable]
    if untunable:
        yield (
            f"These hyperparameters can't be tuned with the algorithm of {uri}: "
            f"[{', '.join(untunable)}]. Tune some of [{', '.join(tunable)}]."
        )


def _check_quotas(call: Call, document: Document) -> None:
    """Refuse training jobs that quotas don't allow: number and run time. Raises AwsError."""
    job_limits = document[CONFIG]["ResourceLimits"]
    parallel = job_limits["MaxParallelTrainingJobs"]
    most = job_limits.get("MaxNumberOfTrainingJobs", parallel)
    limits.check_value(call.database, call.region, limits.PARALLEL_TRAINING_JOBS, parallel)
    if document[CONFIG]["Strategy"] == "Random":
        limits.check_value(call.database, call.region, limits.RANDOM_TRAINING_JOBS, most)
    for definition in definitions(document):
        resources = dict(resource_config(definition))
        resources["InstanceCount"] *= min(parallel, most)
        training_job = {
            TRAINING_JOB.arn_member: "",
            "ResourceConfig": resources,
            "EnableManagedSpotTraining": definition["EnableManagedSpotTraining"],
            "StoppingCondition": {
                "MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS,
                **definition["StoppingCondition"],
            },
        }
        limits.check(call.database, call.region, TRAINING_JOB, training_job)
        limits.check_run_time(call.database, call.region, TRAINING_JOB, training_job)
        limits.check_volume(call.database, call.region, TRAINING_JOB, training_job)
