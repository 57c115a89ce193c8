"""Bytes in files: written whole or not at all, read-only, and there while anybody can want them."""

import hashlib
import threading

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
    """If the pieces end in an error there is no file."""

    def pieces():
        yield b"half"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        blobs.write(pieces())
    assert blobs.orphans(set()) == []


def test_value_is_a_lazy_range(blobs):
    """Length, slices of slices and iteration, like bytes."""
    blob = blobs.write([b"0123456789"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    assert len(value) == 10
    assert b"".join(value[2:8]) == b"234567"
    assert b"".join(value[2:8][1:3]) == b"34"
    assert (b"".join(value[5:99]), b"".join(value[7:3]), len(value[7:3])) == (b"56789", b"", 0)


def test_value_reads_what_it_opened(blobs):
    """Unlinked bytes are still read by a value made before."""
    blob = blobs.write([b"old"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    with blobs.reading():
        blobs.doom([blob.name])
    assert not blobs.path(blob.name).exists()
    assert b"".join(value) == b"old"


def test_doomed_bytes_wait_for_earlier_readers_only(blobs):
    """A file stays for who was reading when it was doomed, and for nobody who came later."""
    blob = blobs.write([b"x"])
    path, inside, go_on = blobs.path(blob.name), threading.Event(), threading.Event()

    def reader():
        with blobs.reading():
            inside.set()
            go_on.wait(10)

    thread = threading.Thread(target=reader)
    thread.start()
    inside.wait(10)
    with blobs.reading():
        blobs.doom([blob.name])
    assert path.exists()
    with blobs.reading():  # a later reader, who ends after the first one
        go_on.set()
        thread.join(10)
        assert not path.exists()


def test_copy_shares_bytes_and_a_part_does_not(blobs):
    """A whole copy is a link, a range has bytes (and an MD5) of its own."""
    blob = blobs.write([b"0123456789"])
    value = FileBytes(blobs.path(blob.name), blob.size)
    whole, part = blobs.copy(value), blobs.copy(value[2:5])
    assert blobs.path(whole.name).stat().st_ino == blobs.path(blob.name).stat().st_ino
    assert blobs.md5(whole) == blob.md5
    assert (read(blobs, part), part.md5) == (b"234", hashlib.md5(b"234").hexdigest())


@pytest.mark.parametrize("in_kernel", [True, False])
def test_join(blobs, monkeypatch, in_kernel):
    """Parts follow each other, also where the system has no copy_file_range."""
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


def test_orphans(blobs):
    """Files that nothing names are found."""
    kept, orphan = blobs.write([b"a"]), blobs.write([b"b"])
    assert blobs.orphans({kept.name}) == [blobs.path(orphan.name)]
