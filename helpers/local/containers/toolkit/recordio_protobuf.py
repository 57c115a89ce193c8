"""RecordIO-protobuf, SageMaker's binary format, read and written.

RecordIO frames contain messages `Record` (AWS developer guide, "Common Data Formats for Training"):
features and label are maps from a name to a tensor with packed values, keys and shape.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np

from helpers.local.containers.toolkit import record_columns, recordio

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers
FEATURES, LABEL = 1, 2  # fields of Record
TENSORS = {2: np.dtype("<f4"), 3: np.dtype("<f8"), 7: None}  # fields of Value; 7 is int32
VALUES, KEYS, SHAPE = 1, 2, 3  # fields of a tensor


class Tensor:
    """A tensor of one record.

    Parameters
    ----------
    values
        Shape (n,), floats.
    keys
        Shape (n,), the columns of sparse values; empty for dense ones.
    shape
        Of the whole tensor, for example ``[columns]``; empty if it isn't given.
    """

    def __init__(self, values: np.ndarray, keys: np.ndarray, shape: np.ndarray):
        self.values = values
        self.keys = keys
        self.shape = shape


def read_frames(data: bytes) -> Iterator[bytes]:
    """Yield the records in RecordIO data. Raises ValueError for other data, or split records."""
    for frame in recordio.read_frames(BytesIO(data)):
        if frame.part != recordio.WHOLE:
            raise ValueError("The data has a RecordIO record in parts, which is not supported")
        yield frame.data


def read_record(record: bytes) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the features and the labels of a `Record`, by name.

    Raises
    ------
    ValueError
        If it isn't a protocol buffers message of that form.
    """
    features: dict[str, Tensor] = {}
    labels: dict[str, Tensor] = {}
    for field, content in _fields(record):
        if field in (FEATURES, LABEL):
            entry = dict(_fields(_message(content)))
            name = _message(entry.get(1, b"")).decode(errors="replace")
            tensor = _read_value(_message(entry.get(2, b"")))
            if tensor is not None:
                (features if field == FEATURES else labels)[name] = tensor
    return features, labels


def write_record(labels: dict[str, list[float]]) -> bytes:
    """Return a `Record` with labels only, each a float32 tensor of shape (n,)."""
    entries = []
    for name, values in labels.items():
        packed = np.asarray(values, "<f4").tobytes()
        value = _field(2, _field(VALUES, packed))
        entries.append(_field(LABEL, _field(1, name.encode()) + _field(2, value)))
    return b"".join(entries)


def _read_value(value: bytes) -> Tensor | None:
    for field, content in _fields(value):
        if field in TENSORS:
            return _read_tensor(_message(content), TENSORS[field])
    return None


def _read_tensor(message: bytes, dtype: np.dtype | None) -> Tensor:
    parts: dict[int, list[Any]] = {VALUES: [], KEYS: [], SHAPE: []}
    for field, content in _fields(message):
        if field in parts:
            floats = dtype if field == VALUES else None
            parts[field].append(_numbers(content, floats))
    joined = {
        field: np.concatenate(pieces) if pieces else np.empty(0) for field, pieces in parts.items()
    }
    values = joined[VALUES]
    if dtype is None:  # int32: varints are unsigned, of 64 bits
        values = values.astype(np.uint64).astype(np.int64)
    return Tensor(values.astype(float), joined[KEYS].astype(np.int64), joined[SHAPE].astype(int))


