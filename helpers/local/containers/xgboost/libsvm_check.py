"""Refuse what the libsvm format doesn't allow, before xgboost reads it.

xgboost's reader skips over what it doesn't understand, and some rows that it accepts end the
process by a signal in training. A line is ``label[:weight] [qid:number] index:value ...``, and a
comment begins with `#`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from helpers.local.containers.toolkit import number_bytes
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log

CHUNK_BYTES = 64 * 1024
MAX_INDEX = 2**31 - 1
_NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LABEL = re.compile(rb"(?:%s|[+-]?(?i:nan|inf|infinity))(?::%s)?" % (_NUMBER, _NUMBER))
_PAIR = re.compile(rb"(?:qid:\d{1,19}|(\d{1,10}):%s)" % _NUMBER)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BOUNDARIES = b" :\n"


def check(file: Path, name: str, one_based_requests: bool = False) -> None:
    """Check each line of a file; log a warning if requests would be read in another way.

    Parameters
    ----------
    file
        The file.
    name
        As messages call it.
    one_based_requests
        Whether the image counts the indices of a request from 1 if none is 0: then a file whose
        indices count from 1 gets the warning.

    Raises
    ------
    UserError
        With the number of the first line that isn't libsvm.
    """
    has_pairs = has_zero = False
    for first_line, chunk in _chunks(file):
        if not _is_clean(chunk):
            _check_lines(chunk, first_line, name)
        has_pairs = has_pairs or b":" in chunk
        has_zero = has_zero or b" 0:" in chunk or b"\t0:" in chunk
    if one_based_requests and has_pairs and not has_zero:
        log.warning(
            "No row of %s has an index 0. In training the indices are used as written, so that "
            "column 0 is empty; but image 3.2-0 shifts the columns of a libsvm request without "
            "index 0 by one, and then predicts from the wrong columns, on AWS too. What to do: "
            "count from 0 (sklearn.datasets.dump_svmlight_file does), or send CSV requests.",
            name,
        )


def _chunks(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the file in chunks of whole lines, each with the number of its first line."""
    line = 1
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES) + source.readline():
            yield line, chunk
            line += chunk.count(b"\n")


def _is_clean(chunk: bytes) -> bool:
    """Tell whether all lines of a chunk are certainly libsvm, without looking at each."""
    text = b"\n" + chunk.replace(b"\r\n", b"\n") + b"\n"
    text = text.replace(b" \n", b"\n")
    if not number_bytes.only_numbers(text, _BOUNDARIES):
        return False
    data = np.frombuffer(text, np.uint8)
    digit = (data - 48) < 10
    colon = data == ord(":")
    if (colon[1:-1] & ~(digit[:-2] & (data[2:] > ord(" ")))).any():  # nothing before or after
        return False
    sign = (data == ord("-")) | (data == ord("+"))
    if (sign[1:] & (data[:-1] == ord(" "))).any():  # an index can't have a sign
        return False
    # Without digits and the values' signs, points and exponents, a line is "\n", then " :" for each
    # pair: a long index, or a value without an index, is seen in the order of the rest.
    skeleton = np.frombuffer(text.translate(None, b"0123456789+-"), np.uint8)
    previous, following = skeleton[:-1], skeleton[1:]
    space, point = ord(" "), ord(".")
    index_ends = (previous != space) | (following == ord(":"))
    pair_begins = (following != ord(":")) | (previous == space)
    fraction = (following != point) | (previous == ord(":")) | (previous == ord("\n"))
    return bool((index_ends & pair_begins & fraction).all()) and not _has_long_index(digit, colon)


def _has_long_index(digit: np.ndarray, colon: np.ndarray) -> bool:
    """Tell whether ten digits precede a colon."""
    end = np.flatnonzero(colon)
    end = end[end >= 10]
    run = np.ones(len(end), bool)
    for back in range(1, 11):
        run &= digit[end - back]
    return bool(run.any())


def _check_lines(chunk: bytes, first_line: int, name: str) -> None:
    for number, line in enumerate(chunk.split(b"\n"), first_line):
        tokens = line.removeprefix(_BYTE_ORDER_MARK).partition(b"#")[0].split()
        for position, token in enumerate(tokens):
            if not (_is_pair(token) if position else _LABEL.fullmatch(token)):
                what = "an index:value pair" if position else "a label"
                shown = token[:50].decode(errors="replace")
                raise UserError(
                    f"Failed to load libsvm data with exception:\nFile '{name}', line {number}: "
                    f"expected {what}, got '{shown}'. A libsvm line is a label, then index:value "
                    "pairs with whole numbers from 0 as indices, separated by spaces."
                )


def _is_pair(token: bytes) -> bool:
    match = _PAIR.fullmatch(token)
    return match is not None and (match[1] is None or int(match[1]) <= MAX_INDEX)
