"""Batch transform's way with data: an object is split into records, records are packed into
requests, answers are put together again. Pure and streaming: memory holds one request at a time.

Rules: CreateTransformJob's SplitType, BatchStrategy, MaxPayloadInMB and AssembleWith in the
SageMaker API reference. Frames: Apache MXNet's RecordIO, TensorFlow's TFRecord.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

MB = 1 << 20
_LARGEST_RECORD = 100 * MB  # the largest MaxPayloadInMB there is
_MAGIC = 0xCED7230A
_WHOLE, _FIRST, _LAST = 0, 1, 3  # of a RecordIO frame; 2 lies between first and last
_BINARY = ("RecordIO", "TFRecord")


class PayloadTooLarge(ValueError):
    """A record, or an object that is not split, is larger than a request may be."""


@dataclass(frozen=True)
class Batch:
    """One request to the container (AWS: a mini-batch).

    body: what is sent.
    records: the records it was made of, as they were in the object.
    """

    body: bytes
    records: tuple[bytes, ...]


def split(file: BinaryIO, split_type: str, strategy: str = "MultiRecord") -> Iterator[bytes]:
    """The records of an object, one after the other.

    split_type: `None` (the object is one record), `Line`, `RecordIO` or `TFRecord`.
    strategy: a binary record comes without its frame and padding for `SingleRecord`, and with them
        for `MultiRecord`, as the API reference says.

    A line comes without its end, `\\n` or `\\r\\n`. Empty lines and an empty object are no records
    (AWS doesn't say; so each record has one prediction).

    Raises ValueError for a broken frame, PayloadTooLarge for a record of over 100 MB, which no
    request can hold.
    """
    if split_type == "None":
        if whole := file.read():
            yield whole
    elif split_type == "Line":
        yield from _lines(file)
    else:
        frames = _record_io(file) if split_type == "RecordIO" else _tf_record(file)
        for frame, data in frames:
            yield data if strategy == "SingleRecord" else frame


def batches(
    file: BinaryIO,
    split_type: str,
    strategy: str,
    max_payload: int,
    prepare: Callable[[bytes], bytes] = bytes,
) -> Iterator[Batch]:
    """The requests for an object, in its order.

    strategy: `SingleRecord` sends each record alone, `MultiRecord` as many as fit. An object that
        is not split is one request either way.
    max_payload: bytes of a request, 0 for no limit.
    prepare: what is sent of a record (the InputFilter); `bytes` leaves it as it is.

    >>> from io import BytesIO
    >>> [batch.body for batch in batches(BytesIO(b"1,2\\n3,4\\n5,6"), "Line", "MultiRecord", 7)]
    [b'1,2\\n3,4', b'5,6']

    Raises PayloadTooLarge for a record over the limit, ValueError for a broken frame.
    """
    between = b"" if split_type in _BINARY else b"\n"
    if split_type == "None" and max_payload:
        _check_object(file, max_payload)
    bodies: list[bytes] = []
    originals: list[bytes] = []
    size = 0
    for number, record in enumerate(split(file, split_type, strategy), start=1):
        body = prepare(record)
        if max_payload and len(body) > max_payload:
            raise PayloadTooLarge(_too_large(f"Record {number} has {len(body):,}", max_payload))
        grown = size + len(between) + len(body)
        if bodies and (strategy == "SingleRecord" or 0 < max_payload < grown):
            yield Batch(between.join(bodies), tuple(originals))
            bodies, originals = [], []
        size = grown if bodies else len(body)
        bodies.append(body)
        originals.append(record)
    if bodies:
        yield Batch(between.join(bodies), tuple(originals))


def assemble(answers: Iterable[bytes], assemble_with: str) -> Iterator[bytes]:
    """The pieces of the output object, from the container's answers in their order.

    assemble_with: `None` puts them one behind the other, `Line` ends each with a newline, but
        never with a second one: a container's answers may end with one already.
    """
    for answer in answers:
        yield answer
        if assemble_with == "Line" and answer and not answer.endswith(b"\n"):
            yield b"\n"


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LARGEST_RECORD + 1):
        if len(line) > _LARGEST_RECORD:
            raise PayloadTooLarge(_too_large("A line has over 104,857,600", _LARGEST_RECORD))
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if line:
            yield line


def _record_io(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Each record with and without its frames. One that holds the magic number is in parts."""
    frames = parts = b""
    while header := file.read(8):
        magic, flags = struct.unpack("<II", _full(header, 8, "RecordIO"))
        if magic != _MAGIC:
            raise ValueError(f"The object is no RecordIO: a record starts with {header[:4]!r}.")
        part, length = flags >> 29, flags & ((1 << 29) - 1)
        padded = length + (-length) % 4
        data = _full(file.read(_allowed(padded)), padded, "RecordIO")
        if part in (_WHOLE, _FIRST):
            frames = parts = b""
        else:
            parts += struct.pack("<I", _MAGIC)
        frames, parts = frames + header + data, parts + data[:length]
        if part in (_WHOLE, _LAST):
            yield frames, parts


def _tf_record(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Each record with and without its frame: length, checksum, data, checksum."""
    while header := file.read(12):
        (length,) = struct.unpack_from("<Q", _full(header, 12, "TFRecord"))
        rest = _full(file.read(_allowed(length) + 4), length + 4, "TFRecord")
        yield header + rest, rest[:length]


def _full(data: bytes, length: int, split_type: str) -> bytes:
    if len(data) < length:
        raise ValueError(f"The object ends in the middle of a {split_type} record.")
    return data


def _allowed(length: int) -> int:
    if length > _LARGEST_RECORD:
        raise PayloadTooLarge(_too_large(f"A record has {length:,}", _LARGEST_RECORD))
    return length


def _check_object(file: BinaryIO, max_payload: int) -> None:
    start = file.tell()
    if len(file.read(max_payload + 1)) > max_payload:
        raise PayloadTooLarge(_too_large(f"The object has over {max_payload:,}", max_payload))
    file.seek(start)


def _too_large(what: str, max_payload: int) -> str:
    return (
        f"{what} bytes, but MaxPayloadInMB allows {max_payload:,} in a request. Raise "
        "MaxPayloadInMB (up to 100), or split the object into smaller records (SplitType Line)."
    )
