"""Check the first two tasks: the vocabulary, and the files for training and prediction."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import numpy

from helpers.grading import reference, submitted_files
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.text import VocabularyError, parse_vocabulary

MIN_TERMS, MAX_TERMS = 100, 5000
LEAK_RATIO = 4
"""How many times nearer a vocabulary must be to one with test reviews than the right one is.

It cannot be exact: equally frequent terms stay or go at the limit, and four fifths of the training
reviews give other rare terms than all. (5,000 terms of the real reviews: train differs by 532 from
train with test, four fifths of it by 210 and 576.)"""

MISMATCH_SHARE = 0.01
"""The share of rows or terms that may not match: short reviews can have the same counts."""


def vocabulary_of(submission: Submission, folder: str = "") -> dict[str, int]:
    """Return the learner's vocabulary, from term to column. Raises TaskError.

    folder: below the prefix, ending with a slash.
    """
    return _read_vocabulary(submission, folder)


@functools.lru_cache(maxsize=2)
def _read_vocabulary(submission: Submission, folder: str) -> dict[str, int]:
    name = f"{folder}vocabulary.json"
    content = submission.read(name)
    try:
        return parse_vocabulary(content, submission.uri(name))
    except VocabularyError as error:
        raise TaskError(
            f"{error}. helpers.text.save_vocabulary writes it in the form expected."
        ) from None


def judge_words(submission: Submission) -> dict[str, Any]:
    """Count the words: at most 5,000 terms, as helpers.text makes them, of training reviews."""
    vocabulary = vocabulary_of(submission)
    terms = set(vocabulary)
    if len(terms) > MAX_TERMS:
        raise TaskError(
            f"The vocabulary has {len(terms):,} terms. The task allows {MAX_TERMS:,}: which "
            "setting limits them?"
        )
    if len(terms) < MIN_TERMS:
        raise TaskError(
            f"The vocabulary has only {len(terms)} terms: too few to tell reviews apart. Was a "
            'table fitted, which gives the names of its columns, and not its column "text"?'
        )
    unknown = sorted(terms.difference(reference.load(submission.corpus).terms))
    if len(unknown) > MISMATCH_SHARE * len(terms):
        raise TaskError(
            f"The vocabulary has {len(unknown):,} terms that helpers.text.words never gives for "
            f"these reviews, such as {unknown[0][:40]!r}: were the words split in another way?"
        )
    _check_leak(submission, terms)
    return {"terms": len(terms)}


def _check_leak(submission: Submission, terms: set[str]) -> None:
    """Raise TaskError if the terms were learned from test reviews, alone or with the others."""
    counts = reference.load(submission.corpus)
    right = counts.most_frequent(("train",), len(terms))
    for splits in (("train", "test"), ("test",)):
        leaky = counts.most_frequent(splits, len(terms))
        if LEAK_RATIO * len(terms ^ leaky) < len(right ^ leaky):
            raise TaskError(
                "Some terms are there only because of the test reviews, such as "
                f"{min(terms & leaky - right)!r}. For a fair evaluation the model must know "
                "nothing about those: which reviews were counted to choose the terms?"
            )


def judge_files(submission: Submission) -> dict[str, Any]:
    """Split and upload: training reviews in train/ and validation/, all test reviews in test/."""
    vocabulary = vocabulary_of(submission)
    columns = len(vocabulary)
    train = submitted_files.read_file(submission, "train", columns, labelled=True)
    validation = submitted_files.read_file(submission, "validation", columns, labelled=True)
    test = test_file(submission, vocabulary)
    for name, table in (("train", train), ("validation", validation)):
        invalid = sorted(set(numpy.unique(table.labels)) - {0.0, 1.0})
        if invalid:
            raise TaskError(
                f"{name}/ has the label {invalid[0]:g}; the labels are 0 and 1. "
                f"{submitted_files.LABEL_HINT}"
            )
        _check_labels(submission, name, table, vocabulary)
    _check_split(submission, train, validation, vocabulary)
    tables = {"train": train, "validation": validation, "test": test}
    rows = {name: table.features.shape[0] for name, table in tables.items()}
    return rows | {"format": "libsvm"}


def test_file(submission: Submission, vocabulary: dict[str, int]) -> submitted_files.Table:
    """Return the file to predict, whose rows are the test reviews. Raises TaskError."""
    table = submitted_files.read_file(submission, "test", len(vocabulary), labelled=False)
    expected = reference.split_features(submission.corpus, "test", vocabulary)
    rows, expected_rows = table.features.shape[0], expected.features.shape[0]
    if rows != expected_rows:
        raise TaskError(f"test/ has {rows:,} rows; there are {expected_rows:,} test reviews.")
    mismatches = _surplus(Counter(table.hashes), expected)
    if mismatches > MISMATCH_SHARE * rows:
        raise TaskError(
            f"{mismatches:,} rows of test/ are not the counts of a test review under "
            "vocabulary.json. Which reviews were written, were other terms learned for them, and "
            "are these plain counts?"
        )
    pairs = zip(table.hashes, expected.hashes, strict=True)
    if sum(row != review for row, review in pairs) > MISMATCH_SHARE * rows:
        raise TaskError(
            "The rows of test/ are in another order than the test reviews, which the cells below "
            "compare with the predictions one by one: what has changed the order?"
        )
    return table


def _surplus(rows: Counter[bytes], known: reference.SplitFeatures) -> int:
    """Return how many rows, counted by their hash, are more than the reviews that match them."""
    return sum(max(0, n - len(known.positions.get(key, ()))) for key, n in rows.items())


def _check_labels(
    submission: Submission, name: str, table: submitted_files.Table, vocabulary: dict[str, int]
) -> None:
    """Raise TaskError unless each row is a training review, with that review's label."""
    known = reference.split_features(submission.corpus, "train", vocabulary).positions
    true_labels = reference.load(submission.corpus).splits["train"].labels
    unknown = wrong = 0
    for key, label in zip(table.hashes, table.labels, strict=True):
        positions = known.get(key)
        if positions is None:
            unknown += 1
        elif label not in true_labels[positions]:
            wrong += 1
    rows = len(table.labels)
    if unknown > MISMATCH_SHARE * rows:
        raise TaskError(
            f"{unknown:,} of {rows:,} rows in {name}/ are not the counts of a training review "
            "under vocabulary.json. Do file and vocabulary belong together, and is each row a "
            "training review?"
        )
    if wrong > 0.9 * (rows - unknown):
        raise TaskError(f"The labels in {name}/ are swapped: what do 0 and 1 stand for?")
    if wrong > MISMATCH_SHARE * rows:
        raise TaskError(
            f"{wrong:,} of {rows:,} rows in {name}/ have the label of another review. Rows and "
            "labels must go through every step together: where were they separated?"
        )


