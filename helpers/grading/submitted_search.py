"""The tuning jobs that an exercise left, and their training jobs."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission

LINE_OF_A_TREE = re.compile(r"^\[\d+\]", re.MULTILINE)  # in a training job's log


class Search(NamedTuple):
    """A tuning job as DescribeHyperParameterTuningJob answers, and its training jobs by name."""

    job: dict[str, Any]
    training_jobs: list[dict[str, Any]]

    @property
    def config(self) -> dict[str, Any]:
        """The request's HyperParameterTuningJobConfig."""
        return self.job["HyperParameterTuningJobConfig"]

    @property
    def stops_early(self) -> bool:
        """Whether the tuning job was to stop bad training jobs."""
        return self.config.get("TrainingJobEarlyStoppingType", "Off") != "Off"

    @property
    def maximizes(self) -> bool:
        """Whether more of the objective is better, as the request says."""
        return self.config["HyperParameterTuningJobObjective"]["Type"] == "Maximize"

    def best(self) -> dict[str, Any]:
        """Return the training job with the best objective. Raises TaskError if none has one."""
        ended = [job for job in self.training_jobs if objective(job) is not None]
        if not ended:
            raise TaskError("No training job of the search has an objective yet.")
        return (max if self.maximizes else min)(ended, key=objective)

    def worst(self) -> dict[str, Any]:
        """Return the training job with the worst objective."""
        ended = [job for job in self.training_jobs if objective(job) is not None]
        return (min if self.maximizes else max)(ended, key=objective)


def objective(training_job: dict[str, Any]) -> float | None:
    """Return the final objective of a training job, or None if it has none."""
    return training_job.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")


def first_search(submission: Submission) -> Search:
    """Return the newest search without early stopping, or else the newest. Raises TaskError."""
    searches = all_searches(submission)
    if not searches:
        raise TaskError(
            f"There is no tuning job yet that reads or writes below {submission.uri('')} and was "
            "created since the exercise started. (A call that SageMaker refused creates none: its "
            "error message says why.)"
        )
    return next((search for search in searches if not search.stops_early), searches[0])


@functools.lru_cache(maxsize=2)
def all_searches(submission: Submission) -> list[Search]:
    """Return the tuning jobs of this exercise since its start, the newest first."""
    sagemaker = submission.sagemaker
    pages = sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        CreationTimeAfter=submission.started_at, SortBy="CreationTime", SortOrder="Descending"
    )
    names = [
        job["HyperParameterTuningJobName"]
        for page in pages
        for job in page["HyperParameterTuningJobSummaries"]
    ]
    searches = []
    for name in names:
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if submission.uri("") in json.dumps(job, default=str):
            searches.append(Search(job, _training_jobs(submission, name)))
    return searches


def _training_jobs(submission: Submission, name: str) -> list[dict[str, Any]]:
    pages = submission.sagemaker.get_paginator(
        "list_training_jobs_for_hyper_parameter_tuning_job"
    ).paginate(HyperParameterTuningJobName=name)
    jobs = [job for page in pages for job in page["TrainingJobSummaries"]]
    return sorted(jobs, key=lambda job: job["TrainingJobName"])


def trees_of(submission: Submission, search: Search) -> list[int]:
    """Return how many trees each training job of a search has built, by their logs."""
    logs = (submission.training_log(job["TrainingJobName"]) for job in search.training_jobs)
    return [len(LINE_OF_A_TREE.findall(log)) for log in logs]
