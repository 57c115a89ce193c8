"""The searches of a tuning job, one for each of its definitions, and what they start from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.runtime.context import Context
from helpers.local.runtime.tuning.children import objective_status, objective_value
from helpers.local.runtime.tuning.definitions import tuned_names
from helpers.local.runtime.tuning.search import Result
from helpers.local.runtime.workloads import workload_folder
from helpers.local.state.database import Document

STEPS_FILE = "objective.json"  # in a training job's folder: its objective after each epoch


def children(context: Context, tuning_job: Document) -> list[Document]:
    """Return a tuning job's training jobs in the order of their creation.

    Those of a deleted tuning job that had its name are not among them.
    """
    arn, created = tuning_job[TUNING_JOB.arn_member], tuning_job["CreationTime"]
    jobs = context.database.list_children(arn)
    return [job for job in jobs if job["CreationTime"] >= created]


def parents(context: Context, region: str, tuning_job: Mapping[str, Any]) -> list[Document]:
    """Return the tuning jobs from which a warm start takes results, as far as they exist."""
    config = tuning_job.get("WarmStartConfig", {})
    names = [item[TUNING_JOB.name_member] for item in config.get(_PARENTS, ())]
    documents = (context.database.get(TUNING_JOB.arn_type, region, name) for name in names)
    return [document for document in documents if document is not None]


_PARENTS = "ParentHyperParameterTuningJobs"


def results(
    context: Context, region: str, jobs: list[Document], definition: Mapping[str, Any]
) -> list[Result]:
    """Return what training jobs that have ended gave, for the search of a definition."""
    names = tuned_names(definition)
    return [
        Result(
            {
                name: job["HyperParameters"][name]
                for name in names
                if name in job["HyperParameters"]
            },
            objective_value(job) if objective_status(job) == "Succeeded" else None,
            read_steps(steps_file(context, region, job["TrainingJobName"])),
        )
        for job in jobs
    ]


def steps_file(context: Context, region: str, name: str) -> Path:
    """Return the file with the objective of a training job after each of its epochs."""
    return workload_folder(context.home, TRAINING_JOB, region, name) / STEPS_FILE


def write_steps(file: Path, steps: list[float]) -> None:
    """Keep the steps of a training job for later searches."""
    file.write_text(json.dumps(steps))


def read_steps(file: Path) -> tuple[float, ...]:
    """Return the steps of a training job; none if it had none, or was deleted."""
    return tuple(json.loads(file.read_text())) if file.exists() else ()
