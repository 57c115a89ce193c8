"""The second vocabulary and its files, with one thing wrong; nothing is trained for that."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from support.drift_learner import SECOND, DriftLearner

from helpers.text import words


class Slip(NamedTuple):
    wrong: str
    make: Callable[[DriftLearner], object]
    hint: str


@pytest.fixture(scope="module")
def preparing(session, drift_corpus, role, tmp_path_factory):
    """Return a learner who has the first vocabulary."""
    made = DriftLearner(session, drift_corpus, tmp_path_factory.mktemp("preparing"), role)
    made.vocabulary("first", fitted(made.old["text"]))
    return made


def fitted(texts) -> dict[str, int]:
    bag = CountVectorizer(analyzer=words, max_features=5000).fit(texts)
    return {term: int(column) for term, column in bag.vocabulary_.items()}


def with_vocabulary(make: Callable[[DriftLearner], dict[str, int]]):
    """Return a change that extends the vocabulary in another way."""
    return lambda it: it.vocabulary("second", make(it))


def everything_again(it: DriftLearner) -> dict[str, int]:
    return fitted([*it.old["text"], *it.new["text"]])


def with_files(make: Callable[[DriftLearner], tuple[list, list]]):
    """Return a change that writes other reviews, or labels, for the right vocabulary."""

    def change(it: DriftLearner):
        it.vocabulary("second", it.extended())
        it.second_files(*make(it))

    return change


def under_the_first_vocabulary(it: DriftLearner):
    it.vocabulary("second", it.extended())
    texts = [*it.old["text"], *it.new["text"]]
    it.files("second", it.features(texts, "first"), [*it.old["sentiment"], *it.new["sentiment"]])


def both(it: DriftLearner, column: str) -> list:
    return [*it.old[column], *it.new[column]]


def new_ones_twice(it: DriftLearner) -> tuple[list, list]:
    return [*both(it, "text"), *it.new["text"]], [*both(it, "sentiment"), *it.new["sentiment"]]


SLIPS = [
    Slip("fitted again", with_vocabulary(everything_again), "don't keep their column"),
    Slip("new terms only", with_vocabulary(lambda it: fitted(it.new["text"])), "don't keep their"),
    Slip(
        "no new terms",
        with_vocabulary(lambda it: it.vocabularies["first"]),
        "Some of the words of task 4 have no column",
    ),
    Slip(
        "learned from weekly reviews",
        with_vocabulary(lambda it: it.extended(it.weekly["text"])),
        "are in no old or new review",
    ),
    Slip(
        "new reviews only",
        with_files(lambda it: (list(it.new["text"]), list(it.new["sentiment"]))),
        "Are the new ones alone in there?",
    ),
    Slip(
        "old reviews only",
        with_files(lambda it: (list(it.old["text"]), list(it.old["sentiment"]))),
        "Are the old ones alone in there?",
    ),
    Slip("new ones twice", with_files(new_ones_twice), "Which are missing, or there twice?"),
    Slip(
        "labels in another order",
        with_files(lambda it: (both(it, "text"), [*it.new["sentiment"], *it.old["sentiment"]])),
        "have the label of another review",
    ),
    Slip(
        "weekly reviews",
        with_files(lambda it: (list(it.weekly["text"]), list(it.weekly["sentiment"]))),
        "are not the counts of an old or new review",
    ),
    Slip(
        "the first vectorizer",
        under_the_first_vocabulary,
        "Which reviews were counted, and with which vectorizer?",
    ),
    Slip("not trained", with_files(lambda it: (None, None)), "no training job yet that reads"),
]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.wrong)
def test_one_thing_wrong(preparing, slip):
    """A vocabulary or a file with one thing wrong gets the hint that names it."""
    slip.make(preparing)
    result = preparing.judge(SECOND)
    assert not result.passed
    assert slip.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)


def test_no_vocabulary(session, drift_corpus, role, tmp_path):
    """Without a second vocabulary, the hint says where it should be."""
    made = DriftLearner(session, drift_corpus, tmp_path, role)
    made.vocabulary("first", {"good": 0, "bad": 1})
    assert "second/vocabulary.json yet" in made.judge(SECOND).hint
