"""Look for common mistakes in a training CSV: a header, text, a missing label.

Today's image trains on such a file without any message; 0.72 refused it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.local.containers.toolkit import number_bytes
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log

NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan", re.IGNORECASE)
CHUNK_BYTES = 64 * 1024  # larger arrays get fresh pages from the system, at twice the time
MAX_FINDINGS = 3  # per file


@dataclass(frozen=True)
class Finding:
    """A line of a CSV file with a cell that isn't a number.

    Parameters
    ----------
    file
        Its name.
    line, column
        Counted from 1.
    cell
        Its text, "" for a missing label.
    others
        How many other cells of the line aren't numbers either.
    start
        The first 50 characters of the line.
    has_booleans
        Whether one of the cells is True or False.
    """

    file: str
    line: int
    column: int
    cell: str
    others: int
    start: str
    has_booleans: bool = False


def find_text(file: Path, name: str, delimiter: str) -> list[Finding]:
    """Return the first few lines of a CSV file with text, or without a label.

    A missing feature (an empty cell or nan) is allowed. Clean files are read at several hundred
    MB/s; only the chunks of a file that may contain text are read line by line.
    """
    findings: list[Finding] = []
    separator = delimiter.encode()
    for first_line, chunk in _chunks(file):
        if _is_clean(chunk, separator):
            continue
        for number, line in enumerate(chunk.split(b"\n"), first_line):
            finding = _check_line(line, separator, name, number)
            if finding is not None:
                findings.append(finding)
            if len(findings) == MAX_FINDINGS:
                return findings
    return findings


def _chunks(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the file in chunks of whole lines, each with the number of its first line."""
    line = 1
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES) + source.readline():
            yield line, chunk
            line += chunk.count(b"\n")


def _is_clean(chunk: bytes, separator: bytes) -> bool:
    """Tell whether a chunk certainly has a label in each line, and nothing but numbers."""
    text = b"\n" + chunk + b"\n"
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    for space in b" \t".replace(separator, b""):
        if space in text:
            text = _without_outer_space(text, bytes([space]), separator)
    if number_bytes.has_pair(text, b"\n" + separator):  # no label
        return False
    boundaries = separator + b"\n"
    if number_bytes.only_numbers(text, boundaries):
        return True
    return b"n" in text.lower() and number_bytes.only_numbers(
        _without_nan(text, separator), boundaries
    )


def _without_outer_space(text: bytes, space: bytes, separator: bytes) -> bytes:
    """Return the text without the spaces around its cells."""
    for edge in (separator, b"\n"):
        while edge + space in text:
            text = text.replace(edge + space, edge)
        while space + edge in text:
            text = text.replace(space + edge, edge)
    return text


def _without_nan(text: bytes, separator: bytes) -> bytes:
    """Return the text with cells that are nan emptied, except labels."""
    for word in (b"nan", b"NaN"):
        for end in (separator, b"\n"):
            for _ in range(2):  # neighbours share a separator
                text = text.replace(separator + word + end, separator + end)
    return text


def _check_line(line: bytes, separator: bytes, name: str, number: int) -> Finding | None:
    if not line.strip():
        return None
    cells = [cell.strip() for cell in line.split(separator)]
    invalid = [
        index
        for index, cell in enumerate(cells)
        if not NUMBER.fullmatch(cell) and (cell or index == 0)
    ]
    if not invalid:
        return None
    cell = cells[invalid[0]].decode(errors="replace")
    start = line.decode(errors="replace").strip()[:50]
    has_booleans = any(cells[index].lower() in (b"true", b"false") for index in invalid)
    return Finding(name, number, invalid[0] + 1, cell, len(invalid) - 1, start, has_booleans)


def describe(findings: list[Finding], image_name: str) -> str:
    """Return a warning of several lines: what is where, what today's image does, what to do."""
    lines = ["This CSV contains more than numbers, so the model learns from unintended values."]
    for finding in findings:
        cell = f"text {finding.cell[:40]!r}" if finding.cell else "no value"
        label = " (the label)" if finding.column == 1 else ""
        others = f" and {finding.others} more cells that aren't numbers" if finding.others else ""
        header = ": is that a header?" if finding.line == 1 and finding.others else ""
        lines.append(
            f"  {finding.file}, line {finding.line}: {cell} in column {finding.column}{label}"
            f"{others}{header}"
        )
    lines += [
        f"  The image {image_name} trains on it without any message, on AWS too.",
        "  It reads a header as one more row with label 0. In a feature, text counts as missing "
        "(as 0 if it starts with f); as a label, text or nothing counts as 0; of 2023-01-26 it "
        "reads 2023.",
    ]
    if any(finding.has_booleans for finding in findings):
        lines += [
            "  True and False are text here: as a feature True counts as missing and False as 0; "
            "as a label both count as 0, so that a classifier has no positive row and a perfect "
            "loss.",
            "  What to do: df = df.replace({True: 1, False: 0}), or df[column].astype(int).",
        ]
    lines += [
        "  What to do: numbers only, the label in the first column, no header, no index: "
        "df.to_csv(path, header=False, index=False).",
    ]
    return "\n".join(lines)


def warn_about_index(labels: np.ndarray, name: str) -> None:
    """Log a warning if the labels of a channel are 0, 1, 2, ...: probably pandas' index."""
    if len(labels) > 2 and np.array_equal(labels, np.arange(len(labels))):
        log.warning(
            "The labels of channel '%s' are 0, 1, 2, ...: is the first column the index of a "
            "DataFrame? What to do: df.to_csv(path, header=False, index=False), with the label in "
            "the first column.",
            name,
        )


def refuse(findings: list[Finding]) -> None:
    """Raise UserError with the text of image 0.72 for the first finding."""
    for finding in findings[:1]:
        if not finding.cell:
            raise UserError("Got input data without labels. Please check the input data set.")
        raise UserError(
            f"Non-numeric value '{finding.cell[0]}' found in the header line '{finding.start}...' "
            f"of file '{finding.file}'. CSV format require no header line in it. If header line is "
            "already removed, XGBoost does not accept non-numeric value in the data."
        )
