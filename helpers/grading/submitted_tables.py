"""Read the CSV tables that a learner uploaded."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission

MAX_TEXT_CHARS = 40


def read_table(submission: Submission, name: str, header: str) -> list[dict[str, str]]:
    """Return the rows of a table below the prefix. Parameters and errors as for `read_rows`."""
    return [row for _, row in read_rows(submission, name, header)]


def read_rows(
    submission: Submission, name: str, header: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and columns of each row of a table below the prefix. Raises TaskError.

    header: the names of its columns, separated by commas.
    """
    text = submission.read(name).decode("utf-8-sig", errors="replace")
    table = csv.DictReader(io.StringIO(text))
    try:
        actual = ",".join(table.fieldnames or [])
        if actual != header:
            raise TaskError(
                f"{name} has the header {actual[:80]!r}, not {header}. (An index that pandas "
                "writes makes a column without a name.)"
            )
        for row in table:
            yield table.line_num, row
    except csv.Error as error:
        raise TaskError(f"{name}, line {table.line_num}: {error}.") from None


def number(row: dict[str, str], column: str, name: str) -> float:
    """Return the finite number in a column of a row. Raises TaskError, which quotes it."""
    text = row[column] or ""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TaskError(f"{name}: {text[:MAX_TEXT_CHARS]!r} in {column} is not a number.")
    return value
