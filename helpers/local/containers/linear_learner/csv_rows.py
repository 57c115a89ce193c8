"""Parse CSV of numbers, quickly where nothing but plain numbers is in it."""

import csv
import io

import numpy as np

from helpers.local.containers.toolkit.number_bytes import has_pair, only_numbers

BLOCK_BYTES = 65_536
EMPTY_CELLS = (b",,", b",\n", b"\n,")


class CsvError(ValueError):
    """Text that isn't CSV of numbers; `row` counts from 0."""

    def __init__(self, message: str, row: int):
        super().__init__(message)
        self.row = row


def parse(content: bytes) -> np.ndarray:
    """Parse rows of numbers, separated by commas.

    Parameters
    ----------
    content
        UTF-8; blank lines are left out, an empty cell is nan.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), float64.

    Raises
    ------
    CsvError
        At the first row that has a cell that is no number, or another number of cells.
    """
    text = content.replace(b"\r\n", b"\n").strip(b"\n")
    if not text:
        return np.empty((0, 0))
    columns = _columns(text)
    if columns is not None and _is_plain(text):
        numbers = np.fromstring(text.replace(b"\n", b",").decode("ascii"), sep=",")
        return numbers.reshape(-1, columns)
    return _parse_slowly(content)


def _columns(text: bytes) -> int | None:
    """Return the number of columns if it is the same in all lines, else None."""
    data = np.frombuffer(text, np.uint8)
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    commas = np.flatnonzero(data == ord(","))
    cells = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
    return int(cells[0]) if (cells == cells[0]).all() else None


def _is_plain(text: bytes) -> bool:
    """Tell whether all cells are decimal numbers, without spaces and quotes."""
    framed = b"\n" + text + b"\n"
    if any(has_pair(framed, pair) for pair in EMPTY_CELLS) or has_pair(framed, b"\n\n"):
        return False
    start = 0
    while start < len(framed) - 1:
        end = framed.find(b"\n", start + BLOCK_BYTES)
        end = len(framed) - 1 if end < 0 else end
        if not only_numbers(framed[start : end + 1], b",\n"):
            return False
        start = end
    return True


def _parse_slowly(content: bytes) -> np.ndarray:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start)
        raise CsvError(f"row {row + 1} is not UTF-8", row) from error
    rows: list[list[float]] = []
    reader = csv.reader(io.StringIO(text), strict=True)
    while True:
        number = len(rows)
        try:
            cells = next(reader)
            if cells:
                rows.append([_number(cell) for cell in cells])
        except StopIteration:
            break
        except (ValueError, csv.Error) as error:
            raise CsvError(f"row {number + 1}: {error}", number) from error
        if len(rows) > number and len(rows[-1]) != len(rows[0]):
            counts = f"{len(rows[-1])} cells, and the first row has {len(rows[0])}"
            raise CsvError(f"row {number + 1} has {counts}", number)
    return np.array(rows, float).reshape(len(rows), len(rows[0]) if rows else 0)


def _number(cell: str) -> float:
    if "_" in cell:  # Python's float reads 1_000
        raise ValueError(f"could not convert string to float: {cell!r}")
    return float(cell) if cell.strip() else float("nan")
