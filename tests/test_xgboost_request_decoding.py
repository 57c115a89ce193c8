"""Requests for predictions are decoded as in the container."""

import contextlib
import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import libsvm_requests, request_decoding
from helpers.local.containers.xgboost.text_validation import sniff_delimiter
from helpers.local.containers.xgboost.versions import VERSIONS

assert xgboost_job
NEWEST, OLDER = VERSIONS["3.2-0"], VERSIONS["1.7-1"]


def test_csv():
    """CSV has rows of numbers without a label; empty cells are NaN, blank ends are ignored."""
    features, data_format = request_decoding.read(b"\n1,2,\n3,,nan\n\n", "text/csv", NEWEST)
    assert data_format == "csv"
    expected = np.array([[1, 2, np.nan], [3, np.nan, np.nan]])
    assert np.array_equal(features, expected, equal_nan=True)


@pytest.mark.parametrize("delimiter", [";", "\t", " "])
def test_csv_delimiters(delimiter):
    """The delimiter of CSV is detected."""
    body = "\n".join(delimiter.join(row) for row in (["1.5", "2.5"], ["3.5", "4.5"]))
    assert request_decoding.read_csv(body).tolist() == [[1.5, 2.5], [3.5, 4.5]]


def test_libsvm_is_the_default():
    """Without a content type a body is read as libsvm, with absent values missing."""
    features, data_format = request_decoding.read(b"0:1 3:4\n9 1:2", None, OLDER)
    assert data_format == "libsvm"
    assert features.toarray().tolist() == [[1, 0, 0, 4], [0, 2, 0, 0]]


def test_libsvm_shift():
    """3.2-0 counts indices from 1 if none is 0, and other versions leave them unchanged."""
    assert request_decoding.read_libsvm("1:5 2:6", True).toarray().tolist() == [[5, 6]]
    assert request_decoding.read_libsvm("1:5 2:6", False).toarray().tolist() == [[0, 5, 6]]
    assert request_decoding.read_libsvm("0:5 2:6", True).toarray().tolist() == [[5, 0, 6]]


def test_every_line_up_to_the_last_value_is_a_row(caplog):
    """A line without features gets a prediction, except at the end, as on AWS; the log says so."""
    assert request_decoding.read_libsvm("0:1\n\n5\n1:1", False).shape == (4, 2)
    assert not caplog.text
    assert request_decoding.read_libsvm("0:1\n1:1\n5\n0", False).shape == (2, 2)
    assert "The last 2 lines of the request have no index:value pair" in caplog.text


def test_shift_is_named_once(caplog):
    """The first request whose columns are shifted gets a warning, later ones don't."""
    request_decoding._warn_about_shift.cache_clear()
    request_decoding.read_libsvm("0:5", True)
    assert not caplog.text
    for _ in range(2):
        request_decoding.read_libsvm("1:5", True)
    assert caplog.text.count("counts its indices from 1") == 1


@pytest.mark.parametrize("cell", ["inf", "-inf", "1e39"])
@pytest.mark.parametrize("line", ["1,{}", "0:1 1:{}"])
def test_numbers_without_an_end(cell, line):
    """What is infinite in 32 bits is refused with xgboost's text, without its stack trace."""
    content_type = "text/csv" if "," in line else "text/libsvm"
    with pytest.raises(request_decoding.PayloadError, match="Input data contains `inf`") as caught:
        request_decoding.read(line.format(cell).encode(), content_type, NEWEST)
    assert "Stack trace" not in str(caught.value)


def test_text_in_old_images():
    """Images with numpy 1 quote a cell that isn't a number without its type."""
    with pytest.raises(request_decoding.PayloadError, match=r"to float: 'a'$"):
        request_decoding.read(b"1,2\na,3", "text/csv", OLDER)


@given(st.text("0019.:: \n-e", max_size=20))
def test_bulk_reading_is_the_same(text):
    """Lines that are read in bulk have the same rows, columns and values as item by item."""
    items = libsvm_requests._read_bulk(text.encode())
    if items is not None:
        expected = libsvm_requests._read_items(text)
        assert all(np.array_equal(a, b) for a, b in zip(items, expected, strict=True))


