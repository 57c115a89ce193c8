"""Log groups and streams are stored in files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.state.logs import files

NAMES = st.text(st.sampled_from("ab./~%é\u2028 "), min_size=1, max_size=512)


@given(NAMES)
def test_file_name_is_one_safe_step(name):
    """A file name never leads out of the folder, is never hidden, and is always valid."""
    file = files.file_name(name)
    assert "/" not in file
    assert "." not in file
    assert 0 < len(file.encode()) <= files.MAX_NAME_CHARS


@given(st.sets(NAMES, min_size=2, max_size=5))
def test_file_names_differ(names):
    """Different names have different file names, also long ones with the same start."""
    assert len({files.file_name(name) for name in names}) == len(names)


@given(st.lists(st.tuples(st.integers(0, 1 << 50), st.text(max_size=20))))
def test_events_come_back(tmp_path_factory, events):
    """Events are read back with their times and texts, including line ends."""
    file = tmp_path_factory.mktemp("s") / "stream.jsonl"
    files.start_stream(file, {"name": "s"})
    files.append_events(file, events)
    assert files.read_stream(file) == ({"name": "s"}, events)


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_cut_by_a_kill_goes(tmp_path, cut):
    """A line that a kill cut off is dropped; what is before and after it stays whole."""
    file = tmp_path / "stream.jsonl"
    files.start_stream(file, {"name": "s"})
    files.append_events(file, [(1, "one")])
    files.append_events(file, [(2, "t")])
    file.write_bytes(file.read_bytes()[:-cut])
    before = files.read_stream(file)[1]
    assert before in ([(1, "one")], [])
    files.append_events(file, [(3, "three")])
    assert files.read_stream(file)[1] == [*before, (3, "three")]


def test_stream_without_its_first_line(tmp_path):
    """A stream file without its first line is ignored."""
    file = tmp_path / "stream.jsonl"
    file.write_bytes(b'{"name": ')
    assert files.read_stream(file) is None


def test_full_disk_leaves_no_half_event(tmp_path, monkeypatch):
    """If the disk is full, a partly written event is removed."""
    file = tmp_path / "stream.jsonl"
    files.start_stream(file, {"name": "s"})
    opened = open

    class Full:
        def __init__(self, stream):
            self.stream, self.left = stream, 10

        def write(self, data):
            if not self.left:
                raise OSError(28, "No space left on device")
            written, self.left = self.stream.write(data[: self.left]), 0
            return written

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def __getattr__(self, name):
            return getattr(self.stream, name)

    monkeypatch.setattr(
        files, "open", lambda *given, **named: Full(opened(*given, **named)), raising=False
    )
    with pytest.raises(OSError, match="No space"):
        files.append_events(file, [(1, "one"), (2, "two")])
    monkeypatch.undo()
    assert files.read_stream(file) == ({"name": "s"}, [])
