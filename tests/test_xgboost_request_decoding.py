"""Requests for predictions are decoded as in the container."""

import contextlib
import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import request_decoding
from helpers.local.containers.xgboost.text_validation import sniff_delimiter

assert xgboost_job


def test_csv():
    """CSV has rows of numbers without a label; empty cells are NaN, blank ends are ignored."""
    features, data_format = request_decoding.read(b"\n1,2,\n3,,nan\n\n", "text/csv", True)
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
    features, data_format = request_decoding.read(b"0:1 3:4\n9 1:2", None, False)
    assert data_format == "libsvm"
    assert features.toarray().tolist() == [[1, 0, 0, 4], [0, 2, 0, 0]]


def test_libsvm_shift():
    """3.2-0 counts indices from 1 if none is 0, and other versions leave them unchanged."""
    assert request_decoding.read_libsvm("1:5 2:6", True).toarray().tolist() == [[5, 6]]
    assert request_decoding.read_libsvm("1:5 2:6", False).toarray().tolist() == [[0, 5, 6]]
    assert request_decoding.read_libsvm("0:5 2:6", True).toarray().tolist() == [[5, 0, 6]]


def test_every_line_is_a_row():
    """A line without features also gets a prediction."""
    assert request_decoding.read_libsvm("0:1\n\n5\n1:1", False).shape == (4, 2)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (
            b"1,2\na,3",
            "text/csv",
            "Loading csv data failed with Exception, please ensure data is in csv format:\n"
            " <class 'ValueError'>\n could not convert string to float: 'a'",
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
        request_decoding.read(body, content_type, True)
    assert str(caught.value).startswith(text)


def test_ragged_rows():
    """Rows of different lengths are refused."""
    with pytest.raises(request_decoding.PayloadError, match="inhomogeneous shape"):
        request_decoding.read(b"1,2\n3,4,5", "text/csv", True)


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
        request_decoding.read(body, content_type, True)


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
