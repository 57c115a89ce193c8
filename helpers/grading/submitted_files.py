"""Read the data files that a learner uploaded, and tell what is wrong with them."""

from __future__ import annotations

import functools
import io
import math
from array import array
from typing import NamedTuple

import numpy
import scipy.sparse

from helpers.grading.submission import LARGE, S3Object, Submission
from helpers.grading.tasks import TaskError

FORMATS = {
    "libsvm": ("libsvm", "text/libsvm", "text/x-libsvm"),
    "csv": ("csv", "text/csv"),
}


MOST_LIBSVM = 80_000_000
"""Bytes of a libsvm file that are read: 25,000 reviews have 15 million."""

SHOWN_ITEMS = 5

DIGITS = 9
"""Of a column's number at most."""

MOST_OF_ONE = 40
"""Bytes of a count, with its column, at most."""

ROWS = 1000
"""Rows of a CSV file that are dense at once: of 5,000 terms, 20 MB."""


class Table(NamedTuple):
    """The rows of one or more files: labels (None where a line has none), counts, format."""

    labels: numpy.ndarray | None
    features: scipy.sparse.csr_matrix
    format: str


_read: dict[tuple, Table] = {}


def read_folder(evidence: Submission, folder: str, columns: int, labelled: bool) -> Table:
    """Read all files in a folder below the prefix.

    columns: how many features a row can have. Raises TaskError.
    """
    stored = evidence.objects(folder)
    size = sum(item.size for item in stored)
    if size > LARGE:
        raise TaskError(f"{evidence.uri(folder)}/ holds {size:,} bytes, far more than expected.")
    key = (columns, labelled, *((item.key, item.etag) for item in stored))
    if key not in _read:
        parts = [_parse(evidence, item, columns, labelled) for item in stored]
        if len({part.format for part in parts}) > 1:
            raise TaskError(f"The files in {evidence.uri(folder)}/ have different formats.")
        while len(_read) >= 3:
            _read.pop(next(iter(_read)))
        _read[key] = Table(
            numpy.concatenate([part.labels for part in parts]) if labelled else None,
            scipy.sparse.vstack([part.features for part in parts], "csr"),
            parts[0].format,
        )
    return _read[key]


def _parse(evidence: Submission, item: S3Object, columns: int, labelled: bool) -> Table:
    name = item.key.removeprefix(f"{evidence.prefix}/")
    content = evidence.content(item)
    first = io.BytesIO(content).readline()
    is_csv = b":" not in first and b"," in first
    if not is_csv and item.size > MOST_LIBSVM:
        raise TaskError(f"{name} has {item.size:,} bytes, far more than expected.")
    parse = parse_csv if is_csv else parse_libsvm
    try:
        return parse(content, columns, labelled, name)
    except UnicodeDecodeError:
        raise TaskError(f"{name} is no text file.") from None


def _split(line: bytes, separator: str | None, columns: int, name: str, number: int) -> list[str]:
    """The items of a line, which may be made to hold any number of them. Raises TaskError."""
    if len(line) > MOST_OF_ONE * (columns + 2):
        raise TaskError(f"{name}, line {number} has {len(line):,} bytes, far more than expected.")
    return line.decode().strip().split(separator)


def parse_libsvm(content: bytes, columns: int, labelled: bool, name: str) -> Table:
    """Read ``label column:count ...`` lines, or lines without labels.

    Raises TaskError, and UnicodeDecodeError for what is no text.
    """
    labels, counts = array("d"), array("d")  # a list takes several times the memory
    indices, ends = array("q"), array("q", [0])
    for number, line in enumerate(io.BytesIO(content), start=1):
        items = _split(line, None, columns, name, number)
        if items and ":" not in items[0]:
            labels.append(_number(items.pop(0), name, number))
        elif labelled:
            if items and ":" not in items[-1]:
                raise TaskError(f"{name}, line {number} ends with {items[-1]!r}. {LABEL_PLACE}")
            raise TaskError(
                f"{name}, line {number} has no label, and the model can't learn without: "
                "were the labels given to the function that writes the file?"
            )
        for item in items:
            column, colon, count = item.partition(":")
            if not colon or not column.isdecimal() or len(column) > DIGITS:
                raise TaskError(
                    f"{name}, line {number}: {item[:30]!r} is no column:count. {_or_label(items)}"
                )
            indices.append(int(column))
            counts.append(_number(count, name, number))
        ends.append(len(indices))
    if len(labels) not in (0, len(ends) - 1):
        raise TaskError(f"{name}: some lines start with a label, others don't.")
    features = _matrix(counts, indices, ends, columns, name)
    return Table(numpy.array(labels) if labelled else None, features, "libsvm")


