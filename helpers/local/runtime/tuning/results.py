"""Results that a search can learn from: of a tuning job's own and its parents' training jobs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.runtime.context import Context
from helpers.local.runtime.tuning.children import objective_status
from helpers.local.runtime.tuning.definitions import tuned_names
from helpers.local.runtime.tuning.result import Result
from helpers.local.runtime.workloads import workload_folder
from helpers.local.state.database import Document
from helpers.local.state.documents import objective_value

STEPS_FILE = "objective.json"  # in a training job's folder: its objective after each epoch


def training_jobs(context: Context, tuning_job: Mapping[str, Any]) -> list[Document]:
    """Return a tuning job's training jobs in the order of their creation.

    Those of a deleted tuning job that had its name are not among them.
    """
    arn, created = tuning_job[TUNING_JOB.arn_member], tuning_job["CreationTime"]
    jobs = context.database.list_children(arn)
    return [job for job in jobs if job["CreationTime"] >= created]


def parents(context: Context, region: str, tuning_job: Mapping[str, Any]) -> list[Document]:
    """Return the tuning jobs from which a warm start takes results, as far as they exist."""
    config = tuning_job.get("WarmStartConfig", {})
    names = (
        item[TUNING_JOB.name_member] for item in config.get("ParentHyperParameterTuningJobs", ())
    )
    documents = (context.database.get(TUNING_JOB.arn_type, region, name) for name in names)
    return [document for document in documents if document is not None]


def of_parents(
    context: Context,
    parent_jobs: Iterable[Document],
    definition: Mapping[str, Any],
    warm_start_type: str | None,
) -> Iterator[Result]:
    """Yield the results from which a warm start starts."""
    is_transferred = warm_start_type == "TransferLearning"
    for parent in parent_jobs:
        for job in training_jobs(context, parent):
            yield Result(*_tuned(job, definition), transferred=is_transferred)


def of_own(
    context: Context, region: str, jobs: list[Document], definition: Mapping[str, Any]
) -> Iterator[Result]:
    """Yield the results of training jobs that ended before the server was started."""
    for job in jobs:
        steps = read_steps(context, region, job["TrainingJobName"])
        yield Result(*_tuned(job, definition), steps)


def _tuned(
    job: Mapping[str, Any], definition: Mapping[str, Any]
) -> tuple[dict[str, str], float | None]:
    """Return a training job's values of what is tuned now, and its objective."""
    texts = job["HyperParameters"]
    parameters = {name: texts[name] for name in tuned_names(definition) if name in texts}
    return parameters, objective_value(job) if objective_status(job) == "Succeeded" else None


def write_steps(context: Context, region: str, name: str, steps: list[float]) -> None:
    """Keep the objective of a training job after each of its epochs."""
    _steps_file(context, region, name).write_text(json.dumps(steps))


def read_steps(context: Context, region: str, name: str) -> tuple[float, ...]:
    """Return the steps of a training job; none if it had none, or a kill cut them off."""
    try:
        return tuple(json.loads(_steps_file(context, region, name).read_text()))
    except (OSError, ValueError):
        return ()


def _steps_file(context: Context, region: str, name: str) -> Path:
    return workload_folder(context.home, TRAINING_JOB, region, name) / STEPS_FILE
