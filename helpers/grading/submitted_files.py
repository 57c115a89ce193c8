"""Read the data files that a learner uploaded, and explain what is wrong with them."""

from __future__ import annotations

import io
import math
import warnings
from typing import NamedTuple, NoReturn

import numpy
import scipy.sparse

from helpers.grading.errors import TaskError
from helpers.grading.reference import row_hashes
from helpers.grading.submission import S3Object, Submission

CONTENT_TYPES = ("libsvm", "text/libsvm", "text/x-libsvm")
MAX_BYTES = 80_000_000  # 25,000 reviews take 15 million
MAX_COLUMN_DIGITS = 9
MAX_ITEM_BYTES = 40  # of a count with its column
MAX_FILES_NAMED = 4
CACHED_FILES = 3  # train, validation and test
NUMBER_CHARACTERS = b"0123456789.+-eE"
SEPARATORS_TO_SPACES = bytes.maketrans(b":\n", b"  ")

LABEL_HINT = "Is that the label? In which position of a line does XGBoost look for it?"


class Table(NamedTuple):
    """The labels (rows,) of a file, or None; its counts (rows, terms); a hash of each row."""

    labels: numpy.ndarray | None
    features: scipy.sparse.csr_matrix
    hashes: list[bytes]


_tables: dict[tuple, Table] = {}


def read_file(submission: Submission, folder: str, columns: int, labelled: bool) -> Table:
    """Read the one file in a folder below the prefix, once for each version of it.

    columns: the number of terms in the vocabulary; labelled: whether each row must start with a
    label, or must not. Raises TaskError if the file is not what the task asks for.
    """
    item = _only_file(submission, folder)
    key = (columns, labelled, item.key, item.etag)
    if key not in _tables:
        content = submission.download(submission.bucket, item.key, MAX_BYTES)
        table = _parse(content, columns, labelled)
        if table is None:
            _explain(content, columns, labelled, f"{folder}/{file_name(folder)}")
        while len(_tables) >= CACHED_FILES:
            _tables.pop(next(iter(_tables)))
        _tables[key] = table
    return _tables[key]


def file_name(folder: str) -> str:
    """Return how the tasks call the file in a folder: train.libsvm in first/train."""
    return f"{folder.rpartition('/')[2]}.libsvm"


def _only_file(submission: Submission, folder: str) -> S3Object:
    """Return the file of a folder. Raises TaskError if it is not alone or has another name."""
    items = sorted(submission.objects(folder), key=lambda item: item.modified)
    start, expected = f"{submission.prefix}/{folder}/", file_name(folder)
    names = [item.key.removeprefix(start) for item in items]
    if len(items) > 1:
        times = zip(names, (f"{item.modified:%H:%M:%S}" for item in items), strict=True)
        listed = ", ".join(f"{name} of {time} UTC" for name, time in [*times][-MAX_FILES_NAMED:])
        others = [item.key for item, name in zip(items, names, strict=True) if name != expected]
        raise TaskError(
            f"{folder}/ holds {len(items)} files, and a job reads them all: {listed}. The task "
            f"asks for {expected} alone. Delete what is left over:\n"
            f"{submission.code_to_delete(*others[-MAX_FILES_NAMED:])}"
        )
    if names[0].endswith(".csv"):
        raise TaskError(
            f"{folder}/{names[0]} is CSV, in which every zero is written out. For which format "
            "does the task ask, and which function of helpers.text writes it?"
        )
    if names != [expected]:
        raise TaskError(
            f"{folder}/ holds {names[0]}. The task calls the file {expected}, and the cells below "
            f"rely on that name. Upload it again, and delete this one:\n"
            f"{submission.code_to_delete(items[0].key)}"
        )
    return items[0]


def _parse(content: bytes, columns: int, labelled: bool) -> Table | None:
    """Read ``label column:count ...`` lines, or lines without labels, all at once.

    Returns None if the content has anything else, for `_explain` to name: line by line it would
    take several times as long.
    """
    content = content.replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n"
    separators = content.translate(None, NUMBER_CHARACTERS)
    if not labelled:  # as if each line had one
        separators = (b" " + separators).replace(b"\n", b"\n ").removesuffix(b" ")
    lines = separators.split(b"\n")[:-1]
    if separators.replace(b" :", b"").strip(b"\n"):
        return None
    pairs = numpy.array([len(line) // 2 for line in lines])
    starts = numpy.cumsum(2 * pairs + labelled) - (2 * pairs + labelled)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of text that is not a number
            numbers = numpy.fromstring(content.translate(SEPARATORS_TO_SPACES), sep=" ")
    except (DeprecationWarning, ValueError):
        return None
    if len(numbers) != (2 * pairs + labelled).sum() or not numpy.isfinite(numbers).all():
        return None
    values = numpy.delete(numbers, starts) if labelled else numbers
    indices, counts = values[::2], values[1::2]
    if (indices != numpy.floor(indices)).any() or not (indices >= 0).all():
        return None
    if len(indices) and indices.max() >= columns:
        return None
    ends = numpy.concatenate([[0], numpy.cumsum(pairs)])
    features = scipy.sparse.csr_matrix(
        (counts, indices.astype(numpy.int32), ends), shape=(len(pairs), columns)
    )
    return Table(numbers[starts] if labelled else None, features, row_hashes(features))


def _explain(content: bytes, columns: int, labelled: bool, name: str) -> NoReturn:
    """Raise TaskError for the first line of a file that is not as XGBoost expects it."""
    try:
        for number, line in enumerate(io.BytesIO(content), start=1):
            where = f"{name}, line {number}"
            if len(line) > MAX_ITEM_BYTES * (columns + 2):
                raise TaskError(f"{where} has {len(line):,} bytes, far more than expected.")
            _explain_line(line.decode().split(), columns, labelled, where)
    except UnicodeDecodeError:
        raise TaskError(f"{name} is not a text file.") from None
    raise TaskError(
        f"{name} is not libsvm as helpers.text.write_libsvm writes it, with a single space "
        "between items and an end of line after each row: how was it written?"
    )


def _explain_line(items: list[str], columns: int, labelled: bool, where: str) -> None:
    """Raise TaskError if the items of a line are wrong."""
    has_label = bool(items) and ":" not in items[0]
    if has_label and not labelled:
        raise TaskError(
            f"{where} starts with {items[0][:30]!r}. Is that a label? What do you want to know "
            "about the test reviews, and should the file say it?"
        )
    if labelled and items and ":" not in items[-1] and not has_label:
        raise TaskError(f"{where} ends with {items[-1][:30]!r}. {LABEL_HINT}")
    if labelled and not has_label:
        raise TaskError(
            f"{where} has no label, and the model cannot learn without one: were the labels passed "
            "to the function that writes the file?"
        )
    _check_number(items[0] if has_label else "0", where)
    for item in items[has_label:]:
        column, colon, count = item.partition(":")
        if not colon or not column.isdecimal() or len(column) > MAX_COLUMN_DIGITS:
            raise TaskError(f"{where}: {item[:30]!r} is not column:count. {LABEL_HINT}")
        _check_number(count, where)
        if int(column) >= columns:
            raise TaskError(
                f"{where} has column {int(column):,}, but vocabulary.json ends at {columns - 1:,}: "
                "was it written with another vocabulary, or do its columns start at 1?"
            )


def _check_number(text: str, where: str) -> None:
    try:
        if math.isfinite(float(text)):
            return
    except ValueError:
        pass
    raise TaskError(f"{where}: {text[:30]!r} is not a number.")
