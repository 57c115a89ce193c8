"""Check the comparison of the untuned and the tuned model: intervals, and McNemar's test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_reports import read_report
from helpers.grading.tuning_transform_task import MODELS, both_predictions

if TYPE_CHECKING:
    from helpers.grading.transform import Predictions

MEMBERS = (*MODELS, "only_untuned", "only_tuned", "p_value", "better")
LIMIT = 0.05
TOLERANCE = 0.01  # of a p-value, relative: some write few digits
INTERVAL_TOLERANCE = 0.06
"""Of half the interval: the usual methods differ by less, and 90 % or 99 % by more."""


def judge_comparison(submission: Submission) -> dict[str, Any]:
    """Compare: right counts with intervals, the reviews on which both differ, the p-value."""
    report = read_report(submission, "comparison.json", MEMBERS)
    predictions = both_predictions(submission)
    for which in MODELS:
        _check_right(report[which], which, predictions)
    for which in MODELS:
        _check_interval(report[which], which, predictions[which])
    right = {which: predictions[which].correct for which in MODELS}
    only_untuned = int((right["untuned"] & ~right["tuned"]).sum())
    only_tuned = int((right["tuned"] & ~right["untuned"]).sum())
    _check_disagreement(
        report, only_untuned, only_tuned, int((right["tuned"] & right["untuned"]).sum())
    )
    p_value = _mcnemar(only_untuned, only_tuned)
    _check_p_value(report["p_value"], p_value, only_untuned, only_tuned, predictions)
    better = only_tuned > only_untuned and p_value < LIMIT
    if report["better"] is not better:
        raise TaskError(
            f'The p-value is right, but "better" is {report["better"]!r:.20}. When does the task '
            "call the tuned model better? (true and false, without quotes)"
        )
    return {
        "accuracy": {which: round(predictions[which].accuracy, 4) for which in MODELS},
        "p-value": p_value,
    }


def _number(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise TaskError(f"{where} is {value!r:.40} in comparison.json, not a number.")


def _check_right(part: Any, which: str, predictions: dict[str, Predictions]) -> None:
    """Raise TaskError unless the number of right answers of a model is right."""
    if not isinstance(part, dict) or {"right", "low", "high"} - set(part):
        raise TaskError(f'In comparison.json, "{which}" needs "right", "low" and "high".')
    value = _number(part["right"], f'"right" of {which}')
    each = predictions[which]
    right, reviews = int(each.correct.sum()), len(each.labels)
    if value == right:
        return
    other = next(name for name in MODELS if name != which)
    if value == predictions[other].correct.sum():
        raise TaskError(f'"right" of {which} is what the {other} model gets right.')
    if value == reviews - right:
        raise TaskError(f'"right" of {which} counts the wrong answers.')
    if 0 < value <= 1:
        raise TaskError(f'"right" of {which} is a share. The test needs counts.')
    if value == int((each.scores == each.labels).sum()):
        raise TaskError(
            f'"right" of {which} counts scores that equal the label exactly. A score is a '
            "probability, such as 0.93: which label does it mean?"
        )
    raise TaskError(
        f'"right" of {which} is {value:g}, but another number of the {reviews:,} test reviews is '
        "right by its predictions. Are scores and reviews in the same order, and does a score "
        "above 0.5 mean positive?"
    )


def _interval(right: int, reviews: int, level: float = 0.95) -> tuple[float, float]:
    from scipy.stats import binomtest

    interval = binomtest(right, reviews).proportion_ci(level)
    return interval.low, interval.high


def _check_interval(part: dict[str, Any], which: str, each: Predictions) -> None:
    low, high = (_number(part[end], f'"{end}" of {which}') for end in ("low", "high"))
    right, reviews = int(each.correct.sum()), len(each.labels)
    if _near((low, high), _interval(right, reviews)):
        return
    if low > high:
        raise TaskError(f'"low" of {which} is above "high".')
    if _near((low / reviews, high / reviews), _interval(right, reviews)):
        raise TaskError(f"The interval of {which} is one of counts; the task asks for shares.")
    for level in (0.8, 0.9, 0.99):
        if _near((low, high), _interval(right, reviews, level)):
            raise TaskError(
                f"That is the {level:.0%} interval of {which}; the task asks for 95 %, which is "
                "the default of `proportion_ci`."
            )
    raise TaskError(
        f"The interval of {which} is {low:.4g} to {high:.4g}, and should be another one. Was it "
        f"computed of its own right answers, among {reviews:,} reviews?"
    )


def _near(interval: tuple[float, float], expected: tuple[float, float]) -> bool:
    tolerance = INTERVAL_TOLERANCE * (expected[1] - expected[0]) / 2
    return all(abs(a - b) <= tolerance for a, b in zip(interval, expected, strict=True))


def _check_disagreement(
    report: dict[str, Any], only_untuned: int, only_tuned: int, both: int
) -> None:
    """Raise TaskError unless the reviews that only one model gets right are counted."""
    reported = tuple(_number(report[f"only_{which}"], f'"only_{which}"') for which in MODELS)
    if reported == (only_untuned, only_tuned):
        return
    if reported == (only_tuned, only_untuned):
        raise TaskError(
            '"only_untuned" and "only_tuned" are swapped: the first counts reviews that the '
            "untuned model gets right and the tuned one wrong."
        )
    if reported == (only_untuned + both, only_tuned + both):
        raise TaskError(
            '"only_untuned" and "only_tuned" count all right answers. Leave out the reviews on '
            "which both models are right."
        )
    raise TaskError(
        f'"only_untuned" and "only_tuned" are {reported[0]:g} and {reported[1]:g}. On how many '
        "reviews is one model right and the other one wrong?"
    )


def _mcnemar(only_untuned: int, only_tuned: int, alternative: str = "two-sided") -> float:
    """Return the p-value of McNemar's exact test; 1 if the models never disagree."""
    from scipy.stats import binomtest

    total = only_untuned + only_tuned
    return float(binomtest(only_tuned, total, alternative=alternative).pvalue) if total else 1.0


