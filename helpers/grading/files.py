"""Read the data files that a learner uploaded, and tell what is wrong with them."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy
import scipy.sparse

from helpers.grading.evidence import Evidence, Stored
from helpers.grading.tasks import Hint

FORMATS = {
    "libsvm": ("libsvm", "text/libsvm", "text/x-libsvm"),
    "csv": ("csv", "text/csv"),
}


MOST_LIBSVM = 80_000_000
"""Bytes of a libsvm file that are read: 25,000 reviews have 15 million."""

FEW = 5

DIGITS = 9
"""Of a column's number at most."""


class Data(NamedTuple):
    """The rows of one or more files: labels (None where a line has none), counts, format."""

    labels: numpy.ndarray | None
    features: scipy.sparse.csr_matrix
    format: str


_read: dict[tuple, Data] = {}


def read_folder(evidence: Evidence, folder: str, columns: int, labelled: bool) -> Data:
    """Read all files in a folder below the prefix.

    columns: how many features a row can have. Raises Hint.
    """
    stored = evidence.objects(folder)
    key = (columns, labelled, *((item.key, item.etag) for item in stored))
    if key not in _read:
        parts = [_parse(evidence, item, columns, labelled) for item in stored]
        if len({part.format for part in parts}) > 1:
            raise Hint(f"The files in {evidence.uri(folder)}/ have different formats.")
        while len(_read) >= 3:
            _read.pop(next(iter(_read)))
        _read[key] = Data(
            numpy.concatenate([part.labels for part in parts]) if labelled else None,
            scipy.sparse.vstack([part.features for part in parts], "csr"),
            parts[0].format,
        )
    return _read[key]


def _parse(evidence: Evidence, item: Stored, columns: int, labelled: bool) -> Data:
    name = item.key.removeprefix(f"{evidence.prefix}/")
    try:
        text = evidence.content(item).decode()
    except UnicodeDecodeError:
        raise Hint(f"{name} is no text file.") from None
    first = text.split("\n", 1)[0]
    is_csv = ":" not in first and "," in first
    if not is_csv and item.size > MOST_LIBSVM:
        raise Hint(f"{name} has {item.size:,} bytes, far more than expected.")
    parse = parse_csv if is_csv else parse_libsvm
    return parse(text, columns, labelled, name)


def parse_libsvm(text: str, columns: int, labelled: bool, name: str) -> Data:
    """Read ``label column:count ...`` lines, or lines without labels. Raises Hint."""
    labels, indices, counts, ends = [], [], [], [0]
    for number, line in enumerate(text.splitlines(), start=1):
        items = line.split()
        if items and ":" not in items[0]:
            labels.append(_number(items.pop(0), name, number))
        elif labelled:
            if items and ":" not in items[-1]:
                raise Hint(f"{name}, line {number} ends with {items[-1]!r}. {LABEL_PLACE}")
            raise Hint(
                f"{name}, line {number} has no label, and the model can't learn without: "
                "were the labels given to the function that writes the file?"
            )
        for item in items:
            column, colon, count = item.partition(":")
            if not colon or not column.isdecimal() or len(column) > DIGITS:
                raise Hint(
                    f"{name}, line {number}: {item[:30]!r} is no column:count. {_or_label(items)}"
                )
            indices.append(int(column))
            counts.append(_number(count, name, number))
        ends.append(len(indices))
    if len(labels) not in (0, len(ends) - 1):
        raise Hint(f"{name}: some lines start with a label, others don't.")
    features = _matrix(numpy.array(counts, float), indices, ends, columns, name)
    return Data(numpy.array(labels) if labelled else None, features, "libsvm")


def _or_label(items: list[str]) -> str:
    return LABEL_PLACE if ":" not in items[-1] else ""


LABEL_PLACE = "Is that the label? In which place of a line does XGBoost look for it?"


def parse_csv(text: str, columns: int, labelled: bool, name: str) -> Data:
    """Read lines of numbers, the label first if there is one. Raises Hint."""
    import pandas

    first = text.split("\n", 1)[0].split(",")
    if not all(_is_number(cell) for cell in first) or _counts_up(first):
        raise Hint(
            f"{name} starts with {','.join(first)[:60]!r}. XGBoost takes each line for a row of "
            "numbers, the first one too: what is that line?"
        )
    try:
        table = pandas.read_csv(io.StringIO(text), header=None, dtype="float32").to_numpy()
    except ValueError as error:
        raise Hint(f"{name} is no table of numbers: {str(error)[:200]}.") from None
    width = columns + labelled
    if table.shape[1] != width:
        raise Hint(
            f"{name} has {table.shape[1]:,} columns, expected are {width:,}: one a term"
            f"{', and the label' if labelled else ''}. Was an index written, too?"
        )
    if not labelled:
        return Data(None, scipy.sparse.csr_matrix(table), "csv")
    if not _are_labels(table[:, 0]) and _are_labels(table[:, -1]):
        raise Hint(f"{name}: the last column holds labels, the first one does not. {LABEL_PLACE}")
    return Data(table[:, 0].astype(float), scipy.sparse.csr_matrix(table[:, 1:]), "csv")


def _matrix(counts, indices, ends, columns: int, name: str) -> scipy.sparse.csr_matrix:
    if indices and max(indices) >= columns:
        raise Hint(
            f"{name} has column {max(indices):,}, but vocabulary.json ends at {columns - 1:,}: was "
            "it written with another vocabulary, or do its columns start at 1?"
        )
    return scipy.sparse.csr_matrix((counts, indices, ends), shape=(len(ends) - 1, columns))


def _are_labels(column: numpy.ndarray) -> bool:
    """Half of the reviews are positive; of no term do half of them hold just one."""
    return set(numpy.unique(column)) == {0.0, 1.0} and 0.3 < column.mean() < 0.7


def _counts_up(cells: list[str]) -> bool:
    """Whether these are the numbers of columns, which pandas writes as a header: no counts are."""
    numbers = [float(cell) for cell in cells[-FEW:]]
    return len(cells) > FEW and numbers == [numbers[0] + step for step in range(FEW)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(text: str, name: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise Hint(f"{name}, line {line}: {text[:30]!r} is no number.") from None
