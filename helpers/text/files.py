"""Write features as files that SageMaker's XGBoost reads, and vocabularies as JSON."""

from __future__ import annotations

import itertools
import json
import math
import numbers
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy
import scipy.sparse

ROWS_PER_BLOCK = 1000
"""Rows written at once, so that a matrix of any height needs little memory."""

SparseMatrix = scipy.sparse.spmatrix | scipy.sparse.sparray


class VocabularyError(ValueError):
    """A file that should hold a vocabulary holds something else."""


def write_libsvm(
    path: str | os.PathLike[str], features: SparseMatrix, labels: Iterable[float] | None = None
) -> None:
    """Write a matrix in libsvm format, one line per row: ``label column:value column:value ...``.

    Columns count from 0. Zeros are left out, except in column 0, which every row names: the newest
    images of SageMaker's XGBoost (3.2-0) take a request without column 0 for one that counts from
    1, and shift its columns.

    Parameters
    ----------
    path : str or path-like
        The file to write; an existing one is replaced.
    features : sparse matrix, shape (rows, columns)
        The values. They may be stored in any order.
    labels : iterable of numbers, length rows, optional
        Without labels, a line starts with its first pair.

    Raises
    ------
    ValueError
        If the number of labels differs from the number of rows, a label is not a finite number, or
        a value is not finite. Nothing is written then.

    Examples
    --------
    >>> import tempfile, scipy.sparse
    >>> path = tempfile.mkstemp()[1]
    >>> write_libsvm(path, scipy.sparse.csr_matrix([[0, 2], [3, 0]]), labels=[1, 0])
    >>> print(open(path).read(), end="")
    1 0:0 1:2
    0 0:3
    """
    matrix = _canonical(features)
    prefixes = _line_prefixes(labels, matrix.shape[0], " ")
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for columns, values in _rows(matrix):
            pairs = [f"{c}:{v}" for c, v in zip(columns, values, strict=True)]
            if not columns or columns[0] != 0:
                pairs.insert(0, "0:0")
            file.write(f"{next(prefixes)}{' '.join(pairs)}\n")


def write_csv(
    path: str | os.PathLike[str], features: SparseMatrix, labels: Iterable[float] | None = None
) -> None:
    """Write a matrix as CSV without a header, the label first, with every zero written out.

    Parameters
    ----------
    path : str or path-like
        The file to write; an existing one is replaced.
    features : sparse matrix, shape (rows, columns)
        The values. They may be stored in any order.
    labels : iterable of numbers, length rows, optional
        Without labels, a line starts with the value of column 0.

    Raises
    ------
    ValueError
        As `write_libsvm`.
    """
    matrix = _canonical(features)
    prefixes = _line_prefixes(labels, matrix.shape[0], ",")
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for columns, values in _rows(matrix):
            line = ["0"] * matrix.shape[1]
            for column, value in zip(columns, values, strict=True):
                line[column] = str(value)
            file.write(f"{next(prefixes)}{','.join(line)}\n")


def save_vocabulary(path: str | os.PathLike[str], vocabulary: Mapping[str, int]) -> None:
    """Write a vocabulary as a JSON object, one term per line.

    Parameters
    ----------
    path : str or path-like
        The file to write; an existing one is replaced.
    vocabulary : mapping from str to int
        Each term and its column, such as the ``vocabulary_`` of a ``CountVectorizer``, whose NumPy
        integers are written as plain ones.

    Raises
    ------
    TypeError
        If the vocabulary is not a mapping, such as when the arguments are swapped.
    """
    if not isinstance(vocabulary, Mapping):
        raise TypeError(
            f"save_vocabulary(path, vocabulary) was given a {type(vocabulary).__name__} as the "
            "vocabulary: pass the path first, then a mapping such as vectorizer.vocabulary_"
        )
    plain = {str(term): int(column) for term, column in vocabulary.items()}
    text = json.dumps(plain, ensure_ascii=False, indent=0)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load_vocabulary(path: str | os.PathLike[str]) -> dict[str, int]:
    """Read a vocabulary that `save_vocabulary` wrote.

    Parameters
    ----------
    path : str or path-like
        The file to read.

    Returns
    -------
    dict from str to int
        Each term and its column: 0, 1, 2 and so on, each once.

    Raises
    ------
    VocabularyError
        If the file holds something else.
    OSError
        If the file cannot be read.
    """
    return parse_vocabulary(Path(path).read_bytes(), str(path))


def parse_vocabulary(content: bytes, name: str = "vocabulary.json") -> dict[str, int]:
    """Parse the content of a vocabulary file.

    Parameters
    ----------
    content : bytes
        What the file holds.
    name : str
        What error messages call the file.

    Returns
    -------
    dict from str to int
        Each term and its column: 0, 1, 2 and so on, each once.

    Raises
    ------
    VocabularyError
        If `content` is not such a JSON object.
    """
    try:
        vocabulary = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise VocabularyError(f"{name} is not valid JSON: {error}") from None
    if not isinstance(vocabulary, dict) or not vocabulary:
        raise VocabularyError(f"{name}: expected a JSON object that maps terms to columns")
    for term, column in vocabulary.items():
        if type(column) is not int:
            raise VocabularyError(f"{name}: the column of {term!r} is {column!r}, not an integer")
    if sorted(vocabulary.values()) != list(range(len(vocabulary))):
        raise VocabularyError(
            f"{name}: expected each column from 0 to {len(vocabulary) - 1} exactly once"
        )
    return vocabulary


def _canonical(features: SparseMatrix) -> scipy.sparse.csr_matrix:
    """Return a copy with sorted columns, without duplicates and stored zeros."""
    matrix = scipy.sparse.csr_matrix(features, copy=True)
    if not numpy.isfinite(matrix.data).all():
        raise ValueError("The features hold a number that is not finite, such as nan")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    whole = matrix.astype(numpy.int64)  # whole numbers are written without a decimal point
    return matrix if (matrix != whole).nnz else whole


def _rows(matrix: scipy.sparse.csr_matrix) -> Iterator[tuple[list[int], list[float]]]:
    """Yield the columns and values of each row."""
    for first in range(0, matrix.shape[0], ROWS_PER_BLOCK):
        block = matrix[first : first + ROWS_PER_BLOCK]
        columns, values = block.indices.tolist(), block.data.tolist()
        for begin, end in itertools.pairwise(block.indptr.tolist()):
            yield columns[begin:end], values[begin:end]


def _line_prefixes(labels: Iterable[float] | None, rows: int, separator: str) -> Iterator[str]:
    """Return what each line starts with: its label and the separator, or nothing."""
    if labels is None:
        return iter([""] * rows)
    checked = _finite_numbers(labels)
    if len(checked) != rows:
        raise ValueError(
            f"Got {len(checked)} labels for {rows} rows: each row needs one. Were rows or labels "
            "split or filtered without the other?"
        )
    return iter([f"{int(label) if label.is_integer() else label}{separator}" for label in checked])


def _finite_numbers(labels: Iterable[float]) -> list[float]:
    listed = numpy.asarray(labels, dtype=object).ravel().tolist()  # object: a string stays one
    for row, label in enumerate(listed):
        if not isinstance(label, numbers.Real | numpy.bool_) or not math.isfinite(label):
            raise ValueError(f"The label of row {row} is {label!r}: expected a number, such as 1")
    return [float(label) for label in listed]
