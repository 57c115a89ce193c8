"""The tests that the mini-project on drift asks for, and those that are taken for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy
from scipy import stats

REFERENCE_WEEKS, TESTED_WEEKS = (1, 2, 3, 4), (5, 6, 7, 8, 9, 10)
FALSE_ALARMS = 0.01
"""The share of stories without drift in which any week may be found, and the false discovery rate
of the words."""

MIN_REVIEWS, MIN_REVIEWS_EACH = 30, 20
"""How many reviews must have a term to test its wording; how many of both periods, its meaning."""

Counts = Mapping[int, tuple[int, int]]
"""By week: how many reviews there are, and how many are labelled correctly."""


def limit() -> float:
    """Return the p-value below which a week has drifted: Bonferroni's."""
    return FALSE_ALARMS / len(TESTED_WEEKS)


def weekly_p_values(
    counts: Counts,
    alternative: str = "greater",
    reference: Callable[[int], Iterable[int]] = lambda week: REFERENCE_WEEKS,
) -> dict[int, float]:
    """Test each later week against its reference weeks by Fisher's exact test.

    With the alternative "greater", a small p-value means that the week is worse.
    """
    return {
        week: float(
            stats.fisher_exact(
                [_right_and_wrong(counts, reference(week)), _right_and_wrong(counts, [week])],
                alternative=alternative,
            ).pvalue
        )
        for week in TESTED_WEEKS
    }


def weekly_chi_squared(counts: Counts, correction: bool) -> dict[int, float]:
    """Test each later week by the chi-squared test, with or without Yates's correction."""
    before = _right_and_wrong(counts, REFERENCE_WEEKS)
    return {
        week: float(
            stats.chi2_contingency(
                [before, _right_and_wrong(counts, [week])], correction=correction
            ).pvalue
        )
        for week in TESTED_WEEKS
    }


def _right_and_wrong(counts: Counts, weeks: Iterable[int]) -> list[int]:
    chosen = [counts[week] for week in weeks]
    right = sum(right for _, right in chosen)
    return [right, sum(reviews for reviews, _ in chosen) - right]


def chi_squared(
    old_one: numpy.ndarray,
    old_other: numpy.ndarray,
    new_one: numpy.ndarray,
    new_other: numpy.ndarray,
) -> numpy.ndarray:
    """Return the p-value of Pearson's chi-squared test for each term's 2 x 2 table.

    The arguments are counts of shape (terms,).
    """
    table = numpy.array([[old_one, old_other], [new_one, new_other]], dtype=float)
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = rows * columns / table.sum(axis=(0, 1))
    return stats.chisquare(table.reshape(4, -1), expected.reshape(4, -1), ddof=2).pvalue


def adjusted(p_values: numpy.ndarray) -> numpy.ndarray:
    """Adjust p-values so that a limit on them is one on the false discovery rate."""
    return stats.false_discovery_control(p_values)
