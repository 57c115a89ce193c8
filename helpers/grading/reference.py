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
from pathlib import Path
from typing import NamedTuple

import numpy
import scipy.sparse

from helpers.datasets import imdb
from helpers.datasets.imdb import layout
from helpers.home import atomic_write, home_folder
from helpers.text import words

SPLITS = ("train", "test")


class ReviewSplit(NamedTuple):
    """The reviews of a split in one order: names, and labels (0 or 1) of shape (reviews,)."""

    names: list[str]
    labels: numpy.ndarray


@functools.lru_cache(maxsize=4)
def load_split(corpus: imdb.Corpus, split: str) -> ReviewSplit:
    """List a split, once."""
    files = layout.files(corpus.folder, split)
    labels = [layout.LABELS[file.label] for file in files]
    return ReviewSplit([file.name for file in files], numpy.array(labels))


class TermCounts(NamedTuple):
    """All terms of a corpus, sorted, and for each split the counts of shape (reviews, terms)."""

    terms: list[str]
    features: dict[str, scipy.sparse.csr_matrix]

    def most_frequent(self, splits: tuple[str, ...], size: int) -> set[str]:
        """Return the terms that occur most often in these splits; the first of equal ones."""
        totals = sum(numpy.asarray(self.features[split].sum(axis=0)).ravel() for split in splits)
        order = numpy.argsort(-totals, kind="stable")[:size]
        return {self.terms[column] for column in order if totals[column]}


@functools.lru_cache(maxsize=2)
def term_counts(corpus: imdb.Corpus) -> TermCounts:
    """Count all terms of a corpus, or read the counts of an earlier process."""
    path = home_folder() / "grading" / f"{_corpus_key(corpus)}.npz"
    try:
        return _read_counts(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # none yet, or cut off
        counts = _count(corpus)
        _write_counts(path, counts)
        return counts


def _count(corpus: imdb.Corpus) -> TermCounts:
    from sklearn.feature_extraction.text import CountVectorizer

    texts = {split: imdb.load(split, corpus, quiet=True)["text"].tolist() for split in SPLITS}
    vectorizer = CountVectorizer(analyzer=words)
    features = vectorizer.fit_transform(itertools.chain.from_iterable(texts.values()))
    middle = len(texts["train"])
    parts = {"train": features[:middle], "test": features[middle:]}
    return TermCounts(vectorizer.get_feature_names_out().tolist(), parts)


def _corpus_key(corpus: imdb.Corpus) -> str:
    """Return what identifies the reviews and the way in which they are counted."""
    key = hashlib.sha256()
    for split in SPLITS:
        for file in layout.files(corpus.folder, split):
            key.update(f"{file.path} {file.path.stat().st_mtime_ns}\n".encode())
    for path in sorted(Path(words.__code__.co_filename).parent.glob("*.py")):
        key.update(path.read_bytes())
    return key.hexdigest()[:32]


def _write_counts(path: Path, counts: TermCounts) -> None:
    arrays = {"terms": numpy.frombuffer(json.dumps(counts.terms).encode(), numpy.uint8)}
    for split, features in counts.features.items():
        arrays[f"{split} counts"] = features.data.astype(numpy.uint16)
        arrays[f"{split} columns"] = features.indices.astype(numpy.int32)
        arrays[f"{split} row ends"] = features.indptr.astype(numpy.int32)
    content = io.BytesIO()
    numpy.savez(content, **arrays)
    atomic_write(path, content.getvalue())


def _read_counts(path: Path) -> TermCounts:
    features = {}
    with numpy.load(path, allow_pickle=False) as arrays:
        terms = json.loads(arrays["terms"].tobytes())
        for split in SPLITS:
            parts = [arrays[f"{split} {name}"] for name in ("counts", "columns", "row ends")]
            shape = (len(parts[2]) - 1, len(terms))
            features[split] = scipy.sparse.csr_matrix(tuple(parts), shape=shape)
    return TermCounts(terms, features)


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
        features = _select(term_counts(corpus), split, vocabulary)
        positions: dict[bytes, list[int]] = {}
        for position, row in enumerate(row_hashes(features)):
            positions.setdefault(row, []).append(position)
        _rows[key] = SplitFeatures(features, positions)
    return _rows[key]


def _select(counted: TermCounts, split: str, vocabulary: dict[str, int]) -> scipy.sparse.csr_matrix:
    """The counts in the vocabulary's columns; a term that never occurs has a column of zeros."""
    features = counted.features[split]
    column_of = numpy.array([vocabulary.get(term, -1) for term in counted.terms], numpy.int32)
    columns = column_of[features.indices]
    kept = columns >= 0
    ends = numpy.concatenate([[0], numpy.cumsum(kept)])[features.indptr]
    shape = (features.shape[0], len(vocabulary))
    return scipy.sparse.csr_matrix((features.data[kept], columns[kept], ends), shape=shape)


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