def _check_p_value(
    value: Any,
    expected: float,
    only_untuned: int,
    only_tuned: int,
    predictions: dict[str, Predictions],
) -> None:
    from scipy.stats import binomtest, chi2, fisher_exact

    value = _number(value, '"p_value"')

    def is_p(other: float) -> bool:
        return math.isclose(value, other, rel_tol=TOLERANCE, abs_tol=1e-12)

    if is_p(expected):
        return
    for alternative in ("greater", "less"):
        if is_p(_mcnemar(only_untuned, only_tuned, alternative)):
            raise TaskError(
                "The p-value is one-sided. Before you looked, the tuned model could have been "
                "worse, too: the task asks for both sides, which is the default of `binomtest`."
            )
    right = [int(predictions[which].correct.sum()) for which in MODELS]
    reviews = len(predictions["tuned"].labels)
    if is_p(fisher_exact([[count, reviews - count] for count in right]).pvalue):
        raise TaskError(
            "The p-value compares the models as if each had other reviews. Both had the same ones: "
            "which reviews tell them apart?"
        )
    if is_p(binomtest(only_tuned, reviews).pvalue) or is_p(binomtest(right[1], reviews).pvalue):
        raise TaskError(
            f"The p-value is that of a coin tossed {reviews:,} times. Only the reviews on which "
            "the models disagree are tosses: how many are these?"
        )
    difference, total = abs(only_tuned - only_untuned), max(only_tuned + only_untuned, 1)
    if any(is_p(chi2.sf((difference - c) ** 2 / total, 1)) for c in (0, 1)):
        raise TaskError(
            "The p-value is that of McNemar's test with a chi-squared distribution, which is only "
            "nearly right: the task asks for `binomtest`."
        )
    raise TaskError(
        f"The p-value is {value:.4g}. With {only_tuned} of {only_untuned + only_tuned} reviews on "
        "the tuned model's side, `binomtest` gives another one."
    )
