"""RecordIO-protobuf data whose records are all alike is read at once, with the same result."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from test_recordio_protobuf import FLOAT, record, varint

from helpers.local.containers.toolkit import record_columns, recordio_protobuf


def one_by_one(stream: bytes) -> tuple:
    """Return what `to_matrix` reads without the quick way, or the text of its error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_columns, "read", lambda data: None)
        try:
            return recordio_protobuf.to_matrix(stream)
        except ValueError as error:
            return (str(error),)


def assert_equal(found: tuple, expected: tuple) -> None:
    for one, other in zip(found, expected, strict=True):
        assert scipy.sparse.issparse(one) == scipy.sparse.issparse(other)
        one, other = (x.toarray() if scipy.sparse.issparse(x) else x for x in (one, other))
        np.testing.assert_array_equal(one, other)


SPARSE_ROW = st.dictionaries(st.integers(0, 299), FLOAT, min_size=1, max_size=6)
DENSE_ROW = st.lists(FLOAT, min_size=3, max_size=3)


@given(st.lists(st.tuples(SPARSE_ROW, FLOAT), min_size=1, max_size=5), st.booleans())
def test_sparse_records_are_read_at_once(rows, labelled):
    """Sparse records with one shape give the same matrix as one by one."""
    stream = b"".join(
        record(list(row.values()), label if labelled else None, keys=list(row), shape=[300])
        for row, label in rows
    )
    found = record_columns.read(stream)
    assert found is not None
    assert_equal(found, one_by_one(stream))


@given(st.lists(st.tuples(DENSE_ROW, FLOAT), min_size=1, max_size=5), st.booleans())
def test_dense_records_are_read_at_once(rows, labelled):
    """Dense records give the same matrix as one by one."""
    stream = b"".join(record(row, label if labelled else None) for row, label in rows)
    found = record_columns.read(stream)
    assert found is not None
    assert_equal(found, one_by_one(stream))


@given(
    st.lists(
        st.tuples(
            st.lists(FLOAT, max_size=3),
            st.lists(st.integers(0, 5), max_size=3),
            st.lists(st.integers(0, 5), max_size=2),
            st.none() | FLOAT,
            st.sampled_from([2, 2, 2, 3]),
        ),
        max_size=3,
    )
)
def test_other_records_are_left_to_the_slow_way(rows):
    """Whatever the quick way reads, it reads as one by one; the rest it leaves."""
    stream = b"".join(
        record(values, label, keys, shape, kind, "<f4" if kind == 2 else "<f8")
        for values, keys, shape, label, kind in rows
    )
    found = record_columns.read(stream)
    if found is not None:
        assert_equal(found, one_by_one(stream))


@given(st.lists(SPARSE_ROW, min_size=1, max_size=3), st.data())
def test_damaged_data_is_never_read_otherwise(rows, data):
    """Data with one byte changed is read as one by one, or left to that."""
    stream = bytearray(
        b"".join(record(list(row.values()), 1, keys=list(row), shape=[300]) for row in rows)
    )
    stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    found = record_columns.read(bytes(stream))
    if found is not None:
        expected = one_by_one(bytes(stream))
        assert len(expected) == 2, expected
        assert_equal(found, expected)


@given(st.lists(st.integers(0, 2**50), max_size=20))
def test_varints_are_decoded(numbers):
    """All packed numbers are decoded, and the position after each is known."""
    content = b"".join(map(varint, numbers))
    decoded, ends = record_columns.decode_varints(content)
    assert decoded.tolist() == numbers
    assert ends.tolist() == np.cumsum([len(varint(number)) for number in numbers]).tolist()


@given(st.binary(max_size=60))
def test_any_bytes_are_left_or_read(junk):
    """Random bytes never raise."""
    record_columns.read(junk)