@pytest.mark.parametrize("line", ["1 0:2 30:4", "0:1.5 7:-2e-05", "5:123456789", "2"])
def test_plain_lines_are_read_in_bulk(line, monkeypatch):
    """Numbers of any usual form don't need the slow way; many chunks are one matrix."""
    monkeypatch.setattr(libsvm_requests, "CHUNK_BYTES", 40)
    text = "\n".join([line] * 20)
    expected = libsvm_requests._read_items(text)
    monkeypatch.setattr(libsvm_requests, "_read_items", None)
    found = libsvm_requests.read(text)
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (
            b"1,2\na,3",
            "text/csv",
            "Loading csv data failed with Exception, please ensure data is in csv format:\n"
            " <class 'ValueError'>\n could not convert string to float: np.str_('a')",
        ),
        (
            b'{"data":[1',
            "text/csv",
            "Loading csv data failed with Exception, please ensure data is in csv format:\n ",
        ),
        (
            b"1,2,3",
            None,
            "Loading libsvm data failed with Exception, please ensure data is in libsvm format:\n"
            " <class 'ValueError'>\n cannot infer dimensions from zero sized index arrays",
        ),
        (
            b"1,2,3",
            "application/x-recordio-protobuf",
            "Loading recordio-protobuf data failed with Exception, please ensure data is in ",
        ),
        (b"1", "application/x-parquet", "Content-type application/x-parquet is not supported."),
    ],
)
def test_refusals(body, content_type, text):
    """A body that doesn't match its content type is refused."""
    with pytest.raises(request_decoding.PayloadError) as caught:
        request_decoding.read(body, content_type, NEWEST)
    assert str(caught.value).startswith(text)


def test_ragged_rows():
    """Rows of different lengths are refused."""
    with pytest.raises(request_decoding.PayloadError, match="inhomogeneous shape"):
        request_decoding.read(b"1,2\n3,4,5", "text/csv", NEWEST)


NUMBER = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(st.lists(NUMBER, min_size=2, max_size=2), min_size=1, max_size=4))
def test_csv_round_trip(rows):
    """Written CSV is read back, with empty cells as NaN."""
    rows[0][0] = 1.0  # a body's blank ends are cut off
    rows[-1][-1] = 1.0
    text = "\n".join(",".join("" if v is None else repr(v) for v in row) for row in rows)
    expected = np.array([[np.nan if v is None else v for v in row] for row in rows])
    assert np.array_equal(request_decoding.read_csv(text), expected, equal_nan=True)


@given(
    st.lists(
        st.dictionaries(st.integers(0, 50), st.floats(-1e9, 1e9), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_libsvm_round_trip(rows):
    """Written libsvm is read back, each value at its index."""
    text = "\n".join(" ".join(f"{k}:{v!r}" for k, v in row.items()) for row in rows)
    matrix = request_decoding.read_libsvm(text, False)
    for number, row in enumerate(rows):
        assert all(matrix[number, index] == value for index, value in row.items())


@given(
    st.binary(max_size=50),
    st.sampled_from(["text/csv", "libsvm", None, "application/x-recordio-protobuf"]),
)
def test_any_body_is_read_or_refused(body, content_type):
    """Any body is read or refused by an answer to the client, without another exception."""
    with contextlib.suppress(request_decoding.PayloadError, UserError):
        request_decoding.read(body, content_type, NEWEST)


@given(st.text("0123456789.,;: -eabc\t", min_size=1, max_size=30))
def test_delimiter_is_the_sniffers(line):
    """The fast detection of the delimiter agrees with Python's sniffer."""
    try:
        expected = csv.Sniffer().sniff(line).delimiter
    except csv.Error:
        with pytest.raises(csv.Error):
            sniff_delimiter(line)
        return
    assert sniff_delimiter(line) == expected
