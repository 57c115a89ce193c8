"""Read the data files that a learner uploaded, and explain what is wrong with them."""

from __future__ import annotations

import functools
import io
import math
from array import array
from typing import NamedTuple

import numpy
import scipy.sparse

from helpers.grading.errors import TaskError
from helpers.grading.submission import MAX_DATA_BYTES, S3Object, Submission

CONTENT_TYPES = {
    "libsvm": ("libsvm", "text/libsvm", "text/x-libsvm"),
    "csv": ("csv", "text/csv"),
}
MAX_LIBSVM_BYTES = 80_000_000  # 25,000 reviews take 15 million
MAX_COLUMN_DIGITS = 9
MAX_ITEM_BYTES = 40  # of a count with its column
CSV_ROWS_PER_CHUNK = 1000  # as dense numbers of 5,000 columns they take 20 MB
CACHED_FOLDERS = 3  # train, validation and test
HEADER_ITEMS = 5

LABEL_HINT = "Is that the label? In which position of a line does XGBoost look for it?"


class Table(NamedTuple):
    """The rows of one or more files.

    Attributes
    ----------
    labels : numpy.ndarray of shape (rows,) or None
        None if the file was read as one without labels.
    features : scipy.sparse.csr_matrix of shape (rows, columns)
        The counts, one column for each term of the vocabulary.
    format : {"libsvm", "csv"}
        How the files are written.
    """

    labels: numpy.ndarray | None
    features: scipy.sparse.csr_matrix
    format: str


_tables: dict[tuple, Table] = {}


def read_folder(submission: Submission, folder: str, columns: int, labelled: bool) -> Table:
    """Read all files in a folder below the prefix, once for each version of them.

    Parameters
    ----------
    submission : Submission
    folder : {"train", "validation", "test"}
    columns : int
        The number of terms in the vocabulary.
    labelled : bool
        Whether each row must start with a label.

    Raises
    ------
    TaskError
        If a file is missing, too large, or not what XGBoost expects.
    """
    items = submission.objects(folder)
    size = sum(item.size for item in items)
    if size > MAX_DATA_BYTES:
        raise TaskError(f"{submission.uri(folder)}/ has {size:,} bytes, far more than expected.")
    key = (columns, labelled, *((item.key, item.etag) for item in items))
    if key not in _tables:
        parts = [_read_file(submission, item, columns, labelled) for item in items]
        if len({part.format for part in parts}) > 1:
            raise TaskError(f"The files in {submission.uri(folder)}/ have different formats.")
        while len(_tables) >= CACHED_FOLDERS:
            _tables.pop(next(iter(_tables)))
        _tables[key] = Table(
            numpy.concatenate([part.labels for part in parts]) if labelled else None,
            scipy.sparse.vstack([part.features for part in parts], "csr"),
            parts[0].format,
        )
    return _tables[key]


def _read_file(submission: Submission, item: S3Object, columns: int, labelled: bool) -> Table:
    name = item.key.removeprefix(f"{submission.prefix}/")
    content = submission.download(submission.bucket, item.key)
    first_line = io.BytesIO(content).readline()
    is_csv = b":" not in first_line and b"," in first_line
    if not is_csv and item.size > MAX_LIBSVM_BYTES:
        raise TaskError(f"{name} has {item.size:,} bytes, far more than expected.")
    parse = parse_csv if is_csv else parse_libsvm
    try:
        return parse(content, columns, labelled, name)
    except UnicodeDecodeError:
        raise TaskError(f"{name} is not a text file.") from None


def _split(line: bytes, separator: str | None, columns: int, name: str, number: int) -> list[str]:
    """Split a line, unless it is too long to be split. Raises TaskError."""
    if len(line) > MAX_ITEM_BYTES * (columns + 2):
        raise TaskError(f"{name}, line {number} has {len(line):,} bytes, far more than expected.")
    return line.decode().strip().split(separator)


