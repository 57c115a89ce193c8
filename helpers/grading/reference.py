"""The checker's own copy of the reviews: their labels, and their counts under any vocabulary.

Counting the words of all reviews takes seconds, so it is done once for a corpus and kept in the
home folder.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy
import scipy.sparse

from helpers.datasets import imdb
from helpers.datasets.imdb import drift, layout
from helpers.home import atomic_write, home_folder
from helpers.text import words

if TYPE_CHECKING:
    import pandas

SPLITS = ("train", "test")


class ReviewSplit(NamedTuple):
    """The names, labels (reviews,) and counts (reviews, terms) of the reviews of a split."""

    names: list[str]
    labels: numpy.ndarray
    counts: scipy.sparse.csr_matrix


class Reviews(NamedTuple):
    """All terms of a corpus, sorted, and its splits by name."""

    terms: list[str]
    splits: dict[str, ReviewSplit]

    def most_frequent(self, names: tuple[str, ...], size: int) -> set[str]:
        """Return the terms that occur most often in these splits; the first of equal ones."""
        sums = [self.splits[name].counts.sum(axis=0, dtype=numpy.int64) for name in names]
        totals = numpy.asarray(sum(sums)).ravel()
        order = numpy.argsort(-totals, kind="stable")[:size]
        return {self.terms[column] for column in order if totals[column]}


@functools.lru_cache(maxsize=2)
def load(corpus: imdb.Corpus) -> Reviews:
    """Count all terms of a corpus, or read the counts that an earlier process has kept."""
    return _read_or_count(
        corpus, "", lambda: {split: imdb.load(split, corpus, quiet=True) for split in SPLITS}
    )


@functools.lru_cache(maxsize=2)
def load_drifting(corpus: imdb.Corpus) -> Reviews:
    """Do the same for the old, weekly and new reviews of `imdb.load_drifting`."""
    return _read_or_count(
        corpus, "drifting-", lambda: imdb.load_drifting(corpus, quiet=True)._asdict()
    )


def _read_or_count(
    corpus: imdb.Corpus, start: str, tables: Callable[[], dict[str, pandas.DataFrame]]
) -> Reviews:
    path = home_folder() / "grading" / f"{start}{_corpus_key(corpus)}.npz"
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # none yet, or cut off
        reviews = _count(tables())
        _write(path, reviews)
        return reviews


def _count(tables: dict[str, pandas.DataFrame]) -> Reviews:
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=words)
    texts = itertools.chain.from_iterable(table["text"] for table in tables.values())
    counts = vectorizer.fit_transform(texts)
    splits, begin = {}, 0
    for split, table in tables.items():
        end = begin + len(table)
        labels = table["sentiment"].to_numpy()
        splits[split] = ReviewSplit(table["review"].tolist(), labels, counts[begin:end])
        begin = end
    return Reviews(vectorizer.get_feature_names_out().tolist(), splits)


def _corpus_key(corpus: imdb.Corpus) -> str:
    """Return what identifies the reviews, and the code that counts them."""
    key = hashlib.sha256(str(corpus.folder).encode())
    for split, label in itertools.product(SPLITS, layout.LABELS):
        key.update(str((corpus.folder / split / label).stat().st_mtime_ns).encode())
    text_modules = Path(words.__code__.co_filename).parent.glob("*.py")
    for path in [*sorted(text_modules), Path(drift.__file__)]:
        key.update(path.read_bytes())
    return key.hexdigest()[:32]


def _write(path: Path, reviews: Reviews) -> None:
    texts = {"terms": reviews.terms} | {s: split.names for s, split in reviews.splits.items()}
    arrays = {"texts": numpy.frombuffer(json.dumps(texts).encode(), numpy.uint8)}
    for name, (_, labels, counts) in reviews.splits.items():
        arrays[f"{name} labels"] = labels
        arrays[f"{name} counts"] = counts.data.astype(numpy.uint16)
        arrays[f"{name} columns"] = counts.indices.astype(numpy.int32)
        arrays[f"{name} row ends"] = counts.indptr.astype(numpy.int32)
    content = io.BytesIO()
    numpy.savez(content, **arrays)
    atomic_write(path, content.getvalue())


def _read(path: Path) -> Reviews:
    splits = {}
    with numpy.load(path, allow_pickle=False) as arrays:
        texts = json.loads(arrays["texts"].tobytes())
        for name in texts:
            if name == "terms":
                continue
            parts = [arrays[f"{name} {part}"] for part in ("counts", "columns", "row ends")]
            shape = (len(texts[name]), len(texts["terms"]))
            counts = scipy.sparse.csr_matrix(tuple(parts), shape=shape)
            splits[name] = ReviewSplit(texts[name], arrays[f"{name} labels"], counts)
    return Reviews(texts["terms"], splits)


class SplitFeatures(NamedTuple):
    """The counts of a split under a vocabulary, and the reviews with the counts of each hash."""

    features: scipy.sparse.csr_matrix
    positions: dict[bytes, list[int]]
    hashes: list[bytes]


_rows: dict[tuple, SplitFeatures] = {}


def split_features(corpus: imdb.Corpus, split: str, vocabulary: dict[str, int]) -> SplitFeatures:
    """Count a split under a vocabulary."""
    key = corpus, split, frozenset(vocabulary.items())
    if key not in _rows:
        while len(_rows) >= 2:  # train and test under one vocabulary
            _rows.pop(next(iter(_rows)))
        features = select(load(corpus), split, vocabulary)
        positions: dict[bytes, list[int]] = {}
        hashes = row_hashes(features)
        for position, row in enumerate(hashes):
            positions.setdefault(row, []).append(position)
        _rows[key] = SplitFeatures(features, positions, hashes)
    return _rows[key]


def select(reviews: Reviews, split: str, vocabulary: dict[str, int]) -> scipy.sparse.csr_matrix:
    """Return the counts in the vocabulary's columns; a term that never occurs has zeros."""
    counts = reviews.splits[split].counts
    column_of = numpy.array([vocabulary.get(term, -1) for term in reviews.terms], numpy.int32)
    columns = column_of[counts.indices]
    kept = columns >= 0
    ends = numpy.concatenate([[0], numpy.cumsum(kept)])[counts.indptr]
    shape = (counts.shape[0], len(vocabulary))
    return scipy.sparse.csr_matrix((counts.data[kept], columns[kept], ends), shape=shape)


def row_hashes(features: scipy.sparse.spmatrix) -> list[bytes]:
    """Return a key for each row of a matrix (reviews, terms), equal for equal counts."""
    matrix = scipy.sparse.csr_matrix(features, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    columns = matrix.indices.astype(numpy.int64).tobytes()
    counts = matrix.data.astype(numpy.float64).tobytes()
    ends = (8 * matrix.indptr.astype(numpy.int64)).tolist()  # in bytes
    return [columns[begin:end] + counts[begin:end] for begin, end in itertools.pairwise(ends)]
