"""Check what the mini-project on drift measures: accuracy by week, the drift, the words."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy

from helpers.datasets.imdb import drift
from helpers.grading import drift_statistics, reference
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.submitted_model import predict
from helpers.grading.submitted_reports import read_report
from helpers.grading.submitted_tables import number, read_table
from helpers.grading.training import trained_model

FIRST, SECOND = "first/", "second/"
TOLERANCE = 0.01  # of a p-value, relative: some write few digits


def right_answers(
    submission: Submission, split: str, model: str, vocabulary: str = ""
) -> numpy.ndarray:
    """Return whether a model labels each review of a split correctly: booleans (reviews,).

    model, vocabulary: the folders of both; by default they are the same. Raises TaskError.
    """
    terms = vocabulary_of(submission, vocabulary or model)
    reviews = reference.load_drifting(submission.corpus)
    scores = predict(trained_model(submission, model), reference.select(reviews, split, terms))
    return (scores > 0.5) == (reviews.splits[split].labels == 1)


def weeks_of(submission: Submission) -> numpy.ndarray:
    """Return the week of each weekly review."""
    names = reference.load_drifting(submission.corpus).splits["weekly"].names
    return numpy.array([drift.week_of(name) for name in names])


@functools.lru_cache(maxsize=2)
def weekly_counts(submission: Submission, model: str) -> dict[int, tuple[int, int]]:
    """Return for each week how many reviews there are, and how many a model labels correctly.

    The reviews are counted under the first vocabulary. Raises TaskError.
    """
    right, weeks = right_answers(submission, "weekly", model, FIRST), weeks_of(submission)
    return {
        week: (int((weeks == week).sum()), int(right[weeks == week].sum()))
        for week in range(1, drift.WEEKS + 1)
    }


def judge_weeks(submission: Submission) -> dict[str, Any]:
    """Measure each week: how many reviews of each week the first model labels correctly."""
    rows = read_table(submission, "weeks.csv", "week,reviews,right")
    reported = {
        int(number(row, "week", "weeks.csv")): (
            number(row, "reviews", "weeks.csv"),
            number(row, "right", "weeks.csv"),
        )
        for row in rows
    }
    expected = weekly_counts(submission, FIRST)
    if sorted(reported) != sorted(expected) or len(rows) != len(expected):
        weeks = ", ".join(f"{week}" for week in sorted(reported)) or "none"
        raise TaskError(
            f"weeks.csv has the weeks {weeks[:60]}, in {len(rows)} rows. There are ten weeks, 1 to "
            "10, and each has one row."
        )
    for week, (reviews, _) in expected.items():
        if reported[week][0] != reviews:
            raise TaskError(
                f"weeks.csv says that week {week} has {reported[week][0]:g} reviews; "
                f"weekly_reviews has {reviews}."
            )
    if reported != expected:
        raise TaskError(_explain_weeks(submission, reported, expected))
    return {
        f"week {week}": round(right / reviews, 4) for week, (reviews, right) in reported.items()
    }


def _explain_weeks(
    submission: Submission,
    reported: dict[int, tuple[float, float]],
    expected: dict[int, tuple[int, int]],
) -> str:
    """Return what most likely went wrong, without giving a right number away."""
    right = {week: value for week, (_, value) in reported.items()}
    if all(value == expected[week][0] - expected[week][1] for week, value in right.items()):
        return "weeks.csv counts the wrong answers in `right`: were 0 and 1 swapped?"
    if all(0 <= value <= 1 for value in right.values()) and any(right.values()):
        return "`right` is a share in weeks.csv. The test of the next task needs counts."
    if all(value < 0.1 * expected[week][0] for week, value in right.items()):
        return (
            "Hardly any answer is right in weeks.csv. A score is a probability, such as 0.93, and "
            "`sentiment` is 0 or 1: what turns one into the other?"
        )
    if _answered_by_second(submission, right):
        return (
            "These are the answers of the second model: the endpoint has been updated since. Run "
            "the notebook from its first cell to measure the first one again."
        )
    week = next(week for week, value in right.items() if value != expected[week][1])
    return (
        f"The first model labels another number of reviews correctly in week {week}. Were the "
        "words counted with the first vocabulary (by `transform`, since `fit_transform` learns "
        "others), and are scores and `sentiment` in the same order?"
    )


def _answered_by_second(submission: Submission, right: dict[int, float]) -> bool:
    try:
        counts = weekly_counts(submission, SECOND)
    except TaskError:  # there is no second model yet
        return False
    return all(value == counts[week][1] for week, value in right.items())


def judge_drift(submission: Submission) -> dict[str, Any]:
    """Find the drift: Fisher's exact test of each later week, and the weeks below the limit."""
    report = read_report(submission, "drift.json", ("limit", "p_values", "drifted"))
    reported = _reported_p_values(report["p_values"])
    counts = weekly_counts(submission, FIRST)
    expected = drift_statistics.weekly_p_values(counts)
    if not _equal(reported, expected):
        raise TaskError(_explain_p_values(reported, counts))
    limit = report["limit"]
    if not isinstance(limit, int | float) or not math.isclose(
        limit, drift_statistics.limit(), rel_tol=TOLERANCE
    ):
        raise TaskError(_explain_limit(limit))
    drifted = [week for week, p_value in expected.items() if p_value < drift_statistics.limit()]
    if not isinstance(report["drifted"], list) or sorted(map(str, report["drifted"])) != sorted(
        map(str, drifted)
    ):
        raise TaskError(
            f'The p-values are right, but the weeks in "drifted" are {report["drifted"]!r:.60}. '
            "Which of the six are below the limit?"
        )
    return {
        "drifted": drifted,
        "largest p-value of these": max(map(expected.get, drifted), default=1),
    }


