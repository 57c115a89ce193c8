"""Check the predictions of the untuned and of the tuned model."""

from __future__ import annotations

import functools
from typing import Any

from helpers.grading import job_checks
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_search import first_search
from helpers.grading.training import artifacts_of, model_of
from helpers.grading.transform import (
    Predictions,
    check_job,
    check_model_settings,
    check_settings,
    read_predictions,
)
from helpers.s3 import model_data

NAME_VARIABLES = {"untuned": "untuned_name", "tuned": "best_name"}
"""Both models, and the variables that hold the names of their training jobs."""

MODELS = tuple(NAME_VARIABLES)


def judge_both_transforms(submission: Submission) -> dict[str, Any]:
    """Transform with both models: each its own model, all of test/, in a folder of its own."""
    for which in MODELS:
        job = submission.newest_job("transform", f"predictions/{which}")
        with job_checks.judging(job, "transform"):
            _check_model(submission, job["ModelName"], which)
            check_job(submission, job, f"predictions/{which}")
            check_settings(submission, job)
    return {which: len(both_predictions(submission)[which].scores) for which in MODELS}


@functools.lru_cache(maxsize=2)
def both_predictions(submission: Submission) -> dict[str, Predictions]:
    """Return what both transform jobs wrote, with the true labels. Raises TaskError."""
    predictions = {}
    for which in MODELS:
        job = submission.newest_job("transform", f"predictions/{which}")
        with job_checks.judging(job, "transform"):
            check_job(submission, job, f"predictions/{which}")
            model = model_of(submission, training_job(submission, which))
            predictions[which] = read_predictions(submission, model, f"predictions/{which}")
    return predictions


def tuned_accuracy(submission: Submission) -> float:
    """Return the accuracy of the tuned model on the test reviews, 0 to 1. Raises TaskError."""
    return both_predictions(submission)["tuned"].accuracy


@functools.lru_cache(maxsize=4)
def training_job(submission: Submission, which: str) -> dict[str, Any]:
    """Describe the training job of one of both models. Raises TaskError."""
    if which == "untuned":
        return submission.newest_job("training")
    name = first_search(submission).best()["TrainingJobName"]
    return submission.describe_job("training", name)


def _check_model(submission: Submission, name: str, which: str) -> None:
    """Raise TaskError unless a model is that of the right training job."""
    model, job = submission.model(name), training_job(submission, which)
    data = model_data(model.get("PrimaryContainer", {}))
    if not data or data != artifacts_of(job):
        other = next(each for each in MODELS if each != which)
        if data and data == artifacts_of(training_job(submission, other)):
            raise TaskError(
                f"It writes to predictions/{which}, but its model, {name}, is the {other} one."
            )
        raise TaskError(
            f"Its model, {name}, does not hold the artifacts of {job['TrainingJobName']}, which is "
            f"the {'best training job of the search' if which == 'tuned' else 'untuned job'}."
        )
    check_model_settings(submission, model, job, NAME_VARIABLES[which])
