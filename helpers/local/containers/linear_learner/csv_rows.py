"""Parse CSV of numbers, quickly where nothing but plain numbers is in it."""

import csv
import io
from collections.abc import Iterator

import numpy as np

from helpers.local.containers.toolkit.number_bytes import has_pair, only_numbers

CHECKED_BYTES = 65_536  # at once by only_numbers
BLOCK_BYTES = 2**21  # parsed at once, so that a large file doesn't take a multiple of its memory
EMPTY_CELLS = (b",,", b",\n", b"\n,")


class CsvError(ValueError):
    """Text that isn't CSV of numbers; `row` counts from 0."""

    def __init__(self, message: str, row: int):
        super().__init__(f"row {row + 1}{message}")
        self.row = row


def parse(content: bytes, dtype: type = float) -> np.ndarray:
    """Parse rows of numbers, separated by commas.

    Parameters
    ----------
    content
        UTF-8; blank lines are left out, an empty cell is nan.
    dtype
        Of the result; a number that it can't hold is infinite.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).

    Raises
    ------
    CsvError
        At the first row that has a cell that is not a number, or another number of cells.
    """
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    blocks = [content] if b'"' in content else _blocks(content)  # a cell in quotes has any bytes
    tables: list[np.ndarray] = []
    rows = 0
    for block in blocks:
        table = _parse_plain(block)
        if table is None:
            table = _parse_slowly(block, rows, tables[0].shape[1] if tables else None)
        if not len(table):
            continue
        if tables:
            _check_width(table.shape[1], tables[0].shape[1], rows)
        with np.errstate(over="ignore"):
            tables.append(table.astype(dtype, copy=False))
        rows += len(table)
    return np.concatenate(tables) if tables else np.empty((0, 0), dtype)


def _blocks(content: bytes) -> Iterator[bytes]:
    """Yield whole lines, about BLOCK_BYTES at once."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + BLOCK_BYTES)
        end = len(content) if end < 0 else end + 1
        yield content[start:end]
        start = end


def _parse_plain(block: bytes) -> np.ndarray | None:
    """Parse a block of plain numbers, with as many columns in each row; None if it isn't one."""
    text = block.strip(b"\n")
    columns = _columns(text)
    if not text or columns is None or not _is_plain(text):
        return None
    numbers = np.fromstring(text.replace(b"\n", b",").decode("ascii"), sep=",")
    return numbers.reshape(-1, columns)


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
        end = framed.find(b"\n", start + CHECKED_BYTES)
        end = len(framed) - 1 if end < 0 else end
        if not only_numbers(framed[start : end + 1], b",\n"):
            return False
        start = end
    return True


def _check_width(cells: int, width: int, row: int) -> None:
    if cells != width:
        raise CsvError(f" has {cells} cells, and the first row has {width}", row)


def _parse_slowly(block: bytes, first: int, width: int | None) -> np.ndarray:
    """Parse any CSV.

    Parameters
    ----------
    block
        Some lines.
    first
        The number of rows before them.
    width
        Of the first of those rows; None if there are none.
    """
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CsvError(" is not UTF-8", first + block.count(b"\n", 0, error.start)) from error
    rows: list[list[float]] = []
    reader = csv.reader(io.StringIO(text), strict=True)
    while True:
        number = first + len(rows)
        try:
            cells = next(reader)
            if cells:
                rows.append([_number(cell) for cell in cells])
        except StopIteration:
            break
        except (ValueError, csv.Error) as error:
            raise CsvError(f": {error}", number) from error
        if cells:
            width = width or len(cells)
            _check_width(len(cells), width, number)
    return np.array(rows, float).reshape(len(rows), len(rows[0]) if rows else 0)


def _number(cell: str) -> float:
    if "_" in cell:  # Python's float reads 1_000
        raise ValueError(f"could not convert string to float: {cell!r}")
    return float(cell) if cell.strip() else float("nan")
