"""Blobs are written whole or not at all, read-only, and kept as long as anyone reads them."""

import hashlib

import pytest

from helpers.local.state.s3.blobs import BlobStore, FileBytes


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path / "bytes")


def read(blobs, blob) -> bytes:
    return blobs.path(blob.name).read_bytes()


def test_write(blobs):
    """A blob knows its size and MD5, and its file can't be written to."""
    blob = blobs.write([b"hel", b"lo"])
    assert (blob.size, blob.md5) == (5, hashlib.md5(b"hello").hexdigest())
    assert read(blobs, blob) == b"hello"
    assert blobs.path(blob.name).stat().st_mode & 0o777 == 0o400


def test_failed_write_leaves_nothing(blobs):
    """If the pieces end in an error, no file is left."""

    def pieces():
        yield b"half"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        blobs.write(pieces())
    assert blobs.names() == set()


def test_value_is_a_lazy_range(blobs):
    """A value supports length, slices of slices and iteration, like bytes."""
    blob = blobs.write([b"0123456789"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    assert len(value) == 10
    assert b"".join(value[2:8]) == b"234567"
    assert b"".join(value[2:8][1:3]) == b"34"
    assert (b"".join(value[5:99]), b"".join(value[7:3]), len(value[7:3])) == (b"56789", b"", 0)


def test_value_reads_what_it_opened(blobs):
    """A value made before its bytes were unlinked can still be read."""
    blob = blobs.write([b"old"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    with blobs.reading():
        blobs.delete_later([blob.name])
    assert not blobs.path(blob.name).exists()
    assert b"".join(value) == b"old"


def test_file_stays_for_all_earlier_readers(blobs):
    """A file is deleted when the last earlier reader ends; later readers don't count."""
    blob = blobs.write([b"x"])
    path, first, second, later = blobs.path(blob.name), *(blobs.reading() for _ in range(3))
    first.__enter__()
    second.__enter__()
    blobs.delete_later([blob.name])
    later.__enter__()
    first.__exit__(None, None, None)
    assert path.exists()  # the second one is still reading
    second.__exit__(None, None, None)
    assert not path.exists()
    later.__exit__(None, None, None)


def test_file_stays_for_the_earliest_reader(blobs):
    """Of two overlapping readers, the one that ends first does not delete the other's file."""
    blob = blobs.write([b"x"])
    path = blobs.path(blob.name)
    with blobs.reading():
        with blobs.reading():
            blobs.delete_later([blob.name])
        assert path.exists()
    assert not path.exists()


def test_copy_shares_bytes_and_a_part_does_not(blobs):
    """A copy of a whole blob is a link; a copy of a range has its own bytes and MD5."""
    blob = blobs.write([b"0123456789"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    whole, part = blobs.copy(value), blobs.copy(value[2:5])
    assert blobs.path(whole.name).stat().st_ino == blobs.path(blob.name).stat().st_ino
    assert blobs.md5(whole) == blob.md5
    assert (read(blobs, part), part.md5) == (b"234", hashlib.md5(b"234").hexdigest())


@pytest.mark.parametrize("in_kernel", [True, False])
def test_join(blobs, monkeypatch, in_kernel):
    """Joined parts follow each other, also where the system has no copy_file_range."""
    if not in_kernel:
        monkeypatch.delattr("os.copy_file_range", raising=False)
    parts = [blobs.write([text]) for text in (b"one", b"", b"three" * 1000)]
    joined = blobs.join(parts)
    assert read(blobs, joined) == b"one" + b"three" * 1000
    assert joined.size == len(read(blobs, joined))
    assert blobs.md5(joined) == hashlib.md5(read(blobs, joined)).hexdigest()
    assert read(blobs, blobs.join(parts[:1])) == b"one"


def test_link_without_hard_links(blobs, tmp_path, monkeypatch):
    """On a file system without hard links a file is copied."""

    def refuse(*_args):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("os.link", refuse)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    blob = blobs.link(source, 1, None)
    assert read(blobs, blob) == b"x"
    assert blobs.path(blob.name).stat().st_ino != source.stat().st_ino


def test_names(blobs):
    """The names of all blobs that have a file are returned, whatever refers to them."""
    used, orphan = blobs.write([b"a"]), blobs.write([b"b"])
    assert blobs.names() == {used.name, orphan.name}
