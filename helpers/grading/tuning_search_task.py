"""Check the search of the mini-project on tuning: its ranges, objective, strategy and budget."""

from __future__ import annotations

from typing import Any

from helpers.grading import job_checks, training, tuning_ranges
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_search import Search, first_search

FEWEST_JOBS, MOST_JOBS, PARALLEL_JOBS = 6, 12, 2
DIRECTIONS = {"validation:auc": "Maximize", "validation:logloss": "Minimize"}
SEED = 1


def judge_untuned(submission: Submission) -> dict[str, Any]:
    """Train the untuned model: on both channels, with the given hyperparameters; completed."""
    job = submission.newest_job("training")
    with job_checks.judging(job, "training"):
        hyperparameters = job.get("HyperParameters", {})
        for name, value in tuning_ranges.UNTUNED.items():
            actual = hyperparameters.get(name, "not set")
            if actual not in (f"{value}", f"{float(value)}"):
                raise TaskError(
                    f"{name} is {actual}; in `untuned` it is {value:g}. Train with `fixed` and "
                    "`untuned` together."
                )
    return training.check_training(submission)


def judge_search(submission: Submission) -> dict[str, Any]:
    """Search: wide ranges, the right direction, Random with its seed, the budget; completed."""
    search = first_search(submission)
    with job_checks.judging(search.job, "tuning"):
        check_definition(submission, search)
        ranges = tuning_ranges.check_ranges(search.config["ParameterRanges"])
        _check_objective(search)
        _check_strategy(search)
        _check_budget(search)
        if search.stops_early:
            raise TaskError(
                "It stops jobs early. That is for the last task, which compares it with this one: "
                "this search lets all jobs run to their end."
            )
        job_checks.check_tags(submission, search.job["HyperParameterTuningJobArn"], "tuning job")
        check_ended(submission, search)
    return {"job": search.job["HyperParameterTuningJobName"], "ranges": ranges}


def check_definition(submission: Submission, search: Search) -> None:
    """Raise TaskError unless the training jobs of a search are defined as the task asks."""
    definition = search.job.get("TrainingJobDefinition")
    if definition is None:
        raise TaskError("It has several definitions of training jobs; the task asks for one.")
    hyperparameters = definition.get("StaticHyperParameters", {})
    for name in tuning_ranges.UNTUNED:
        if name in hyperparameters:
            raise TaskError(
                f"All its training jobs have {name} {hyperparameters[name]}, from the untuned "
                "model. What is not searched should have XGBoost's own value: which of `fixed` "
                "and `untuned` do all jobs have in common?"
            )
    training.check_definition(submission, definition, hyperparameters)


def _check_objective(search: Search) -> None:
    objective = search.config["HyperParameterTuningJobObjective"]
    name, direction = objective["MetricName"], objective["Type"]
    if name.startswith("train:"):
        raise TaskError(
            f"The objective is {name}, measured on the reviews that the model learns from. The "
            "model that memorises best would win: on which reviews should the search choose?"
        )
    if name not in DIRECTIONS:
        why = " It jumps." if name == "validation:error" else ""
        raise TaskError(f"The objective is {name}.{why} Which two metrics does the task name?")
    if direction != DIRECTIONS[name]:
        default = " (The SDK's default is Maximize.)" if direction == "Maximize" else ""
        raise TaskError(
            f"The objective is to {direction.lower()} {name}, so the worst model is taken for the "
            f"best one. Is a good model's {name.partition(':')[2]} large or small?{default}"
        )


def _check_strategy(search: Search) -> None:
    strategy, seed = search.config["Strategy"], search.config.get("RandomSeed")
    if strategy != "Random":
        raise TaskError(
            f"The strategy is {strategy}. Which one tries the same combinations again, as the last "
            "task needs it?"
        )
    if seed != SEED:
        set_to = "not set" if seed is None else f"{seed}"
        raise TaskError(f"The random seed is {set_to}; the task asks for {SEED}.")


def _check_budget(search: Search) -> None:
    """Raise TaskError unless a search has the number of jobs that the task allows, two at once."""
    limits = search.config["ResourceLimits"]
    jobs, parallel = limits.get("MaxNumberOfTrainingJobs"), limits["MaxParallelTrainingJobs"]
    if jobs is None or jobs > MOST_JOBS:
        raise TaskError(
            f"It may start {jobs or 'any number of'} training jobs, and you pay for each of them. "
            f"The budget is {MOST_JOBS}."
        )
    if jobs < FEWEST_JOBS:
        raise TaskError(
            f"It may start {jobs} training jobs. With fewer than {FEWEST_JOBS}, a random search "
            "has hardly looked anywhere. (The SDK's default is 1.)"
        )
    if parallel != PARALLEL_JOBS:
        raise TaskError(
            f"It runs {parallel} at once; the task asks for two, which is what the quota allows."
        )


def check_ended(submission: Submission, search: Search) -> None:
    """Raise TaskError unless a search and all its jobs have succeeded on the files of today."""
    job_checks.check_completed(search.job, "tuning")
    failed = [job for job in search.training_jobs if job["TrainingJobStatus"] == "Failed"]
    if failed:
        raise TaskError(
            f"{len(failed)} of its training jobs failed, such as {failed[0]['TrainingJobName']}: "
            f"{job_checks.failure_reason(failed[0])}"
        )
    for name in training.CHANNELS:
        job_checks.check_unchanged_since(submission, name, search.job["CreationTime"])
