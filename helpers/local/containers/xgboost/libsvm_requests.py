"""Read the libsvm lines of a request: in bulk where they are plain, else item by item.

The container reads item by item: one with a colon is ``index:value``, all others are ignored, so a
label may be there or not (`serve_utils.py` of the open container).
"""

import warnings
from collections.abc import Iterator

import numpy as np

from helpers.local.containers.toolkit import number_bytes

CHUNK_BYTES = 64 * 1024
MAX_DIGITS = 9  # of a number that is read in bulk: it fits into 32 bits
SEPARATORS = b" :\n"
NEWLINE, COLON = ord("\n"), ord(":")

Items = tuple[np.ndarray, np.ndarray, np.ndarray]


def read(text: str) -> Items:
    """Return the row, the column and the value of each item.

    Parameters
    ----------
    text
        The lines of a request.

    Returns
    -------
    rows, columns, values : numpy.ndarray
        Shape (items,), in the order of the text.

    Raises
    ------
    ValueError
        For an index that isn't a whole number, or a value that isn't a number.
    """
    parts, first_row = [], 0
    for chunk in _chunks(text.encode()):
        items = _read_bulk(chunk)
        if items is None:
            items = _read_items(chunk.decode())
        rows, columns, values = items
        parts.append((rows + first_row, columns, values))
        first_row += chunk.count(b"\n")
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return rows, columns, values


def _chunks(text: bytes) -> Iterator[bytes]:
    """Yield the text in pieces of whole lines, at least one."""
    start = 0
    while True:
        end = text.find(b"\n", start + CHUNK_BYTES) + 1 or len(text)
        yield text[start:end]
        start = end
        if start >= len(text):
            return


def _read_items(text: str) -> Items:
    rows, columns, values = [], [], []
    for row, line in enumerate(text.split("\n")):
        for item in line.split(" "):
            index, colon, value = item.partition(":")
            if colon:
                rows.append(row)
                columns.append(int(index))
                values.append(float(value.split(":")[0]))
    return np.array(rows, np.int64), np.array(columns, np.int64), np.array(values, float)


def _read_bulk(chunk: bytes) -> Items | None:
    """Read lines of numbers with one space or colon between them; None for any other text."""
    text = chunk if chunk.endswith(b"\n") else chunk + b"\n"
    data = np.frombuffer(text, np.uint8)
    digit = (data - 48) < 10
    separator = (data == ord(" ")) | (data == COLON) | (data == NEWLINE)
    if separator[0] or (separator[:-1] & separator[1:]).any():
        return None
    ends = np.flatnonzero(separator)
    starts = np.concatenate(([0], ends[:-1] + 1))
    kinds = data[ends]
    is_index = kinds == COLON
    is_value = np.concatenate(([False], is_index[:-1]))
    if (is_index & is_value).any():  # 1:2:3
        return None
    if (digit | separator).all():
        numbers = _integers(data, starts, ends)
    else:
        numbers = _decimals(text, len(ends), np.flatnonzero(~(digit | separator)), ends, is_index)
    if numbers is None:
        return None
    rows = np.cumsum(kinds == NEWLINE)
    rows -= kinds == NEWLINE  # the newline after a number belongs to its row
    columns = numbers[is_index].astype(np.int64)
    return rows[is_value], columns, numbers[is_value].astype(float)


def _integers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Return the whole numbers between positions; None if one is too long."""
    lengths = ends - starts
    longest = int(lengths.max())
    if longest > MAX_DIGITS:
        return None
    numbers = np.zeros(len(ends), np.int32)
    weight = 1
    for back in range(1, longest + 1):
        digits = (data[ends - back] - 48).astype(np.int32) * weight
        numbers += np.where(lengths >= back, digits, 0) if back > 1 else digits
        weight *= 10
    return numbers


def _decimals(
    text: bytes, count: int, others: np.ndarray, ends: np.ndarray, is_index: np.ndarray
) -> np.ndarray | None:
    """Return `count` decimal numbers; None if they aren't all, or an index has a fraction.

    Parameters
    ----------
    text
        The numbers and separators.
    count
        How many there are.
    others
        The positions of what is neither a digit nor a separator.
    ends, is_index
        Where each number ends, and whether it is an index.
    """
    if is_index[np.searchsorted(ends, others)].any():
        return None
    if not number_bytes.only_numbers(b"\n" + text, SEPARATORS):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a text that ends too soon
        numbers = np.fromstring(text.replace(b":", b" "), sep=" ")
    return numbers if len(numbers) == count else None