def _or_label(items: list[str]) -> str:
    return LABEL_PLACE if ":" not in items[-1] else ""


LABEL_PLACE = "Is that the label? In which place of a line does XGBoost look for it?"


def parse_csv(content: bytes, columns: int, labelled: bool, name: str) -> Table:
    """Read lines of numbers, the label first if there is one. A label is no count: it is left out
    where none was asked for.

    Raises TaskError, and UnicodeDecodeError for what is no text.
    """
    first = _split(io.BytesIO(content).readline(), ",", columns, name, 1)
    if not all(_is_number(cell) for cell in first) or _counts_up(first):
        raise TaskError(
            f"{name} starts with {','.join(first)[:60]!r}. XGBoost takes each line for a row of "
            "numbers, the first one too: what is that line?"
        )
    features, begins, ends = _read_table(content, name)
    with_label = labelled or (features.shape[1] == columns + 1 and _are_labels(begins))
    width = columns + with_label
    if features.shape[1] != width:
        raise TaskError(
            f"{name} has {features.shape[1]:,} columns, expected are {width:,}: one a term"
            f"{', and the label' if labelled else ''}. Was an index written, too?"
        )
    if labelled and not _are_labels(begins) and _are_labels(ends):
        raise TaskError(
            f"{name}: the last column holds labels, the first one does not. {LABEL_PLACE}"
        )
    return Table(begins if labelled else None, features[:, int(with_label) :], "csv")


def _read_table(
    content: bytes, name: str
) -> tuple[scipy.sparse.csr_matrix, numpy.ndarray, numpy.ndarray]:
    """A table of numbers, and its first and last column. Raises TaskError."""
    import pandas

    parts, begins, ends = [], [], []
    try:
        for chunk in pandas.read_csv(
            io.BytesIO(content), header=None, dtype="float32", chunksize=ROWS
        ):
            rows = chunk.to_numpy()
            if not numpy.isfinite(rows).all():
                raise TaskError(f"{name} has an empty cell, or one that is no number.")
            parts.append(scipy.sparse.csr_matrix(rows))
            begins.append(rows[:, 0].astype(float))
            ends.append(rows[:, -1].astype(float))
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise TaskError(f"{name} is no table of numbers: {str(error)[:200]}.") from None
    return scipy.sparse.vstack(parts, "csr"), numpy.concatenate(begins), numpy.concatenate(ends)


def _matrix(
    counts: array, indices: array, ends: array, columns: int, name: str
) -> scipy.sparse.csr_matrix:
    if indices and max(indices) >= columns:
        raise TaskError(
            f"{name} has column {max(indices):,}, but vocabulary.json ends at {columns - 1:,}: was "
            "it written with another vocabulary, or do its columns start at 1?"
        )
    parts = [numpy.array(part) for part in (counts, indices, ends)]
    return scipy.sparse.csr_matrix(tuple(parts), shape=(len(ends) - 1, columns))


def _are_labels(column: numpy.ndarray) -> bool:
    """Half of the reviews are positive; of no term do half of them hold just one."""
    return set(numpy.unique(column)) == {0.0, 1.0} and 0.3 < column.mean() < 0.7


def _counts_up(cells: list[str]) -> bool:
    """Whether these are the numbers of columns, which pandas writes as a header: no counts are."""
    numbers = [float(cell) for cell in cells[-SHOWN_ITEMS:]]
    return len(cells) > SHOWN_ITEMS and numbers == [
        numbers[0] + step for step in range(SHOWN_ITEMS)
    ]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(text: str, name: str, line: int) -> float:
    found = _finite(text)
    if found is None:
        raise TaskError(f"{name}, line {line}: {text[:30]!r} is no number.")
    return found


@functools.lru_cache(maxsize=1000)
def _finite(text: str) -> float | None:
    """A text as a number, or None; nearly all of millions of counts are 1, 2 or 3."""
    found = float(text) if _is_number(text) else math.nan
    return found if math.isfinite(found) else None
