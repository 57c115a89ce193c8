"""Judge the first two tasks: the vocabulary, and the files to train with and to predict."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy

from helpers.grading import reference, submitted_files
from helpers.grading.submission import Submission
from helpers.grading.tasks import TaskError
from helpers.text import VocabularyError, parse_vocabulary

MOST_TERMS, FEWEST_TERMS = 5000, 100
NEAR = 4
"""How near a vocabulary that knows the test reviews is to be recognised: a fourth of the way from
it to that of the training reviews. It can't be exact: where the limit cuts, equally frequent terms
stay or go, and four fifths of the training reviews give other rare terms than all. (5,000 terms of
the real reviews: train differs by 532 from train with test, four fifths of it by 210 and 576.)"""

FEW = 0.01
"""The share of rows that may be odd: short reviews of both labels can have the same counts."""


def vocabulary_of(evidence: Submission) -> dict[str, int]:
    """The learner's vocabulary. Raises TaskError."""
    content = evidence.read("vocabulary.json")
    try:
        return parse_vocabulary(content, evidence.uri("vocabulary.json"))
    except VocabularyError as error:
        raise TaskError(
            f"{error}. helpers.text.save_vocabulary writes it in the form expected."
        ) from None


def judge_words(evidence: Submission) -> dict[str, Any]:
    """Count the words: at most 5,000 terms, as helpers.text makes them, of training reviews."""
    vocabulary = vocabulary_of(evidence)
    terms = set(vocabulary)
    if len(terms) > MOST_TERMS:
        raise TaskError(
            f"The vocabulary has {len(terms):,} terms. The task allows {MOST_TERMS:,}: which "
            "setting of the bag limits them?"
        )
    if len(terms) < FEWEST_TERMS:
        raise TaskError(
            f"The vocabulary has {len(terms)} terms only: too few to tell reviews apart. Was a "
            'table fitted, which gives the names of its columns, and not its column "text"?'
        )
    known = reference.vocabulary_from(evidence.corpus, ("train", "test"))
    strange = sorted(terms - known)
    if len(strange) > FEW * len(terms):
        raise TaskError(
            f"The vocabulary has {len(strange):,} terms that helpers.text.words never gives for "
            f"these reviews, such as {strange[0][:40]!r}: were the words cut in another way?"
        )
    _check_leak(evidence, terms)
    return {"terms": len(terms)}


def _check_leak(evidence: Submission, terms: set[str]) -> None:
    """No term is there because of the test reviews."""
    train = reference.vocabulary_from(evidence.corpus, ("train",), len(terms))
    of_test = reference.vocabulary_from(evidence.corpus, ("test",))
    leaked = terms & of_test - reference.vocabulary_from(evidence.corpus, ("train",))
    for splits in (("train", "test"), ("test",)):
        other = reference.vocabulary_from(evidence.corpus, splits, len(terms))
        away = len(terms ^ other)
        if NEAR * away <= len(train ^ other) and away < len(terms ^ train):
            leaked |= (terms & of_test) - train
    if leaked:
        raise TaskError(
            f"Some terms are there only because of the test reviews, such as {min(leaked)!r}. A "
            "model that is to be judged fairly must know nothing of them: which reviews was the "
            "bag fitted on?"
        )


def judge_files(evidence: Submission) -> dict[str, Any]:
    """Split and upload: training reviews in train/ and validation/, all test reviews in test/."""
    vocabulary = vocabulary_of(evidence)
    columns = len(vocabulary)
    train = submitted_files.read_folder(evidence, "train", columns, labelled=True)
    validation = submitted_files.read_folder(evidence, "validation", columns, labelled=True)
    test = test_file(evidence, vocabulary)
    for name, data in (("train", train), ("validation", validation)):
        odd = sorted(set(numpy.unique(data.labels)) - {0.0, 1.0})
        if odd:
            raise TaskError(
                f"{name}/ has the label {odd[0]:g}; the labels are 0 and 1. "
                f"{submitted_files.LABEL_PLACE}"
            )
        _check_labels(evidence, name, data, vocabulary)
    _check_split(evidence, train, validation, vocabulary)
    if len({train.format, validation.format, test.format}) > 1:
        raise TaskError(
            "train/, validation/ and test/ have different formats: the model reads one only."
        )
    parts = {"train": train, "validation": validation, "test": test}
    return {name: data.features.shape[0] for name, data in parts.items()} | {"format": train.format}


