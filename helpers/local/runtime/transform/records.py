"""Split an object into records, batch them into requests, assemble the answers.

Everything streams: memory holds one request at a time. Rules: CreateTransformJob's SplitType,
BatchStrategy, MaxPayloadInMB and AssembleWith in the SageMaker API reference.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from helpers.local.containers.toolkit import recordio

MB = 1 << 20
_MAX_RECORD_BYTES = 100 * MB  # the maximum of MaxPayloadInMB
_BINARY = ("RecordIO", "TFRecord")


class PayloadTooLargeError(ValueError):
    """A record, or an object that is not split, is larger than a request may be."""


@dataclass(frozen=True)
class Batch:
    """One request to the container (AWS: a mini-batch).

    Parameters
    ----------
    body
        What is sent.
    records
        The records in it, as they were in the object.
    """

    body: bytes
    records: tuple[bytes, ...]


def split(
    file: BinaryIO,
    split_type: str,
    strategy: str = "MultiRecord",
    on_empty_line: Callable[[int], object] = lambda number: None,
) -> Iterator[bytes]:
    """Yield the records of an object.

    A line comes without its end, `\\n` or `\\r\\n`. Empty lines and an empty object are skipped:
    so each record has one prediction (AWS doesn't document it).

    Parameters
    ----------
    file
        The object.
    split_type
        `None` (the object is one record), `Line`, `RecordIO` or `TFRecord`.
    strategy
        A binary record is yielded without its frame and padding for `SingleRecord`, and with them
        for `MultiRecord` (API reference).
    on_empty_line
        Called with the number of each empty line, counted from 1.

    Raises
    ------
    ValueError
        For a damaged frame.
    PayloadTooLargeError
        For a record of over 100 MB, which no request can hold.
    """
    if split_type == "None":
        if content := file.read():
            yield content
    elif split_type == "Line":
        yield from _lines(file, on_empty_line)
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
    on_empty_line: Callable[[int], object] = lambda number: None,
) -> Iterator[Batch]:
    """Yield the requests for an object, in its order.

    Parameters
    ----------
    file, split_type
        As for `split`.
    strategy
        `SingleRecord` sends each record alone, `MultiRecord` as many as fit. An object that is not
        split is one request in both cases.
    max_payload
        Bytes of a request, 0 for no limit.
    prepare
        Returns what is sent of a record (the InputFilter); `bytes` changes nothing.
    on_empty_line
        As for `split`.

    Raises
    ------
    PayloadTooLargeError
        For a record over the limit.
    ValueError
        For a damaged frame.

    Examples
    --------
    >>> from io import BytesIO
    >>> [batch.body for batch in batches(BytesIO(b"1,2\\n3,4\\n5,6"), "Line", "MultiRecord", 7)]
    [b'1,2\\n3,4', b'5,6']
    """
    separator = b"" if split_type in _BINARY else b"\n"
    if split_type == "None" and max_payload:
        _check_object(file, max_payload)
    bodies: list[bytes] = []
    originals: list[bytes] = []
    size = 0
    all_records = split(file, split_type, strategy, on_empty_line)
    for number, record in enumerate(all_records, start=1):
        body = prepare(record)
        if max_payload and len(body) > max_payload:
            raise _too_large(f"Record {number} has {len(body):,}", max_payload)
        new_size = size + len(separator) + len(body)
        if bodies and (strategy == "SingleRecord" or 0 < max_payload < new_size):
            yield Batch(separator.join(bodies), tuple(originals))
            bodies, originals = [], []
        size = new_size if bodies else len(body)
        bodies.append(body)
        originals.append(record)
    if bodies:
        yield Batch(separator.join(bodies), tuple(originals))


def assemble(answers: Iterable[bytes], assemble_with: str) -> Iterator[bytes]:
    """Yield the output object in pieces, from the container's answers in their order.

    Parameters
    ----------
    answers
        One for each request.
    assemble_with
        `None` concatenates them, `Line` ends each with a newline, unless it ends with one already.
    """
    for answer in answers:
        yield answer
        if assemble_with == "Line" and answer and not answer.endswith(b"\n"):
            yield b"\n"


def _lines(file: BinaryIO, on_empty_line: Callable[[int], object]) -> Iterator[bytes]:
    number = 0
    while line := file.readline(_MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > _MAX_RECORD_BYTES:
            raise _too_large("A line has over 104,857,600", _MAX_RECORD_BYTES)
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if line:
            yield line
        else:
            on_empty_line(number)


def _record_io(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield each record with and without its frames, joined if it is in parts."""
    frames = content = b""
    for frame in recordio.read_frames(file, _check_size):
        if frame.part in (recordio.WHOLE, recordio.FIRST):
            frames = content = b""
        else:
            content += recordio.MAGIC_BYTES
        frames, content = frames + frame.raw, content + frame.data
        if frame.part in (recordio.WHOLE, recordio.LAST):
            yield frames, content


def _tf_record(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield each record with and without its frame: length, checksum, data, checksum."""
    while header := file.read(12):
        (length,) = struct.unpack_from("<Q", _complete(header, 12))
        _check_size(length)
        content = _complete(file.read(length + 4), length + 4)
        yield header + content, content[:length]


def _complete(data: bytes, length: int) -> bytes:
    if len(data) < length:
        raise ValueError("The data ends in the middle of a TFRecord record.")
    return data


def _check_size(length: int) -> None:
    if length > _MAX_RECORD_BYTES:
        raise _too_large(f"A record has {length:,}", _MAX_RECORD_BYTES)


def _check_object(file: BinaryIO, max_payload: int) -> None:
    start = file.tell()
    if len(file.read(max_payload + 1)) > max_payload:
        raise _too_large(f"The object has over {max_payload:,}", max_payload)
    file.seek(start)


def _too_large(subject: str, max_payload: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"{subject} bytes, but MaxPayloadInMB allows {max_payload:,} in a request. Raise "
        "MaxPayloadInMB (up to 100), or split the object into smaller records (SplitType Line)."
    )
