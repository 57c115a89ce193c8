"""Objects are split into records, packed into requests, and answers are assembled."""

import struct
from io import BytesIO
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform.records import (
    MB,
    PayloadTooLargeError,
    assemble,
    batches,
    split,
)

LINES = st.lists(st.binary(min_size=1, max_size=9).filter(lambda b: not set(b) & set(b"\r\n")))
STRATEGIES = st.sampled_from(["SingleRecord", "MultiRecord"])
MAGIC = struct.pack("<I", 0xCED7230A)


def record_io(data: bytes, part: int = 0) -> bytes:
    """Return one frame of RecordIO."""
    return MAGIC + struct.pack("<I", part << 29 | len(data)) + data + bytes(-len(data) % 4)


def tf_record(data: bytes) -> bytes:
    """Return one frame of TFRecord, whose checksums are not read."""
    return struct.pack("<QI", len(data), 0) + data + bytes(4)


FRAMES = {"RecordIO": record_io, "TFRecord": tf_record}


def test_no_split_is_the_whole_object():
    """Without a split the object is one record, with all its line ends."""
    assert list(split(BytesIO(b"1,2\n3,4\n"), "None")) == [b"1,2\n3,4\n"]
    assert list(split(BytesIO(b""), "None")) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"a\rb\n", [b"a\rb"]),
        (b"\n\na\n\r\n\nb\n\n", [b"a", b"b"]),
        (b" \n", [b" "]),
        (b"", []),
        (b"\n", []),
    ],
)
def test_lines(text, lines):
    """A line has no line end, empty lines are skipped, and the last needs no newline."""
    assert list(split(BytesIO(text), "Line")) == lines


def test_empty_lines_are_reported():
    """The number of each empty line is passed on, counted from 1."""
    empty: list[int] = []
    sent = batches(BytesIO(b"\na\r\n\r\nb\n"), "Line", "SingleRecord", 0, bytes, empty.append)
    assert [batch.body for batch in sent] == [b"a", b"b"]
    assert empty == [1, 3]


@pytest.mark.parametrize("split_type", FRAMES)
def test_binary_records(split_type):
    """A single binary record loses its frame and padding; several in a request keep them."""
    data = [b"", b"abc", b"\n1234567\n", bytes(1000)]
    frames = [FRAMES[split_type](record) for record in data]
    file = b"".join(frames)
    assert list(split(BytesIO(file), split_type, "SingleRecord")) == data
    assert list(split(BytesIO(file), split_type, "MultiRecord")) == frames
    (batch,) = batches(BytesIO(file), split_type, "MultiRecord", MB)
    assert batch.body == file


def test_a_record_io_record_in_parts():
    """A record with the magic number is stored in parts, without the magic number."""
    file = record_io(b"abcd", 1) + record_io(b"efgh", 2) + record_io(b"ij", 3) + record_io(b"k")
    found = list(split(BytesIO(file), "RecordIO", "SingleRecord"))
    assert found == [b"abcd" + MAGIC + b"efgh" + MAGIC + b"ij", b"k"]
    assert b"".join(split(BytesIO(file), "RecordIO")) == file


@pytest.mark.parametrize("split_type", FRAMES)
def test_broken_frames(split_type):
    """A truncated or wrong file is refused, and a huge stated length is not read."""
    whole = FRAMES[split_type](b"abcdefgh")
    for length in range(1, len(whole)):
        with pytest.raises(ValueError, match=f"the middle of a {split_type} record"):
            list(split(BytesIO(whole[:length]), split_type))
    with pytest.raises(PayloadTooLargeError, match="bytes"):
        list(
            split(
                BytesIO(b"\xff" * 12 if split_type == "TFRecord" else MAGIC + b"\xff" * 8),
                split_type,
            )
        )


def test_no_record_io():
    """A CSV file sent as RecordIO is refused."""
    with pytest.raises(ValueError, match="not RecordIO: the record at byte 0 starts with b'1,2,"):
        list(split(BytesIO(b"1,2,3,4,5,6"), "RecordIO"))


@given(LINES, STRATEGIES, st.integers(9, 40), st.booleans())
def test_batches_hold_every_record_in_order(lines, strategy, limit, last_newline):
    """No record is lost or moved, no request is too large, and each is as full as possible."""
    text = b"\n".join(lines) + b"\n" * last_newline
    found = list(batches(BytesIO(text), "Line", strategy, limit))
    assert [record for batch in found for record in batch.records] == lines
    for batch, after in zip_longest(found, found[1:]):
        assert batch.body == b"\n".join(batch.records)
        assert len(batch.body) <= limit
        if strategy == "SingleRecord":
            assert len(batch.records) == 1
        elif after:
            assert len(batch.body) + 1 + len(after.records[0]) > limit


def test_no_limit():
    """MaxPayloadInMB=0 puts all records into one request."""
    (batch,) = batches(BytesIO(b"1\n" * 10_000), "Line", "MultiRecord", 0)
    assert len(batch.records) == 10_000


def test_the_limit_is_for_what_is_sent():
    """The size limit is for prepared records; the batch keeps the original ones for the join."""
    found = list(batches(BytesIO(b"id1,5\nid2,6\n"), "Line", "MultiRecord", 3, lambda r: r[4:]))
    assert [(batch.body, batch.records) for batch in found] == [(b"5\n6", (b"id1,5", b"id2,6"))]


def test_too_large():
    """For a record that is too large, the error names it, its size and the remedy."""
    with pytest.raises(
        PayloadTooLargeError, match="Record 2 has 5 bytes, but MaxPayloadInMB allows 4 "
    ):
        list(batches(BytesIO(b"1234\n12345\n"), "Line", "MultiRecord", 4))
    with pytest.raises(PayloadTooLargeError, match=r"The object has over 4 bytes.*SplitType Line"):
        list(batches(BytesIO(b"1\n2\n3\n"), "None", "MultiRecord", 4))
    (batch,) = batches(BytesIO(b"1\n2\n"), "None", "MultiRecord", 4)
    assert batch.body == b"1\n2\n"


def test_requests_come_before_the_file_is_read_to_its_end():
    """The first request of a large object is ready after its first few lines."""
    file = BytesIO(b"123\n" * 100_000)
    next(batches(file, "Line", "MultiRecord", 100))
    assert file.tell() < 200


@pytest.mark.parametrize(
    ("answers", "with_none", "with_line"),
    [
        ([b"1\n2\n", b"3\n"], b"1\n2\n3\n", b"1\n2\n3\n"),
        ([b"1", b"2"], b"12", b"1\n2\n"),
        ([b"1\n", b"2"], b"1\n2", b"1\n2\n"),
        ([b"", b"2"], b"2", b"2\n"),
        ([], b"", b""),
    ],
)
def test_assemble(answers, with_none, with_line):
    """With Line each answer ends with one newline, and no blank line is made."""
    assert b"".join(assemble(answers, "None")) == with_none
    assert b"".join(assemble(answers, "Line")) == with_line
