"""Check what the learner read from the search: the best training job and its values."""

from __future__ import annotations

import math
from typing import Any

from helpers.grading import job_checks
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_reports import read_report
from helpers.grading.submitted_search import Search, all_searches, first_search, objective

TOLERANCE = 6e-4  # relative: a value may be rounded to four digits


def judge_result(submission: Submission) -> dict[str, Any]:
    """Read the result: name, objective and values of the search's best training job."""
    search = first_search(submission)
    report = read_report(submission, "search.json", ("job", "objective", "values"))
    with job_checks.judging(search.job, "tuning"):
        best = search.best()
        _check_job(submission, search, report["job"])
        _check_objective(submission, search, report["objective"])
        tuned = {name: float(text) for name, text in best["TunedHyperParameters"].items()}
        _check_values(report["values"], tuned)
    return {"job": best["TrainingJobName"], "objective": objective(best)} | tuned


def _check_job(submission: Submission, search: Search, name: Any) -> None:
    """Raise TaskError unless the name is that of the best training job, or one as good."""
    by_name = {job["TrainingJobName"]: job for job in search.training_jobs}
    if name in by_name and objective(by_name[name]) == objective(search.best()):
        return
    if name not in by_name:
        others = [each for each in all_searches(submission) if each.job != search.job]
        if any(name == job["TrainingJobName"] for each in others for job in each.training_jobs):
            raise TaskError(f"{name} is a training job of another search.")
        if name == search.job["HyperParameterTuningJobName"]:
            raise TaskError(f"{name} is the search itself: which of its training jobs won?")
        raise TaskError(f"{name!r:.70} is not a training job of this search.")
    hint = f"{name} is not the best job: it has {objective(by_name[name])}"
    if name == search.worst()["TrainingJobName"]:
        raise TaskError(f"{hint}, and all others are better. Is more better, or less?")
    if name == max(by_name):
        raise TaskError(f"{hint}. It is the last one in the order of names: sort by the objective.")
    if name == min(by_name):
        raise TaskError(
            f"{hint}. It is the first one in the order of names: sort by the objective."
        )
    raise TaskError(f"{hint}, and another is better. By what did you choose it?")


def _check_objective(submission: Submission, search: Search, value: Any) -> None:
    expected = objective(search.best())
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TaskError(f'"objective" is {value!r:.40} in search.json, not a number.')
    if math.isclose(value, expected, rel_tol=TOLERANCE):
        return
    if math.isclose(-value, expected, rel_tol=TOLERANCE):
        raise TaskError('"objective" has the wrong sign in search.json.')
    described = submission.describe_job("training", search.best()["TrainingJobName"])
    for metric in described.get("FinalMetricDataList", []):
        if math.isclose(value, metric["Value"], rel_tol=1e-5):
            raise TaskError(
                f'"objective" is {value:g} in search.json, which is the {metric["MetricName"]} of '
                "that job. Which metric has chosen it?"
            )
    raise TaskError(f'"objective" is {value:g} in search.json. The best job has another one.')


def _check_values(values: Any, tuned: dict[str, float]) -> None:
    if not isinstance(values, dict):
        raise TaskError('In search.json, "values" should be an object from name to number.')
    missing = sorted(set(tuned) - set(values))
    if missing:
        raise TaskError(f'"values" lacks {missing[0]}, which was searched, too.')
    extra = sorted(set(values) - set(tuned))
    if extra:
        raise TaskError(f'"values" has {extra[0]}, which was not searched.')
    for name, expected in tuned.items():
        value = values[name]
        if isinstance(value, str):
            raise TaskError(
                f"{name} is the text {value!r:.40} in search.json. SageMaker has all values as "
                "text: write numbers."
            )
        if not isinstance(value, int | float) or not math.isclose(
            value, expected, rel_tol=TOLERANCE, abs_tol=1e-6
        ):
            raise TaskError(
                f"{name} is {value!r:.40} in search.json. The best job has another value: are all "
                "values of the same job?"
            )