def _reported_p_values(values: Any) -> dict[int, float]:
    """Return the p-values of drift.json by week. Raises TaskError."""
    if not isinstance(values, dict):
        raise TaskError('In drift.json, "p_values" should be an object from week to p-value.')
    weeks = [f"{week}" for week in drift_statistics.TESTED_WEEKS]
    if sorted(values) != sorted(weeks):
        raise TaskError(
            f"drift.json has p-values for the weeks {', '.join(values)[:60] or 'none'}. The task "
            "tests weeks 5 to 10; weeks 1 to 4 are what they are compared with."
        )
    for week, value in values.items():
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise TaskError(
                f"The p-value of week {week} is {value!r:.40}, not a number from 0 to 1. "
                "(`fisher_exact` returns two numbers; `.pvalue` is the second one.)"
            )
    return {int(week): float(value) for week, value in values.items()}


def _equal(reported: dict[int, float], expected: dict[int, float]) -> bool:
    """Tell whether all p-values are equal, but for their last digits."""
    return all(
        math.isclose(reported[week], p_value, rel_tol=TOLERANCE, abs_tol=1e-12)
        for week, p_value in expected.items()
    )


def _explain_p_values(reported: dict[int, float], counts: drift_statistics.Counts) -> str:
    """Return which other test gives the reported p-values."""
    test = drift_statistics.weekly_p_values
    corrected = {week: min(1.0, 6 * p_value) for week, p_value in test(counts).items()}
    one_week = "Each week is compared with the week before it alone"
    mistakes = {
        "These p-values are two-sided: they also count weeks that are better. Which `alternative` "
        "asks whether the first row is the better one?": test(counts, "two-sided"),
        "These p-values are near 1 for the worst weeks: they ask whether a week is better. Which "
        "`alternative` does the task name, and which row comes first?": test(counts, "less"),
        f"{one_week}. After the drift has begun, that compares bad weeks with bad weeks: which "
        "weeks does the task compare with?": test(counts, reference=lambda week: [week - 1]),
        "Each week is compared with all weeks before it, bad ones included: which weeks does the "
        "task compare with?": test(counts, reference=lambda week: range(1, week)),
        "Each week is compared with all others, bad ones included: which weeks does the task "
        "compare with?": test(counts, reference=lambda week: {*range(1, 11)} - {week}),
        "Each week is compared with all ten, itself included: which weeks does the task compare "
        "with?": test(counts, reference=lambda week: range(1, 11)),
        "These p-values are six times those of the test. Divide the limit by six, or multiply the "
        "p-values, but not both; the task asks for the first.": corrected,
    }
    for explanation, p_values in mistakes.items():
        if _equal(reported, p_values):
            return explanation
    for correction in (True, False):
        if _equal(reported, drift_statistics.weekly_chi_squared(counts, correction)):
            return "These are p-values of the chi-squared test: the task asks for Fisher's."
    return (
        "The p-values are not those of Fisher's exact test on your counts. Are the table's rows "
        "the four weeks together and the week in question, and its columns how many answers are "
        "right and how many are wrong (counts, and not shares)?"
    )


def _explain_limit(limit: Any) -> str:
    if limit in (drift_statistics.FALSE_ALARMS, 0.05):
        return (
            f"The limit is {limit}. You test six weeks, and with such a limit each of them may "
            "give a false alarm: by what does Bonferroni divide?"
        )
    return f"The limit is {limit!r:.30}. The task asks for 0.01, divided by the number of tests."
