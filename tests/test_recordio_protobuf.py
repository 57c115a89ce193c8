"""RecordIO-protobuf is read and written."""

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit import recordio, recordio_protobuf
from helpers.local.containers.xgboost import training_data

assert xgboost_job

FLOAT = st.floats(-1e6, 1e6, width=32)


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(values, label=None, keys=(), shape=(), kind=2, dtype="<f4"):
    """Return a Record as SageMaker's SDKs write it."""
    tensor = field(1, np.asarray(values, dtype).tobytes())
    if keys:
        tensor += field(2, b"".join(map(varint, keys)))
    if shape:
        tensor += field(3, b"".join(map(varint, shape)))
    message = field(1, field(1, b"values") + field(2, field(kind, tensor)))
    if label is not None:
        scalar = field(2, field(1, struct.pack("<f", label)))
        message += field(2, field(1, b"values") + field(2, scalar))
    return recordio.write_frame(message)


def test_dense_records(tmp_path):
    """Dense float tensors and their labels become a matrix."""
    stream = record([1, 2], 7) + record([3, 4], 8, kind=3, dtype="<f8")
    features, labels = recordio_protobuf.to_matrix(stream)
    assert features.tolist() == [[1, 2], [3, 4]]
    assert labels.tolist() == [7, 8]
    (tmp_path / "part").write_bytes(stream)
    assert training_data.load(
        [tmp_path], training_data.Options("recordio-protobuf")
    ).get_label().tolist() == [7, 8]


def test_sparse_records():
    """The keys of sparse records place values in a row of the stated shape; the rest is missing."""
    stream = record([5], 0, keys=[300], shape=[400]) + record([6], 1, keys=[2], shape=[400])
    features, _ = recordio_protobuf.to_matrix(stream)
    assert features.shape == (2, 400)
    assert (features[0, 300], features[1, 2], features.nnz) == (5, 6, 2)


def test_dense_records_with_a_shape():
    """A record without keys is dense, also if it has a shape."""
    stream = record([1, 0, 3], 7, shape=[3]) + record([4, 5, 6], 8, shape=[3])
    features, _ = recordio_protobuf.to_matrix(stream)
    assert features.tolist() == [[1, 0, 3], [4, 5, 6]]


def test_dense_record_among_sparse_ones():
    """A dense row in a sparse matrix loses its zeros, and a record without features is skipped."""
    stream = record([1], 1, keys=[2], shape=[3]) + recordio.write_frame(b"") + record([4, 0, 6], 0)
    features, labels = recordio_protobuf.to_matrix(stream)
    assert features.toarray().tolist() == [[0, 0, 1], [4, 0, 6]]
    assert (features.nnz, labels.tolist()) == (3, [1, 0])


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (b"", "No records found in RecordIO-Protobuf data"),
        (b"1,2,3\n4,5", "not with the magic number"),
        (b"abc", "the middle of a RecordIO record"),
        (record([1])[:-4], "the middle of a RecordIO record"),
        (record([1]) + record([1, 2]), "Record 2 has 2 columns, and the first one 1"),
        (recordio.write_frame(b""), "No records found"),
        (record([1, 2], keys=[0, 3], shape=[4]) + record([], shape=[4]), "Record 2 has 0 columns"),
        (record([1], keys=[3]) + record([1], keys=[1]), "Record 2 has 2 columns, and the first"),
        (record([1], keys=[3], shape=[1, 4]), "column index 3 exceeds matrix dimension 1"),
    ],
)
def test_broken_streams(stream, text):
    """For a stream that isn't valid, the error says where."""
    with pytest.raises(ValueError, match=text):
        recordio_protobuf.to_matrix(stream)


@given(st.lists(st.lists(FLOAT, min_size=3, max_size=3), min_size=1, max_size=5))
def test_round_trip_of_labels(rows):
    """Labels that were written are read back."""
    stream = b"".join(
        recordio.write_frame(recordio_protobuf.write_record({"score": row})) for row in rows
    )
    read = [
        recordio_protobuf.read_record(frame)[1]["score"].values
        for frame in recordio_protobuf.read_frames(stream)
    ]
    assert np.array_equal(np.array(read), np.array(rows))


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_frames_round_trip(payloads):
    """A frame can contain any bytes."""
    stream = b"".join(map(recordio.write_frame, payloads))
    assert list(recordio_protobuf.read_frames(stream)) == payloads


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(junk):
    """Random bytes, in a frame or without one, raise only ValueError."""
    for stream in (junk, recordio.write_frame(junk)):
        with contextlib.suppress(ValueError):
            recordio_protobuf.to_matrix(stream)