def test_file(evidence: Submission, vocabulary: dict[str, int]) -> submitted_files.Table:
    """The file to predict; its rows are the test reviews. Raises TaskError."""
    data = submitted_files.read_folder(evidence, "test", len(vocabulary), labelled=False)
    expected = reference.split_features(evidence.corpus, "test", vocabulary)
    count = expected.features.shape[0]
    if data.features.shape[0] != count:
        raise TaskError(
            f"test/ has {data.features.shape[0]:,} rows; there are {count:,} test reviews."
        )
    there = Counter(reference.row_hashes(data.features))
    odd = sum(max(0, n - len(expected.places.get(key, ()))) for key, n in there.items())
    if odd > FEW * count:
        raise TaskError(
            f"{odd:,} rows of test/ aren't the counts of a test review under vocabulary.json. "
            "Which reviews were written, was the bag fitted anew for them, and are these plain "
            "counts?"
        )
    return data


def _check_labels(
    evidence: Submission, name: str, data: submitted_files.Table, vocabulary: dict[str, int]
) -> None:
    """Each row is a training review, with that review's label."""
    known = reference.split_features(evidence.corpus, "train", vocabulary).places
    true = reference.load_split(evidence.corpus, "train").labels
    unknown = wrong = 0
    for key, label in zip(reference.row_hashes(data.features), data.labels, strict=True):
        places = known.get(key)
        if places is None:
            unknown += 1
        elif label not in true[places]:
            wrong += 1
    count = len(data.labels)
    if unknown > FEW * count:
        raise TaskError(
            f"{unknown:,} of {count:,} rows in {name}/ aren't the counts of a training review "
            "under vocabulary.json. Do file and vocabulary come from the same bag, and is each row "
            "a training review?"
        )
    if wrong > 0.9 * (count - unknown):
        raise TaskError(
            f"The labels in {name}/ are the wrong way round: what do 0 and 1 stand for?"
        )
    if wrong > FEW * count:
        raise TaskError(
            f"{wrong:,} of {count:,} rows in {name}/ have the label of another review. Rows and "
            "labels must go through every step together: where did they part?"
        )


def _check_split(
    evidence: Submission,
    train: submitted_files.Table,
    validation: submitted_files.Table,
    vocabulary: dict[str, int],
) -> None:
    """No review is in both, nearly all are in one, and validation got its share."""
    known = reference.split_features(evidence.corpus, "train", vocabulary)
    total = known.features.shape[0]
    used = Counter(reference.row_hashes(train.features)) + Counter(
        reference.row_hashes(validation.features)
    )
    twice = sum(max(0, n - len(known.places.get(key, ()))) for key, n in used.items())
    if twice > FEW * total:
        raise TaskError(
            f"{twice:,} reviews are in train/ and in validation/, or in one of them twice. "
            "Validation says how the model does on reviews that it has not learnt: which are they?"
        )
    rows, held = train.features.shape[0], validation.features.shape[0]
    if rows + held < 0.9 * total:
        raise TaskError(
            f"train/ and validation/ have {rows + held:,} of the {total:,} training reviews."
        )
    if not 0.05 <= held / total <= 0.5:
        raise TaskError(
            f"validation/ has {held:,} of {total:,} reviews: the task asks for a fifth."
        )
    for name, data in (("train", train), ("validation", validation)):
        if not 0.4 <= data.labels.mean() <= 0.6:
            raise TaskError(
                f"{data.labels.mean():.0%} of the reviews in {name}/ are positive; of all of them "
                "half are. The first reviews are all negative: were they mixed before the split?"
            )
