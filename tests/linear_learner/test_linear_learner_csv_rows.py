"""CSV of numbers is parsed quickly, and as the slow way parses it."""

import contextlib
import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.containers.linear_learner import csv_rows

NUMBER = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**9), 10**9).map(str),
    st.sampled_from(["+1", "-.5", "1.", "2E3", "1e-5", "007"]),
)


def table(width: int):
    return st.lists(st.lists(NUMBER, min_size=width, max_size=width), min_size=1, max_size=6)


@given(st.integers(1, 4).flatmap(table), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_numbers_are_parsed(rows, end, is_ended):
    """Every decimal number is parsed as Python's float does, with both line ends."""
    text = end.join(",".join(row) for row in rows) + (end if is_ended else "")
    expected = [[float(cell) for cell in row] for row in rows]
    np.testing.assert_array_equal(csv_rows.parse(text.encode()), expected)


@given(st.text(alphabet='0123456789.,-+eE \n\r"_naifx;', max_size=30))
def test_any_text_is_parsed_or_refused(text):
    """Any text becomes the numbers that Python's csv and float read, or a CsvError."""
    try:
        cells = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
        expected = [[float(c) if c.strip() else math.nan for c in row] for row in cells]
        readable = len({len(row) for row in expected}) <= 1 and "_" not in text
    except (ValueError, csv.Error):
        readable = False
    if readable:
        found = csv_rows.parse(text.encode())
        np.testing.assert_array_equal(found, np.array(expected).reshape(found.shape))
        assert len(found) == len(expected)
    else:
        with pytest.raises(csv_rows.CsvError):
            csv_rows.parse(text.encode())


@given(st.binary(max_size=40))
def test_any_bytes_are_parsed_or_refused(content):
    """Random bytes raise nothing but CsvError."""
    with contextlib.suppress(csv_rows.CsvError):
        assert csv_rows.parse(content).ndim == 2


@pytest.mark.parametrize(
    ("content", "row", "text"),
    [
        (b"1,2\n3,x\n", 1, "row 2: could not convert string to float: 'x'"),
        (b"label,a\n1,2\n", 0, "row 1: could not convert string to float: 'label'"),
        (b"1,2\n3\n", 1, "row 2 has 1 cells, and the first row has 2"),
        (b"1,2\n\xff,3\n", 1, "row 2 is not UTF-8"),
        (b"1,2_0\n", 0, "row 1: could not convert string to float: '2_0'"),
    ],
)
def test_the_row_of_an_error(content, row, text):
    """An error has the number of its row."""
    with pytest.raises(csv_rows.CsvError, match=text) as refused:
        csv_rows.parse(content)
    assert refused.value.row == row


def test_empty_cells_are_nan():
    """An empty cell is a missing value."""
    found = csv_rows.parse(b"1,,3\n,5,6\n")
    np.testing.assert_array_equal(found, [[1, math.nan, 3], [math.nan, 5, 6]])


@given(st.lists(st.sampled_from(["1,2", "3,4", "", " 5,6", "7,x", "8", "nan,1"]), max_size=12))
def test_blocks_make_no_difference(lines):
    """A file parsed in blocks gives the same numbers, or the same error, as in one piece."""
    text = "\n".join(lines).encode()

    def outcome(size: int) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_rows, "BLOCK_BYTES", size)
            try:
                return csv_rows.parse(text).tolist()
            except csv_rows.CsvError as error:
                return str(error), error.row

    assert repr(outcome(5)) == repr(outcome(1000))


def test_large_files_are_checked_in_blocks():
    """A word far behind the first block of a file is found."""
    rows = b"1,2\n" * 600_000
    assert csv_rows.parse(rows).shape == (600_000, 2)
    with pytest.raises(csv_rows.CsvError, match="row 600001"):
        csv_rows.parse(rows + b"1,b\n")


def test_numbers_too_large_for_32_bits():
    """A number that float32 can't hold is infinite."""
    assert csv_rows.parse(b"1e39\n", np.float32).tolist() == [[math.inf]]
