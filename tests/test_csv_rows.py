"""Rows of CSV are read and written as by Python's csv module."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform import csv_rows

FIELDS = st.lists(st.text("ab1 ,\"'.-é", max_size=6), min_size=1, max_size=5)


@given(FIELDS)
def test_round_trip(fields):
    """Rows that are written can be read by this module and by the csv module."""
    row = csv_rows.write(fields)
    assert csv_rows.read(row) == fields
    if row:  # the csv module takes an empty row for one without fields
        assert next(csv.reader([row], strict=True)) == fields


@given(FIELDS)
def test_reads_what_the_csv_module_writes(fields):
    """Unneeded quotes make no difference to the reader."""
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
    """Misplaced quotes, as in JSON sent as CSV, are refused in the words of AWS's logs."""
    with pytest.raises(ValueError, match="quote") as caught:
        csv_rows.read(row)
    assert str(caught.value) == text