def _check_split(
    submission: Submission,
    train: submitted_files.Table,
    validation: submitted_files.Table,
    vocabulary: dict[str, int],
) -> None:
    """Raise TaskError unless nearly all reviews are in one of both, mixed, in the right shares."""
    known = reference.split_features(submission.corpus, "train", vocabulary)
    total = known.features.shape[0]
    used = Counter(train.hashes)
    used += Counter(validation.hashes)
    repeated = _surplus(used, known)
    if repeated > MISMATCH_SHARE * total:
        raise TaskError(
            f"{repeated:,} reviews are in train/ and in validation/, or twice in one of them. "
            "Validation shows how the model does on reviews that it has not learned from: which "
            "are they?"
        )
    train_rows, validation_rows = train.features.shape[0], validation.features.shape[0]
    if train_rows + validation_rows < 0.9 * total:
        raise TaskError(
            f"train/ and validation/ have {train_rows + validation_rows:,} of the {total:,} "
            "training reviews."
        )
    if not 0.15 <= validation_rows / total <= 0.25:
        raise TaskError(
            f"validation/ has {validation_rows:,} of {total:,} reviews: which share does the task "
            "ask for?"
        )
    for name, table in (("train", train), ("validation", validation)):
        if not 0.4 <= table.labels.mean() <= 0.6:
            raise TaskError(
                f"{table.labels.mean():.0%} of the reviews in {name}/ are positive, but half of "
                "all reviews are. The first reviews are all negative: were they mixed before the "
                "split?"
            )
