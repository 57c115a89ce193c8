"""The reviews as the PyTorch project numbers their words: what a submission is compared with.

The words are those of the project's own `preparation.py`, which training and inference share.
"""

from __future__ import annotations

import functools
import importlib.util
from collections import Counter
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import NamedTuple

import numpy

from helpers.datasets import imdb
from helpers.home import CHECKOUT

PREPARATION = CHECKOUT / "Mini-Projects" / "pytorch" / "preparation.py"
FIRST_ID, IDS, WORDS = 2, 5000, 500
"""The first word's id, how many ids there are, and how many words of a review are read."""


class Reviews(NamedTuple):
    """The names, labels (reviews,), texts and words of a split, in the order of its table."""

    names: list[str]
    labels: numpy.ndarray
    texts: list[str]
    words: list[list[str]]


@functools.cache
def preparation() -> ModuleType:
    """Return the project's `preparation.py` as a module."""
    spec = importlib.util.spec_from_file_location("pytorch_preparation", PREPARATION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.lru_cache(maxsize=2)
def load(corpus: imdb.Corpus, split: str) -> Reviews:
    """Return a split with the words of each review."""
    table = imdb.load(split, corpus, quiet=True)
    words = [preparation().words(text) for text in table["text"]]
    return Reviews(
        table["review"].tolist(), table["sentiment"].to_numpy(), table["text"].tolist(), words
    )


def vocabulary(words: Iterable[Iterable[str]], size: int = IDS) -> dict[str, int]:
    """Number the most frequent words, the most frequent first; the first of equal ones.

    Examples
    --------
    >>> vocabulary([["b", "a", "a"], ["c"]], size=4)
    {'a': 2, 'b': 3}
    """
    counts = Counter(word for review in words for word in review)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: FIRST_ID + n for n, word in enumerate(ordered[: size - FIRST_ID])}


def padded(
    words: list[list[str]], ids: Mapping[str, int], *, unknown: bool = True
) -> numpy.ndarray:
    """Return the ids of reviews, padded with 0 at the end, of shape (reviews, 500).

    unknown: whether a word without an id becomes 1; otherwise it is left out.
    """
    rows = numpy.zeros((len(words), WORDS), numpy.int16)
    for row, review in zip(rows, words, strict=True):
        if unknown:
            numbers = [ids.get(word, 1) for word in review[:WORDS]] or [1]
        else:
            numbers = [ids[word] for word in review if word in ids][:WORDS]
        row[: len(numbers)] = numbers
    return rows


def row_keys(rows: numpy.ndarray) -> list[bytes]:
    """Return a key for each row of ids (reviews, words), equal for equal rows."""
    return [row.tobytes() for row in rows.astype(numpy.int16)]