def _numbers(content: int | bytes, floats: np.dtype | None) -> np.ndarray:
    """Return a repeated number: packed, or a single one as old writers store it."""
    if isinstance(content, int):
        return np.array([content], np.uint64)
    if floats is not None:
        return np.frombuffer(content, floats)
    numbers, position = [], 0
    while position < len(content):
        number, position = _varint(content, position)
        numbers.append(number)
    return np.array(numbers, np.uint64)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a protocol buffers message: number and content."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        wire = tag & 7
        if wire == VARINT:
            content, position = _varint(message, position)
            yield tag >> 3, content
            continue
        if wire == LENGTH:
            length, position = _varint(message, position)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"Not a protobuf message: wire type {wire}")
        if len(message) - position < length:
            raise ValueError("A protobuf message ends within a field")
        yield tag >> 3, message[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number & (2**64 - 1), position
        shift += 7
    raise ValueError("A protobuf message ends within a number")


def _message(content: int | bytes) -> bytes:
    if isinstance(content, int):
        raise ValueError("Not a protobuf message: a number where a message should be")
    return content


def _field(number: int, content: bytes) -> bytes:
    length, size = bytearray(), len(content)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | LENGTH]) + bytes(length) + content


def to_matrix(data: bytes) -> tuple[Any, np.ndarray]:
    """Convert RecordIO-protobuf data to a matrix and labels, as the open container does.

    A record with keys is a sparse row of ``shape[0]`` columns, or up to its largest key without a
    shape; one without keys is dense, whatever its shape; one without features is skipped (source:
    `recordio_protobuf.py` there).

    Returns
    -------
    features : numpy.ndarray or scipy.sparse.csr_matrix
        Shape (rows, columns); CSR if a record is sparse.
    labels : numpy.ndarray
        Shape (rows,), or (0,) if the records have none.

    Raises
    ------
    ValueError
        If the data is empty, damaged, or its rows have different numbers of columns.
    """
    alike = record_columns.read(data)
    if alike is not None:
        return alike
    rows, labels = [], []
    for frame in read_frames(data):
        features, label = read_record(frame)
        if "values" in features:
            rows.append(features["values"])
            if "values" in label:
                labels.append(label["values"].values)
    all_labels = np.concatenate(labels) if labels else np.empty(0)
    if not rows:
        raise ValueError("No records found in RecordIO-Protobuf data")
    widths = [_width(row) for row in rows]
    for number, (row, width) in enumerate(zip(rows, widths, strict=True), 1):
        _check_row(row, width, widths[0], number)
    if not any(len(row.keys) for row in rows):
        return np.stack([row.values for row in rows]), all_labels
    return _sparse(rows, widths[0]), all_labels


def _width(row: Tensor) -> int:
    """Return the number of columns of a row."""
    if not len(row.keys):
        return len(row.values)
    return int(row.shape[0]) if len(row.shape) else int(row.keys.max()) + 1


def _check_row(row: Tensor, width: int, first_width: int, number: int) -> None:
    """Raise ValueError for a row that doesn't fit to the first one, or to its own shape."""
    if len(row.keys):
        if len(row.keys) != len(row.values):
            raise ValueError(f"Record {number} has {len(row.keys)} keys, {len(row.values)} values")
        if row.keys.max() >= width:
            raise ValueError(
                f"Record {number}: column index {row.keys.max()} exceeds matrix dimension {width}, "
                "the first number of its shape. What to do: write the shape as [columns]."
            )
    if width != first_width:
        raise ValueError(
            f"Record {number} has {width} columns, and the first one {first_width}: mismatching "
            "dimensions along axis 1. What to do: give each sparse record the shape [columns], and "
            "a row of zeros one key with the value 0."
        )


def _sparse(rows: list[Tensor], columns: int) -> Any:
    import scipy.sparse

    rows = [row if len(row.keys) else _without_zeros(row) for row in rows]
    starts = np.cumsum([0, *(len(row.values) for row in rows)])
    values = np.concatenate([row.values for row in rows])
    keys = np.concatenate([row.keys for row in rows])
    return scipy.sparse.csr_matrix((values, keys, starts), shape=(len(rows), columns))


def _without_zeros(row: Tensor) -> Tensor:
    """Return a dense row as a sparse one, as scipy converts it."""
    keys = np.flatnonzero(row.values)
    return Tensor(row.values[keys], keys, row.shape)
