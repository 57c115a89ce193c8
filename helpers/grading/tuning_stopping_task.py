"""Check the second search, which stops bad training jobs early, and what that saved."""

from __future__ import annotations

from typing import Any

from helpers.grading import job_checks, submitted_search, tuning_search_task
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_reports import read_report
from helpers.grading.submitted_search import Search, all_searches, first_search, objective

SAME = {
    "Strategy": "strategy",
    "RandomSeed": "random seed",
    "HyperParameterTuningJobObjective": "objective",
    "ParameterRanges": "ranges",
    "ResourceLimits": "number of jobs",
}
"""Members of the configuration that both searches must share, and how the task calls them."""
MEMBERS = ("trees", "trees_auto", "stopped", "best_stopped", "best")


def judge_stopping(submission: Submission) -> dict[str, Any]:
    """Stop early: the same search with Auto, and what it saved, and whether it hit the best."""
    first, second = first_search(submission), _second_search(submission)
    with job_checks.judging(second.job, "tuning"):
        tuning_search_task.check_definition(submission, second)
        for member, words in SAME.items():
            if first.config.get(member) != second.config.get(member):
                raise TaskError(
                    f"The {words} of the second search differ from the first one's, so you can't "
                    "tell what early stopping has changed: give it the same."
                )
        if _static(first) != _static(second):
            raise TaskError("The hyperparameters that both searches fix are not the same.")
        job_checks.check_tags(submission, second.job["HyperParameterTuningJobArn"], "tuning job")
        tuning_search_task.check_ended(submission, second)
        return _check_report(submission, first, second)


def _static(search: Search) -> dict[str, str]:
    return search.job["TrainingJobDefinition"].get("StaticHyperParameters", {})


def _second_search(submission: Submission) -> Search:
    """Return the newest search that stops jobs early. Raises TaskError."""
    searches = all_searches(submission)
    for search in searches:
        if search.stops_early:
            return search
    if len(searches) > 1:
        name = searches[0].job["HyperParameterTuningJobName"]
        raise TaskError(
            f"Your newest tuning job, {name}, lets all training jobs run to their end, as the "
            "first one did: which setting is Auto in this task?"
        )
    raise TaskError(
        "The second search has not been started yet. (A call that SageMaker refused creates none: "
        "its error message says why.)"
    )


def _check_report(submission: Submission, first: Search, second: Search) -> dict[str, Any]:
    report = read_report(submission, "saving.json", MEMBERS)
    trees = submitted_search.trees_of(submission, first)
    trees_auto = submitted_search.trees_of(submission, second)
    stopped = [job["TrainingJobStatus"] == "Stopped" for job in second.training_jobs]
    _check_count(report, "trees", sum(trees), trees)
    _check_trees_auto(report, trees, trees_auto, stopped)
    if report["stopped"] != sum(stopped):
        raise TaskError(
            f'"stopped" is {report["stopped"]!r:.20}. How many jobs of the second search have the '
            "status Stopped?"
        )
    _check_best_stopped(report, first, second)
    _check_best(report, first, second)
    return {name: report[name] for name in MEMBERS}


def _check_count(report: dict[str, Any], name: str, expected: int, each: list[int]) -> None:
    value = report[name]
    if value == expected:
        return
    if value in (max(each), len(each)):
        raise TaskError(f'"{name}" is {value}: add up the trees of all jobs.')
    raise TaskError(
        f'"{name}" is {value!r:.20}. By their logs, the jobs have built another number of trees '
        "together. (trees_of counts those of one job.)"
    )


def _check_trees_auto(
    report: dict[str, Any], trees: list[int], trees_auto: list[int], stopped: list[bool]
) -> None:
    value = report["trees_auto"]
    if value == sum(
        each for each, early in zip(trees_auto, stopped, strict=True) if not early
    ) and any(stopped):
        raise TaskError('"trees_auto" leaves out the stopped jobs. Their trees were paid for, too.')
    if value == sum(trees) != sum(trees_auto):
        raise TaskError('"trees_auto" is the number of the first search.')
    if value == sum(trees) - sum(trees_auto) != sum(trees_auto):
        raise TaskError('"trees_auto" is the difference; the task asks for the number itself.')
    _check_count(report, "trees_auto", sum(trees_auto), trees_auto)


def _check_best_stopped(report: dict[str, Any], first: Search, second: Search) -> None:
    values = first.best()["TunedHyperParameters"]
    again = [job for job in second.training_jobs if job["TunedHyperParameters"] == values]
    if not again:
        raise TaskError(
            "The second search has not tried the combination that won the first one. With the "
            "same seed, ranges and number of jobs, Random tries the same ones."
        )
    expected = again[0]["TrainingJobStatus"] == "Stopped"
    if report["best_stopped"] is not expected:
        raise TaskError(
            f'"best_stopped" is {report["best_stopped"]!r:.20}. Which job of the second search has '
            f"the values of {first.best()['TrainingJobName']}, and what is its status? (true and "
            "false, without quotes)"
        )


def _check_best(report: dict[str, Any], first: Search, second: Search) -> None:
    plain, auto = objective(first.best()), objective(second.best())
    better = auto > plain if first.maximizes else auto < plain
    expected = "equal" if plain == auto else "auto" if better else "plain"
    if report["best"] != expected:
        raise TaskError(
            f'"best" is {report["best"]!r:.20}. Compare the best objective of all jobs of each '
            'search: "plain", "auto" or "equal"?'
        )
