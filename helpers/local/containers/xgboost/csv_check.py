"""Look for common mistakes in a training CSV: a header, text, a missing label.

Today's image trains on such a file without any message; 0.72 refused it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log

NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan", re.IGNORECASE)
# Bytes of numbers that aren't numbers together: 2023-01-26, 1.2.3, a sign alone, 1 2.
SUSPECT = (
    rb"[\d.][+-]|\.\d*\.|(?<!\d)\.(?!\d)|[+-](?!\d|\.\d)"
    rb"|[eE](?![+-]?\d)|(?<![\d.])[eE]|[eE][+-]?\d+[.eE]|[\d.][%(space)s]+[\d.+-]"
    rb"|[Nn]a[Nn][%(space)s]*[\dNn.+eE-]|[\d.+eE-][%(space)s]*[Nn]a[Nn]"
)
CHUNK_BYTES = 8 * 1024 * 1024
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
    """

    file: str
    line: int
    column: int
    cell: str
    others: int
    start: str


def find_text(file: Path, name: str, delimiter: str) -> list[Finding]:
    """Return the first few lines of a CSV file with text, or without a label.

    A missing feature (an empty cell or nan) is allowed. Clean files are read at about 1 GB/s.
    """
    findings: list[Finding] = []
    separator = delimiter.encode()
    numeric = b"0123456789+-.eE \t\r\n" + separator
    for first_line, chunk in _chunks(file):
        without_nan = chunk.replace(b"nan", b"").replace(b"NaN", b"")
        if without_nan.translate(None, numeric) or _is_suspect(chunk, separator):
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


def _is_suspect(chunk: bytes, separator: bytes) -> bool:
    """Tell whether numeric bytes may contain a cell that isn't a number, or a missing label."""
    spaces = b" \t".replace(separator, b"")
    # a line that starts with a delimiter has no label; one that starts with a space may have none
    starts = [bytes([start]) for start in separator + spaces]
    no_label = any(chunk.startswith(start) or b"\n" + start in chunk for start in starts)
    return no_label or re.search(SUSPECT % {b"space": spaces}, chunk) is not None


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
    return Finding(name, number, invalid[0] + 1, cell, len(invalid) - 1, start)


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
