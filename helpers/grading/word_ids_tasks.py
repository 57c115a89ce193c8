"""Check the first two tasks of the PyTorch project: the vocabulary, and the padded files."""

from __future__ import annotations

import functools
import io
from collections import Counter
from typing import Any

import numpy

from helpers.grading import word_ids
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.word_ids import FIRST_ID, IDS, WORDS

VOCABULARY = "train/vocabulary.json"
FILES = ("train", "validation")
MIN_WORDS = 100
LEAK_RATIO = 4
"""How many times nearer a vocabulary must be to one with test reviews than the right one is."""
MISMATCH_SHARE = 0.01
"""The share of rows or words that may not match: short reviews can be the same."""
MAX_BYTES = 120_000_000  # 20,000 rows of the real reviews take 25 million


def vocabulary_of(submission: Submission) -> dict[str, int]:
    """Return the learner's vocabulary, from word to id. Raises TaskError."""
    return _read_vocabulary(submission)


@functools.lru_cache(maxsize=2)
def _read_vocabulary(submission: Submission) -> dict[str, int]:
    words = submission.read_json(VOCABULARY)
    if not isinstance(words, dict) or any(type(number) is not int for number in words.values()):
        raise TaskError(f'{VOCABULARY} should map each word to its id: {{"the": 2, "and": 3}}.')
    return words


def judge_vocabulary(submission: Submission) -> dict[str, Any]:
    """Number the words: the most frequent ones of training reviews, from id 2 on."""
    ids = vocabulary_of(submission)
    _check_ids(ids)
    train = word_ids.load(submission.corpus, "train").words
    known = {word for review in train for word in review}
    unknown = sorted(set(ids) - known)
    if len(unknown) > MISMATCH_SHARE * len(ids):
        raise TaskError(
            f"The vocabulary has {len(unknown):,} words that preparation.words never gives for the "
            f"training reviews, such as {unknown[0][:40]!r}: were the reviews split in another "
            "way, or are these words of other reviews?"
        )
    _check_frequent(submission, set(ids))
    return {"words": len(ids)}


def _check_ids(ids: dict[str, int]) -> None:
    """Raise TaskError unless the ids are 2, 3, 4 and so on, and not too many."""
    if len(ids) > IDS - FIRST_ID:
        raise TaskError(
            f"The vocabulary has {len(ids):,} words, so with the ids of padding and of unknown "
            f"words there are {len(ids) + FIRST_ID:,} ids. The task allows {IDS:,} in all."
        )
    if len(ids) < MIN_WORDS:
        raise TaskError(f"The vocabulary has only {len(ids)} words: were all reviews counted?")
    lowest = min(ids.values())
    if lowest < FIRST_ID:
        word = min(ids, key=ids.get)
        raise TaskError(
            f"{word!r:.40} has the id {lowest}. What do the ids 0 and 1 mean, and so with which id "
            "does the first word begin?"
        )
    if sorted(ids.values()) != list(range(FIRST_ID, FIRST_ID + len(ids))):
        raise TaskError(
            f"The ids should be {FIRST_ID}, {FIRST_ID + 1} and so on, each once. Yours go from "
            f"{lowest} to {max(ids.values()):,} for {len(ids):,} words."
        )


def _check_frequent(submission: Submission, chosen: set[str]) -> None:
    """Raise TaskError unless the words are the most frequent ones of the training reviews."""
    train, test = (word_ids.load(submission.corpus, split).words for split in ("train", "test"))
    size = len(chosen) + FIRST_ID
    right = set(word_ids.vocabulary(train, size))
    for reviews in ([*train, *test], test):
        leaky = set(word_ids.vocabulary(reviews, size))
        if LEAK_RATIO * len(chosen ^ leaky) < len(right ^ leaky):
            raise TaskError(
                "Some words are there only because of the test reviews, such as "
                f"{min(chosen & leaky - right)!r}. For a fair evaluation the model must know "
                "nothing about those: which reviews were counted?"
            )
    if len(chosen & right) < 0.8 * len(chosen):  # four fifths of the reviews give other rare words
        missing = min(right - chosen)
        raise TaskError(
            f"{len(right - chosen):,} of the most frequent words have no id, such as {missing!r}. "
            "In which order were the words sorted before the others were cut off?"
        )


@functools.lru_cache(maxsize=1)  # the task after it needs the files to be right as well
def judge_padded(submission: Submission) -> dict[str, Any]:
    """Pad and upload: all training reviews in train/ and validation/, 500 ids each."""
    _check_ids(vocabulary_of(submission))
    tables = {name: _read_rows(submission, name) for name in FILES}
    reviews = word_ids.load(submission.corpus, "train")
    expected = word_ids.row_keys(word_ids.padded(reviews.words, vocabulary_of(submission)))
    for name, rows in tables.items():
        _check_rows(submission, name, rows, expected)
    keys = {name: word_ids.row_keys(rows[:, 1:]) for name, rows in tables.items()}
    _check_split(tables, keys, expected)
    return {name: len(rows) for name, rows in tables.items()}


