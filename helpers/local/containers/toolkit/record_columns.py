"""Read RecordIO-protobuf data whose records are all alike, many times faster than one by one.

In each record only the bytes of its numbers are located; the numbers of all records are then
decoded together. Any other data is left to `recordio_protobuf`, which also has the error texts.
"""

import struct
from typing import Any

import numpy as np

from helpers.local.containers.toolkit.recordio import MAGIC

FEATURES_TAG, LABEL_TAG = 0x0A, 0x12  # of a Record's maps
NAME, VALUE_TAG, FLOAT32_TAG = b"\x0a\x06values", 0x12, 0x12
PARTS = {0x0A: 0, 0x12: 1, 0x1A: 2}  # tag in a tensor: values, keys, shape
HEADER = struct.Struct("<II")
NO_LABEL = (b"", b"", b"")
BLOCK_RECORDS = 1000  # that are decoded together

Slices = tuple[bytes, bytes, bytes]  # values, keys and shape of a tensor


class _OtherFormError(Exception):
    """The data is not in the form that can be read quickly."""


def read(data: bytes) -> tuple[Any, np.ndarray] | None:
    """Return features and labels of data whose records are all alike.

    Alike means: float32, one label or none, and all dense with the same length, or all sparse with
    the same shape.

    Returns
    -------
    tuple or None
        Features of shape (rows, columns), a numpy array or a CSR matrix, and labels of shape
        (rows,) or (0,), all float32; None for other data.
    """
    try:
        records = _records(data)
        if not records:
            return None
        labels = np.frombuffer(b"".join(label[0] for _, label in records), "<f4")
        if len(labels) != len(records) and any(label[0] for _, label in records):
            return None
        features = [tensor for tensor, _ in records]
        return (_sparse if features[0][1] else _dense)(features), labels
    except (_OtherFormError, IndexError, struct.error):
        return None


def decode_varints(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Decode protocol buffers' packed numbers.

    Returns
    -------
    numbers : numpy.ndarray
        Shape (n,), int64.
    ends : numpy.ndarray
        Shape (n,), the position after each number.
    """
    data = np.frombuffer(content, np.uint8)
    last = np.flatnonzero(data < 128)
    if len(data) and (not len(last) or last[-1] != len(data) - 1):
        raise _OtherFormError
    starts = np.concatenate(([0], last[:-1] + 1)) if len(last) else last
    lengths = last - starts + 1
    longest = int(lengths.max(initial=0))
    if longest > 8:  # 56 bits: no column has such a number
        raise _OtherFormError
    numbers = (data[starts] & 127).astype(np.int64)
    for index in range(1, longest):  # of a byte in its number
        longer = np.flatnonzero(lengths > index)
        numbers[longer] |= (data[starts[longer] + index] & np.int64(127)) << (7 * index)
    return numbers, last + 1


def _records(data: bytes) -> list[tuple[Slices, Slices]]:
    """Return the tensors of features and label of each record."""
    records, position, end = [], 0, len(data)
    while position < end:
        magic, length = HEADER.unpack_from(data, position)
        position += 8
        if magic != MAGIC or position + length > end or length >> 29:
            raise _OtherFormError
        records.append(_record(data, position, position + length))
        position += length + (-length) % 4
    return records


def _record(data: bytes, position: int, end: int) -> tuple[Slices, Slices]:
    features = label = None
    while position < end:
        tag = data[position]
        length, position = _length(data, position + 1, end)
        if tag == FEATURES_TAG and features is None:
            features = _tensor(data, position, position + length)
        elif tag == LABEL_TAG and label is None:
            label = _tensor(data, position, position + length)
        else:
            raise _OtherFormError
        position += length
    if features is None or not features[0] or (label and (label[1] or len(label[0]) != 4)):
        raise _OtherFormError
    return features, label or NO_LABEL


def _tensor(data: bytes, position: int, end: int) -> Slices:
    """Return the slices of the float32 tensor in an entry named `values`."""
    if data[position : position + 8] != NAME or data[position + 8] != VALUE_TAG:
        raise _OtherFormError
    length, position = _length(data, position + 9, end)
    if position + length != end or data[position] != FLOAT32_TAG:
        raise _OtherFormError
    length, position = _length(data, position + 1, end)
    if position + length != end:
        raise _OtherFormError
    parts = [b"", b"", b""]
    while position < end:
        tag = data[position]
        length, position = _length(data, position + 1, end)
        part = PARTS.get(tag)
        if part is None or parts[part]:
            raise _OtherFormError
        parts[part] = data[position : position + length]
        position += length
    return parts[0], parts[1], parts[2]


def _length(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return a length and the position after it."""
    number = data[position]
    position += 1
    if number > 127:
        number &= 127
        shift = 7
        while True:
            byte = data[position]
            position += 1
            number |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
    if position + number > end:
        raise _OtherFormError
    return number, position


def _dense(features: list[Slices]) -> np.ndarray:
    size = len(features[0][0])
    if size % 4 or any(len(values) != size or keys for values, keys, _ in features):
        raise _OtherFormError
    table = np.frombuffer(b"".join(values for values, _, _ in features), "<f4")
    return table.reshape(len(features), -1)


def _sparse(features: list[Slices]) -> Any:
    import scipy.sparse

    columns = _one_number(features[0][2])
    if any(shape != features[0][2] for _, _, shape in features):
        raise _OtherFormError
    blocks = [
        _sparse_block(features[start : start + BLOCK_RECORDS], columns)
        for start in range(0, len(features), BLOCK_RECORDS)
    ]
    values, keys, counts = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    starts = np.concatenate(([0], np.cumsum(counts)))
    return scipy.sparse.csr_matrix((values, keys, starts), shape=(len(features), columns))


def _one_number(content: bytes) -> int:
    numbers, _ = decode_varints(content)
    if len(numbers) != 1 or numbers[0] > np.iinfo(np.int32).max:
        raise _OtherFormError
    return int(numbers[0])


def _sparse_block(features: list[Slices], columns: int) -> tuple[np.ndarray, ...]:
    """Return the values and keys of some records, and how many each record has."""
    keys, ends = decode_varints(b"".join(keys for _, keys, _ in features))
    sizes = np.cumsum([len(keys) for _, keys, _ in features])
    counts = np.diff(np.searchsorted(ends, sizes, side="right"), prepend=0)
    lengths = np.array([len(values) for values, _, _ in features])
    if (lengths != 4 * counts).any() or (counts == 0).any() or (keys >= columns).any():
        raise _OtherFormError
    values = np.frombuffer(b"".join(values for values, _, _ in features), "<f4")
    return values, keys.astype(np.int32), counts