def parse_libsvm(content: bytes, columns: int, labelled: bool, name: str) -> Table:
    """Read ``label column:count ...`` lines, or lines without labels.

    Raises TaskError, and UnicodeDecodeError for binary data.
    """
    labels, counts = array("d"), array("d")  # a list takes several times the memory
    indices, row_ends = array("q"), array("q", [0])
    for number, line in enumerate(io.BytesIO(content), start=1):
        items = _split(line, None, columns, name, number)
        if items and ":" not in items[0]:
            labels.append(_finite(items.pop(0), name, number))
        elif labelled:
            if items and ":" not in items[-1]:
                raise TaskError(f"{name}, line {number} ends with {items[-1]!r}. {LABEL_HINT}")
            raise TaskError(
                f"{name}, line {number} has no label, and the model cannot learn without one: were "
                "the labels passed to the function that writes the file?"
            )
        for item in items:
            column, colon, count = item.partition(":")
            if not colon or not column.isdecimal() or len(column) > MAX_COLUMN_DIGITS:
                hint = LABEL_HINT if ":" not in items[-1] else ""
                raise TaskError(f"{name}, line {number}: {item[:30]!r} is not column:count. {hint}")
            indices.append(int(column))
            counts.append(_finite(count, name, number))
        row_ends.append(len(indices))
    rows = len(row_ends) - 1
    if len(labels) not in (0, rows):
        raise TaskError(f"{name}: some lines start with a label, others do not.")
    if indices and max(indices) >= columns:
        raise TaskError(
            f"{name} has column {max(indices):,}, but vocabulary.json ends at {columns - 1:,}: was "
            "it written with another vocabulary, or do its columns start at 1?"
        )
    arrays = [numpy.array(part) for part in (counts, indices, row_ends)]
    features = scipy.sparse.csr_matrix(tuple(arrays), shape=(rows, columns))
    return Table(numpy.array(labels) if labelled else None, features, "libsvm")


def parse_csv(content: bytes, columns: int, labelled: bool, name: str) -> Table:
    """Read lines of numbers, the label first if there is one.

    A label where none is expected is left out. Raises TaskError, and UnicodeDecodeError for binary
    data.
    """
    first_line = _split(io.BytesIO(content).readline(), ",", columns, name, 1)
    if None in map(_number, first_line) or _is_header(first_line):
        raise TaskError(
            f"{name} starts with {','.join(first_line)[:60]!r}. XGBoost reads each line as a row "
            "of numbers, including the first: what is that line?"
        )
    values = _read_csv(content, name)
    first_column, last_column = (values[:, [i]].toarray().ravel() for i in (0, -1))
    has_label = labelled or (values.shape[1] == columns + 1 and _are_labels(first_column))
    if values.shape[1] != columns + has_label:
        raise TaskError(
            f"{name} has {values.shape[1]:,} columns, expected {columns + has_label:,}: one for "
            f"each term{', and the label' if labelled else ''}. Was an index written too?"
        )
    if labelled and not _are_labels(first_column) and _are_labels(last_column):
        raise TaskError(f"{name}: the last column holds labels, the first does not. {LABEL_HINT}")
    return Table(
        first_column.astype(float) if labelled else None, values[:, int(has_label) :], "csv"
    )


def _read_csv(content: bytes, name: str) -> scipy.sparse.csr_matrix:
    """Read a table of numbers, part by part since most are 0. Raises TaskError."""
    import pandas

    chunks = []
    try:
        for chunk in pandas.read_csv(
            io.BytesIO(content), header=None, dtype="float32", chunksize=CSV_ROWS_PER_CHUNK
        ):
            if not numpy.isfinite(chunk.to_numpy()).all():
                raise TaskError(f"{name} has an empty cell, or one that is not a number.")
            chunks.append(scipy.sparse.csr_matrix(chunk.to_numpy()))
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise TaskError(f"{name} is not a table of numbers: {str(error)[:200]}.") from None
    return scipy.sparse.vstack(chunks, "csr")


def _are_labels(column: numpy.ndarray) -> bool:
    """Half of the reviews are positive; no term occurs exactly once in half of them."""
    return set(numpy.unique(column)) == {0.0, 1.0} and 0.3 < column.mean() < 0.7


def _is_header(cells: list[str]) -> bool:
    """Tell whether these are column numbers, which pandas writes as a header, and not counts."""
    last = [float(cell) for cell in cells[-HEADER_ITEMS:]]
    return len(cells) > HEADER_ITEMS and last == [last[0] + step for step in range(HEADER_ITEMS)]


@functools.lru_cache(maxsize=1000)
def _number(text: str) -> float | None:
    """Convert a number, or return None; cached, since nearly all counts are 1, 2 or 3."""
    try:
        return float(text)
    except ValueError:
        return None


def _finite(text: str, name: str, line: int) -> float:
    number = _number(text)
    if number is None or not math.isfinite(number):
        raise TaskError(f"{name}, line {line}: {text[:30]!r} is not a number.")
    return number