def _read_rows(submission: Submission, name: str) -> numpy.ndarray:
    """Return the numbers of a file, of shape (rows, 501). Raises TaskError."""
    import pandas

    content = _read_file(submission, name)
    first_line = content.partition(b"\n")[0].decode(errors="replace")
    try:
        rows = pandas.read_csv(io.BytesIO(content), header=None, dtype=numpy.int64).to_numpy()
    except (ValueError, pandas.errors.ParserError):
        raise TaskError(
            f"{name}/{name}.csv has something other than {WORDS + 1} whole numbers in each line. "
            f"It begins with {first_line[:40]!r}. (pandas writes a header and an index unless you "
            "tell it not to, and a row that is not padded has another length.)"
        ) from None
    if rows.shape[1] != WORDS + 1:
        raise TaskError(
            f"{name}/{name}.csv has {rows.shape[1]} numbers in a line. A label and {WORDS} ids "
            f"make {WORDS + 1}: is there an index in front, or is the padding of another length?"
        )
    if (rows[0] == numpy.arange(WORDS + 1)).all():
        raise TaskError(
            f"{name}/{name}.csv has a header: its first line numbers its columns, and the script "
            "would take it for a review. Which argument of to_csv leaves it out?"
        )
    return rows


def _read_file(submission: Submission, name: str) -> bytes:
    """Return the content of the one file of data in a folder. Raises TaskError."""
    start = f"{submission.prefix}/{name}/"
    names = {item.key.removeprefix(start) for item in submission.objects(name)}
    if f"{name}.csv" not in names:
        raise TaskError(
            f"{name}/ holds {', '.join(sorted(names))[:80]}. The script reads {name}/{name}.csv: "
            "what is different?"
        )
    return submission.download(submission.bucket, f"{start}{name}.csv", MAX_BYTES)


def _check_rows(
    submission: Submission, name: str, rows: numpy.ndarray, expected: list[bytes]
) -> None:
    """Raise TaskError unless each row is a training review, with that review's label."""
    labels, ids = rows[:, 0], rows[:, 1:]
    if not set(numpy.unique(labels)) <= {0, 1}:
        raise TaskError(
            f"{name}/ has the label {labels.max()}; the labels are 0 and 1. In which position of a "
            "line does the script look for them?"
        )
    if ids.max() >= IDS or ids.min() < 0:
        raise TaskError(f"{name}/ has the id {ids.max():,}; the ids are 0 to {IDS - 1:,}.")
    reviews = word_ids.load(submission.corpus, "train")
    true_labels: dict[bytes, set[int]] = {}
    for key, label in zip(expected, reviews.labels, strict=True):
        true_labels.setdefault(key, set()).add(int(label))
    keys = word_ids.row_keys(ids)
    unknown = sum(key not in true_labels for key in keys)
    if unknown > MISMATCH_SHARE * len(keys):
        raise TaskError(_explain_rows(submission, name, ids, unknown))
    wrong = sum(
        label not in true_labels.get(key, {label}) for key, label in zip(keys, labels, strict=True)
    )
    if wrong > 0.9 * len(keys):
        raise TaskError(f"The labels in {name}/ are swapped: what do 0 and 1 stand for?")
    if wrong > MISMATCH_SHARE * len(keys):
        raise TaskError(
            f"{wrong:,} of {len(keys):,} rows in {name}/ have another review's label. Rows and "
            "labels must go through every step together: where were they separated?"
        )


def _explain_rows(submission: Submission, name: str, ids: numpy.ndarray, unknown: int) -> str:
    """Return what is most likely wrong with rows that are not training reviews."""
    hint = f"{unknown:,} of {len(ids):,} rows in {name}/ are not the ids of a training review"
    if (ids[:, 0] == 0).mean() > 0.5:
        return f"{hint}: the padding is in front. The model reads up to the last word: where to?"
    words = word_ids.load(submission.corpus, "train").words
    vocabulary = vocabulary_of(submission)
    without = set(word_ids.row_keys(word_ids.padded(words, vocabulary, unknown=False)))
    if sum(key in without for key in word_ids.row_keys(ids)) > 0.5 * len(ids):
        return f"{hint}: words that are not in the vocabulary are left out. Which id is theirs?"
    ends = [review[-WORDS:] for review in words]
    last = set(word_ids.row_keys(word_ids.padded(ends, vocabulary)))
    if sum(key in last for key in word_ids.row_keys(ids)) > 0.99 * len(ids):
        return f"{hint}: of long reviews the last {WORDS} words are kept, not the first {WORDS}."
    return (
        f"{hint} under vocabulary.json. Do file and vocabulary belong together, and is each row a "
        "training review, its words in their order?"
    )


def _check_split(
    tables: dict[str, numpy.ndarray], keys: dict[str, list[bytes]], expected: list[bytes]
) -> None:
    """Raise TaskError unless nearly all reviews are in one of both, mixed, in the right shares."""
    known, used = Counter(expected), Counter(keys["train"] + keys["validation"])
    total = len(expected)
    repeated = sum((used - known).values())
    if repeated > MISMATCH_SHARE * total:
        raise TaskError(
            f"{repeated:,} reviews are in train/ and in validation/, or twice in one of them. "
            "Validation shows how the model does on reviews that it has not learned from: which "
            "are they?"
        )
    if used.total() < 0.9 * total:
        raise TaskError(f"train/ and validation/ have {used.total():,} of {total:,} reviews.")
    share = len(keys["validation"]) / total
    if not 0.15 <= share <= 0.25:
        raise TaskError(
            f"validation/ has {share:.0%} of the training reviews: which share does the task ask "
            "for?"
        )
    for name, rows in tables.items():
        positive = rows[:, 0].mean()
        if not 0.4 <= positive <= 0.6:
            raise TaskError(
                f"{positive:.0%} of the reviews in {name}/ are positive, but half of all reviews "
                "are. The first reviews are all negative: were they mixed before the split?"
            )
