"""Records are replaced as a whole, and damage in them is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.state.record_files import DamagedRecordError, read_record, write_record


@given(about=st.text(), payload=st.binary())
def test_round_trip(tmp_path_factory, about, payload):
    """Any text about any bytes is read back."""
    path = tmp_path_factory.mktemp("records") / "x.record"
    write_record(path, about, payload)
    assert read_record(path) == (about, payload)


def test_private_and_readable_first_line(tmp_path):
    """Only the owner can read a record, and its first line tells a person what it is."""
    path = tmp_path / "new folder" / "x.record"
    write_record(path, "s3://bucket/a key", b"payload")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"s3://bucket/a key ")


def test_every_damage_is_seen(tmp_path):
    """A record that is cut off, emptied or has one bit changed is never read as valid."""
    path = tmp_path / "x.record"
    write_record(path, "s3://bucket/key", b"payload")
    whole = path.read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    for damaged in (b"", whole[:-1], whole[:10], flipped, b"\n\n"):
        path.write_bytes(damaged)
        with pytest.raises(DamagedRecordError):
            read_record(path)


def test_failed_write_keeps_the_old_record(tmp_path, monkeypatch):
    """A record that could not be replaced stays the old one, with no other file beside it."""
    path = tmp_path / "x.record"
    write_record(path, "a", b"old")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_record(path, "a", b"new")
    assert read_record(path) == ("a", b"old")
    assert list(tmp_path.iterdir()) == [path]


def test_set_aside(tmp_path):
    """A damaged record is moved away, and its new path is returned."""
    path = tmp_path / "x.record"
    path.write_bytes(b"?")
    place = DamagedRecordError(path, "", "why").set_aside(tmp_path / "aside")
    assert place.read_bytes() == b"?"
    assert not path.exists()
