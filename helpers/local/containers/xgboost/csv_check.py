"""Looks for what people get wrong in a training CSV: a header, text, no label.

Today's image trains on such a file without a word; 0.72 refused it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log

NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan", re.IGNORECASE)
# Bytes that may stand in numbers and still don't make one: 2023-01-26, 1.2.3, a lone sign, 1 2.
SUSPECT = (
    rb"[\d.][+-]|\.\d*\.|(?<!\d)\.(?!\d)|[+-](?!\d|\.\d)"
    rb"|[eE](?![+-]?\d)|(?<![\d.])[eE]|[eE][+-]?\d+[.eE]|[\d.][%(space)s]+[\d.+-]"
    rb"|[Nn]a[Nn][%(space)s]*[\dNn.+eE-]|[\d.+eE-][%(space)s]*[Nn]a[Nn]"
)
CHUNK = 8 * 1024 * 1024
ENOUGH = 3  # findings for a file: more would not help its author


@dataclass(frozen=True)
class Finding:
    """A line of a CSV file that isn't all numbers.

    line and column are counted from 1; cell is the text found ("" is a missing label); others is
    how many further cells of the line are no numbers either.
    """

    file: str
    line: int
    column: int
    cell: str
    others: int
    start: str  # the first 50 characters of the line


def find_text(file: Path, name: str, delimiter: str) -> list[Finding]:
    """The first few lines of a CSV file with text, or without a label; [] if all are numbers.

    A missing feature (an empty cell or nan) is fine. Clean files are only skimmed, at about 1 GB/s.
    """
    findings: list[Finding] = []
    mark = delimiter.encode()
    numeric = b"0123456789+-.eE \t\r\n" + mark
    for first_line, chunk in _chunks(file):
        without_nan = chunk.replace(b"nan", b"").replace(b"NaN", b"")
        if without_nan.translate(None, numeric) or _is_suspect(chunk, mark):
            for number, line in enumerate(chunk.split(b"\n"), first_line):
                finding = _look(line, mark, name, number)
                if finding is not None:
                    findings.append(finding)
                if len(findings) == ENOUGH:
                    return findings
    return findings


def _chunks(file: Path) -> Iterator[tuple[int, bytes]]:
    """The file in pieces of whole lines, each with the number of its first line."""
    line = 1
    with file.open("rb") as source:
        while chunk := source.read(CHUNK) + source.readline():
            yield line, chunk
            line += chunk.count(b"\n")


def _is_suspect(chunk: bytes, mark: bytes) -> bool:
    """Whether a chunk of numeric bytes may hold a cell that is no number, or a missing label."""
    spaces = b" \t".replace(mark, b"")
    # a line that starts with a delimiter has no label; one that starts with a space may have none
    starts = [bytes([start]) for start in mark + spaces]
    no_label = any(chunk.startswith(start) or b"\n" + start in chunk for start in starts)
    return no_label or re.search(SUSPECT % {b"space": spaces}, chunk) is not None


def _look(line: bytes, mark: bytes, name: str, number: int) -> Finding | None:
    if not line.strip():
        return None
    cells = [cell.strip() for cell in line.split(mark)]
    wrong = [
        index
        for index, cell in enumerate(cells)
        if not NUMBER.fullmatch(cell) and (cell or index == 0)
    ]
    if not wrong:
        return None
    cell = cells[wrong[0]].decode(errors="replace")
    start = line.decode(errors="replace").strip()[:50]
    return Finding(name, number, wrong[0] + 1, cell, len(wrong) - 1, start)


def describe(findings: list[Finding], image_name: str) -> str:
    """A warning of several lines: what was found where, what today's image does, what to do."""
    lines = ["This CSV isn't all numbers, so the model learns from something else than you meant."]
    for finding in findings:
        what = f"text {finding.cell[:40]!r}" if finding.cell else "nothing"
        where = " (the label)" if finding.column == 1 else ""
        more = f" and {finding.others} more cells that are no numbers" if finding.others else ""
        header = ": is that a header?" if finding.line == 1 and finding.others else ""
        lines.append(
            f"  {finding.file}, line {finding.line}: {what} in column {finding.column}{where}"
            f"{more}{header}"
        )
    lines += [
        f"  The image {image_name} trains on it all the same and says nothing; so it does on AWS.",
        "  It reads a header as one more row with label 0. In a feature, text counts as missing "
        "(as 0 if it starts with f); as a label, text or nothing counts as 0; of 2023-01-26 it "
        "reads 2023.",
        "  What to do: numbers only, the label in the first column, no header, no index: "
        "df.to_csv(path, header=False, index=False).",
    ]
    return "\n".join(lines)


def warn_about_index(labels: np.ndarray, name: str) -> None:
    """Log a warning if the labels of a channel are 0, 1, 2, ...: most likely pandas' index."""
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
