"""Check which words are found to have changed, in wording or in meaning."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy

from helpers.datasets import imdb
from helpers.grading import drift_statistics, reference
from helpers.grading.drift_statistics import (
    FALSE_ALARMS,
    MIN_REVIEWS,
    MIN_REVIEWS_EACH,
    chi_squared,
)
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_reports import read_report

QUESTIONS = {
    "wording": "whether the share of reviews that have it has changed",
    "meaning": "whether it has changed sides",
}


class TermCounts(NamedTuple):
    """By term: how many reviews of a period and label have it, arrays of shape (terms,)."""

    terms: numpy.ndarray
    old_positive: numpy.ndarray
    old_negative: numpy.ndarray
    new_positive: numpy.ndarray
    new_negative: numpy.ndarray
    old_reviews: int
    new_reviews: int

    @property
    def old(self) -> numpy.ndarray:
        """How many old reviews have each term."""
        return self.old_positive + self.old_negative

    @property
    def new(self) -> numpy.ndarray:
        """How many new reviews have each term."""
        return self.new_positive + self.new_negative


class Tested(NamedTuple):
    """The terms that a question is asked of, and their p-values; both of shape (terms,)."""

    terms: numpy.ndarray
    p_values: numpy.ndarray

    def below(self, limit: float, p_values: numpy.ndarray | None = None) -> set[str]:
        """Return the terms below a limit, by other p-values than their own if given."""
        return set(self.terms[(self.p_values if p_values is None else p_values) < limit].tolist())

    @property
    def significant(self) -> set[str]:
        """The terms that the task asks for."""
        return self.below(FALSE_ALARMS, drift_statistics.adjusted(self.p_values))


def judge_drift_words(submission: Submission) -> dict[str, Any]:
    """Find the words: those whose adjusted p-value is below the limit, for both questions."""
    report = read_report(submission, "words.json", QUESTIONS)
    tested = tested_terms(submission.corpus)
    for name, test in tested.items():
        terms = report[name]
        if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            raise TaskError(f'In words.json, "{name}" should be a list of terms.')
        if set(terms) != test.significant:
            raise TaskError(_explain(name, set(terms), submission))
        if len(set(terms)) < len(terms):
            raise TaskError(f'In words.json, "{name}" lists a term twice.')
    return {name: len(test.significant) for name, test in tested.items()}


@functools.lru_cache(maxsize=2)
def term_counts(corpus: imdb.Corpus) -> TermCounts:
    """Count the old and new reviews that have each term."""
    reviews = reference.load_drifting(corpus)
    parts: dict[str, Any] = {}
    for period in ("old", "new"):
        split = reviews.splits[period]
        present = split.counts > 0
        for label, value in (("positive", 1), ("negative", 0)):
            chosen = present[numpy.flatnonzero(split.labels == value)]
            parts[f"{period}_{label}"] = numpy.asarray(chosen.sum(axis=0)).ravel()
        parts[f"{period}_reviews"] = len(split.labels)
    return TermCounts(numpy.array(reviews.terms), **parts)


@functools.lru_cache(maxsize=2)
def tested_terms(corpus: imdb.Corpus) -> dict[str, Tested]:
    """Return for each question the terms that are frequent enough, with their p-values."""
    counts = term_counts(corpus)
    frequent = counts.old + counts.new >= MIN_REVIEWS
    in_both = (counts.old >= MIN_REVIEWS_EACH) & (counts.new >= MIN_REVIEWS_EACH)
    positive = counts.old_positive + counts.new_positive
    in_both &= (positive > 0) & (positive < counts.old + counts.new)
    return {
        "wording": Tested(counts.terms[frequent], _wording(counts)[frequent]),
        "meaning": Tested(counts.terms[in_both], _meaning(counts)[in_both]),
    }


def _wording(counts: TermCounts) -> numpy.ndarray:
    """Compare the reviews with and without each term."""
    old, new = counts.old, counts.new
    with numpy.errstate(invalid="ignore"):  # a term of no review at all
        return chi_squared(old, counts.old_reviews - old, new, counts.new_reviews - new)


def _meaning(counts: TermCounts) -> numpy.ndarray:
    """Compare positive and negative reviews among those with each term."""
    with numpy.errstate(invalid="ignore"):  # a term of one label or one period only
        return chi_squared(*counts[1:5])


def _explain(name: str, terms: set[str], submission: Submission) -> str:
    """Return what is most likely wrong with a list of terms, without naming one that is missing."""
    tested = tested_terms(submission.corpus)
    test = tested[name]
    (other,) = set(tested) - {name}
    unknown = sorted(terms - set(term_counts(submission.corpus).terms.tolist()))
    if unknown:
        return (
            f'"{name}" has {unknown[0][:40]!r}, which is not a term of helpers.text.words for '
            "these reviews: are these the terms, such as 'bore', and not words or columns?"
        )
    if terms == tested[other].significant:
        return f'"{name}" has the terms of the other question: "{name}" says {QUESTIONS[name]}.'
    if terms == test.below(FALSE_ALARMS):
        return (
            f'"{name}" has all {len(terms)} terms whose own p-value is below 0.01. You have tested '
            f"{len(test.terms):,}, so about {FALSE_ALARMS * len(test.terms):.0f} of them are "
            "there by chance: which function adjusts the p-values to their number?"
        )
    if terms == test.below(FALSE_ALARMS / len(test.terms)):
        return (
            f'"{name}" has the terms below 0.01 / {len(test.terms):,}, Bonferroni\'s limit, '
            "which is stricter than the task asks for: it limits the false discovery rate."
        )
    if terms == test.below(0.05, drift_statistics.adjusted(test.p_values)):
        return f'The adjusted p-values of "{name}" are right, but the limit is 0.01, and not 0.05.'
    if terms == _adjusted_together(tested, name):
        return (
            f'"{name}" is as if the p-values of both questions had been adjusted together: adjust '
            "each question's own."
        )
    return _first_difference(name, terms, test)


def _adjusted_together(tested: dict[str, Tested], name: str) -> set[str]:
    together = drift_statistics.adjusted(
        numpy.concatenate([test.p_values for test in tested.values()])
    )
    lengths = [len(test.terms) for test in tested.values()]
    parts = dict(zip(tested, numpy.split(together, lengths[:1]), strict=True))
    return tested[name].below(FALSE_ALARMS, parts[name])


def _first_difference(name: str, terms: set[str], test: Tested) -> str:
    rare = sorted(terms - set(test.terms.tolist()))
    if rare:
        return (
            f'"{name}" has {rare[0]!r}, which is not one of {name}_terms: it is too rare for the '
            "test."
        )
    surplus = sorted(terms - test.significant)
    if surplus:
        return (
            f'"{name}" has {surplus[0]!r}. The question is {QUESTIONS[name]}, and the counts '
            "don't show that. Which four counts does the table of a term have?"
        )
    missing = len(test.significant - terms)
    return (
        f'"{name}" has {len(terms)} terms, and {missing} are missing. Which four counts does the '
        "table of a term have, and what is adjusted?"
    )
