"""Rows of CSV, as Python's csv module reads and writes them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform import csv_rows

FIELDS = st.lists(st.text("ab1 ,\"'.-é", max_size=6), min_size=1, max_size=5)


@given(FIELDS)
def test_round_trip(fields):
    """What is written is read again, by us and by the csv module."""
    row = csv_rows.write(fields)
    assert csv_rows.read(row) == fields
    if row:  # the csv module takes an empty row for one without fields
        assert next(csv.reader([row], strict=True)) == fields


@given(FIELDS)
def test_reads_what_the_csv_module_writes(fields):
    """Quotes that weren't needed make no difference."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        file = io.StringIO()
        csv.writer(file, quoting=quoting, lineterminator="").writerow(fields)
        assert csv_rows.read(file.getvalue()) == fields


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ('1,a"b', 'bare " in non quoted field found near: a"b'),
        ('"a"b,1', 'extraneous or missing " in quoted field found near: "a"b,1'),
        ('1,"a', 'extraneous or missing " in quoted field found near: "a'),
        ('{"a": 1}', 'bare " in non quoted field found near: {"a": 1}'),
    ],
)
def test_misplaced_quotes(row, text):
    """JSON sent as CSV ends here, in the words that AWS's logs have."""
    with pytest.raises(ValueError, match="quote") as caught:
        csv_rows.read(row)
    assert str(caught.value) == text
