"""Frames of RecordIO, read and written: magic number, length, data, padding to four bytes.

Source: Apache MXNet, `recordio.h`. The upper three bits of the length say whether a frame is a
whole record or a part of one: a record that contains the magic number is split at it.
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

MAGIC = 0xCED7230A
MAGIC_BYTES = struct.pack("<I", MAGIC)
WHOLE, FIRST, LAST = 0, 1, 3  # of Frame.part; 2 is between first and last


class Frame(NamedTuple):
    """One frame: with its header and padding, without them, and which part of a record it is."""

    raw: bytes
    data: bytes
    part: int


def read_frames(
    file: BinaryIO, check_size: Callable[[int], object] = lambda size: None
) -> Iterator[Frame]:
    """Yield the frames of a RecordIO file.

    Parameters
    ----------
    file
        Read from its position to its end, one frame at a time.
    check_size
        Called with the bytes of a frame before they are read; it may raise.

    Raises
    ------
    ValueError
        If the file isn't RecordIO, or ends in the middle of a record.
    """
    position = 0
    while header := file.read(8):
        truncated = f"The data ends in the middle of a RecordIO record, at byte {position}."
        if len(header) < 8:
            raise ValueError(truncated)
        magic, flags = struct.unpack("<II", header)
        if magic != MAGIC:
            raise ValueError(
                f"The data is not RecordIO: the record at byte {position} starts with "
                f"{header[:4]!r}, not with the magic number."
            )
        length = flags & ((1 << 29) - 1)
        padded = length + (-length) % 4
        check_size(padded)
        content = file.read(padded)
        if len(content) < length:
            raise ValueError(truncated)
        yield Frame(header + content, content[:length], flags >> 29)
        position += 8 + padded


def write_frame(record: bytes) -> bytes:
    """Return a record as one frame."""
    return MAGIC_BYTES + struct.pack("<I", len(record)) + record + bytes((-len(record)) % 4)
