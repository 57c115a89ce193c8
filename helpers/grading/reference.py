"""The checker's own copy of the reviews: their labels, and their counts under any vocabulary."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from typing import NamedTuple

import numpy
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer

from helpers.datasets import imdb
from helpers.text import words


class ReviewSplit(NamedTuple):
    """The reviews of a split in one order: names, labels (0 or 1, of shape (reviews,)), texts."""

    names: list[str]
    labels: numpy.ndarray
    texts: list[str]


@functools.lru_cache(maxsize=4)
def load_split(corpus: imdb.Corpus, split: str) -> ReviewSplit:
    """Load a split, once."""
    table = imdb.load(split, corpus, quiet=True)
    return ReviewSplit(
        table["review"].tolist(), table["sentiment"].to_numpy(), table["text"].tolist()
    )


class TermCounts(NamedTuple):
    """Each term that occurs in a split with its column, and the counts (reviews, terms)."""

    columns: dict[str, int]
    features: scipy.sparse.csr_matrix


@functools.lru_cache(maxsize=4)
def term_counts(corpus: imdb.Corpus, split: str) -> TermCounts:
    """Count all terms of a split, once; counts under a vocabulary are columns of these."""
    vectorizer = CountVectorizer(analyzer=words)
    features = vectorizer.fit_transform(load_split(corpus, split).texts)
    return TermCounts(vectorizer.vocabulary_, features)


def term_totals(corpus: imdb.Corpus, split: str) -> Counter[str]:
    """How often each term occurs in a split."""
    columns, features = term_counts(corpus, split)
    counts = numpy.asarray(features.sum(axis=0)).ravel().tolist()
    return Counter({term: counts[column] for term, column in columns.items()})


def vocabulary_from(
    corpus: imdb.Corpus, splits: tuple[str, ...], terms: int | None = None
) -> set[str]:
    """The terms that occur most often in these splits, at most so many; by default all."""
    counts = sum((term_totals(corpus, split) for split in splits), Counter())
    return set(sorted(sorted(counts), key=lambda term: -counts[term])[:terms])


class SplitFeatures(NamedTuple):
    """The counts of a split under a vocabulary.

    Attributes
    ----------
    features : scipy.sparse.csr_matrix of shape (reviews, terms)
        The counts, in the order of `load_split`.
    positions : dict from bytes to list of int
        The reviews that have the counts with this hash; most often one.
    """

    features: scipy.sparse.csr_matrix
    positions: dict[bytes, list[int]]


_rows: dict[tuple, SplitFeatures] = {}


def split_features(corpus: imdb.Corpus, split: str, vocabulary: dict[str, int]) -> SplitFeatures:
    """Count a split under a vocabulary."""
    key = corpus, split, tuple(sorted(vocabulary.items()))
    if key not in _rows:
        while len(_rows) >= 2:  # train and test under one vocabulary
            _rows.pop(next(iter(_rows)))
        features = _select(term_counts(corpus, split), vocabulary)
        positions: dict[bytes, list[int]] = {}
        for position, row in enumerate(row_hashes(features)):
            positions.setdefault(row, []).append(position)
        _rows[key] = SplitFeatures(features, positions)
    return _rows[key]


def _select(counted: TermCounts, vocabulary: dict[str, int]) -> scipy.sparse.csr_matrix:
    """The counts in the vocabulary's columns; a term that never occurs has a column of zeros."""
    pairs = [(counted.columns[t], c) for t, c in vocabulary.items() if t in counted.columns]
    known, wanted = zip(*pairs, strict=True) if pairs else ((), ())
    shape = (len(counted.columns), len(vocabulary))
    ones = numpy.ones(len(pairs), dtype=counted.features.dtype)
    return counted.features @ scipy.sparse.csr_matrix((ones, (known, wanted)), shape=shape)


def row_hashes(features: scipy.sparse.spmatrix) -> list[bytes]:
    """Return a key for each row of a matrix (reviews, terms), equal for equal counts."""
    matrix = scipy.sparse.csr_matrix(features, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    columns = matrix.indices.astype(numpy.int64)
    counts = matrix.data.astype(numpy.float64)
    ends = matrix.indptr
    return [
        columns[begin:end].tobytes() + counts[begin:end].tobytes()
        for begin, end in itertools.pairwise(ends)
    ]
