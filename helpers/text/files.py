"""Features as files that SageMaker's XGBoost reads, and vocabularies as JSON."""

from __future__ import annotations

import itertools
import json
import math
import numbers
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy
import scipy.sparse

ROWS = 1000
"""Rows written at once, so that a matrix of any height needs little memory."""


class NoVocabulary(ValueError):
    """A file holds no vocabulary; the message says what was found."""


def write_libsvm(
    path: str | os.PathLike, features: scipy.sparse.spmatrix, labels: Iterable[int] | None = None
) -> None:
    """Write counts (rows, terms) as libsvm: a line a row, ``label column:count column:count ...``.

    Columns count from 0; without `labels` a line starts with its first pair. What is 0 is left
    out, but for column 0, which every row has: the newest images of SageMaker's XGBoost (3.2-0)
    take a request without column 0 for one that counts from 1, and shift its columns.

    Raises ValueError if there are not as many labels as rows, or something is no finite number.

    >>> import tempfile, scipy.sparse
    >>> path = tempfile.mkstemp()[1]
    >>> write_libsvm(path, scipy.sparse.csr_matrix([[0, 2], [3, 0]]), labels=[1, 0])
    >>> print(open(path).read(), end="")
    1 0:0 1:2
    0 0:3
    """
    matrix = _rows_of(features)
    starts = _starts(labels, matrix.shape[0])
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for first in range(0, matrix.shape[0], ROWS):
            part = matrix[first : first + ROWS]
            columns, counts = part.indices.tolist(), part.data.tolist()
            ends = part.indptr.tolist()
            pairs_of_all = [f"{c}:{n}" for c, n in zip(columns, counts, strict=True)]
            for begin, end in itertools.pairwise(ends):
                pairs = pairs_of_all[begin:end]
                if begin == end or columns[begin] != 0:
                    pairs.insert(0, "0:0")
                file.write(f"{next(starts)}{' '.join(pairs)}\n")


def write_csv(
    path: str | os.PathLike, features: scipy.sparse.spmatrix, labels: Iterable[int] | None = None
) -> None:
    """Write counts (rows, terms) as CSV without a header, the label first: every 0 is written out.

    Raises ValueError as `write_libsvm`.
    """
    matrix = _rows_of(features)
    starts = _starts(labels, matrix.shape[0], ",")
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for first in range(0, matrix.shape[0], ROWS):
            part = matrix[first : first + ROWS]
            columns, counts = part.indices.tolist(), list(map(str, part.data.tolist()))
            for begin, end in itertools.pairwise(part.indptr.tolist()):
                row = ["0"] * matrix.shape[1]
                for column, count in zip(columns[begin:end], counts[begin:end], strict=True):
                    row[column] = count
                file.write(f"{next(starts)}{','.join(row)}\n")


def save_vocabulary(path: str | os.PathLike, vocabulary: dict[str, int]) -> None:
    """Write a vocabulary, term to column, as JSON with a line a term.

    numpy's numbers, which scikit-learn's vocabularies hold, are written as plain ones.
    """
    plain = {str(term): int(column) for term, column in vocabulary.items()}
    text = json.dumps(plain, ensure_ascii=False, indent=0)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load_vocabulary(path: str | os.PathLike) -> dict[str, int]:
    """Read a vocabulary that `save_vocabulary` wrote.

    Raises NoVocabulary if the file holds something else, OSError if it can't be read.
    """
    return parse_vocabulary(Path(path).read_bytes(), str(path))


def parse_vocabulary(content: bytes, name: str = "vocabulary.json") -> dict[str, int]:
    """Read the content of a vocabulary's file; `name` is for the message. Raises NoVocabulary."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NoVocabulary(f"{name} is no JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise NoVocabulary(f"{name} holds no object of terms and their columns")
    columns = list(found.values())
    if not all(type(column) is int for column in columns):
        odd = next(term for term, column in found.items() if type(column) is not int)
        raise NoVocabulary(f"{name}: the column of {odd!r} is {found[odd]!r}, not a whole number")
    if sorted(columns) != list(range(len(columns))):
        raise NoVocabulary(f"{name}: the columns aren't 0 to {len(columns) - 1}, each once")
    return found


def _rows_of(features: scipy.sparse.spmatrix) -> scipy.sparse.csr_matrix:
    """A copy in which each entry stands once and is no 0. Raises ValueError."""
    matrix = scipy.sparse.csr_matrix(features, copy=True)
    if not numpy.isfinite(matrix.data).all():
        raise ValueError("The features hold a number that isn't finite, such as nan")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    whole = matrix.astype(numpy.int64)  # whole numbers are written without a point
    return matrix if (matrix != whole).nnz else whole


def _starts(labels: Iterable[int] | None, rows: int, separator: str = " ") -> Iterator[str]:
    """What each line starts with. Raises ValueError, before anything is written."""
    if labels is None:
        return iter([""] * rows)
    listed = _numbers(labels)
    if len(listed) != rows:
        raise ValueError(
            f"{len(listed)} labels for {rows} rows: each row needs one. Was one of them split or "
            "filtered without the other?"
        )
    return iter([f"{int(label) if label.is_integer() else label}{separator}" for label in listed])


def _numbers(labels: Iterable[int]) -> list[float]:
    """Labels as numbers. Raises ValueError and names the first that is none."""
    listed = numpy.asarray(labels, dtype=object).ravel().tolist()  # a text among them stays one
    for row, label in enumerate(listed):
        if not isinstance(label, numbers.Real | numpy.bool_) or not math.isfinite(label):
            raise ValueError(f"The label of row {row} is {label!r}: labels are numbers, as 1 and 0")
    return [float(label) for label in listed]
