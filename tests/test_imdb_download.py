"""The archive of the reviews comes whole and verified, or not at all, whatever the line does."""

import hashlib
import multiprocessing
import socket

import pytest
from archive_server import serving

from helpers.datasets.imdb import download
from helpers.datasets.imdb.download import Source, fetch
from helpers.datasets.imdb.errors import Interrupted, Refused, Unreachable, WrongBytes

CONTENT = bytes(range(256)) * 4000  # 1 MB
SOME = 4 * download.CHUNK  # 262,144 bytes
PAUSE = 0.01


def source_at(server, content: bytes = CONTENT) -> Source:
    return Source(server.url, len(content), hashlib.md5(content).hexdigest())


@pytest.fixture
def target(tmp_path):
    return tmp_path / "data" / "reviews.tar.gz"


def left_beside(target) -> set[str]:
    """What lies there now, but for the lock."""
    return {path.name for path in target.parent.iterdir()} - {f"{target.name}.lock"}


def test_a_file_comes_once(target):
    """Downloaded, verified, and not asked for again; nothing else stays beside it."""
    with serving(CONTENT) as server:
        assert fetch(source_at(server), target) == target
        fetch(source_at(server), target)
        assert server.asked == [None]
    assert target.read_bytes() == CONTENT
    assert left_beside(target) == {target.name}


@pytest.mark.parametrize(
    "faults",
    [
        [("cut", SOME)],
        [("cut", SOME), ("cut", 1), ("cut", 200_000)],
        [("status", 503), ("status", 429), ("cut", 9)],
        [("cut", SOME), ("no range",)],
        [("cut", SOME), ("status", 416)],
    ],
)
def test_a_cut_is_gone_on_with(target, faults):
    """After a cut, a busy server, one that forgot ranges: the file is right in the end."""
    with serving(CONTENT, *faults) as server:
        fetch(source_at(server), target, PAUSE)
    assert target.read_bytes() == CONTENT


def test_only_what_is_missing_is_asked_for(target):
    """A second request begins where the first ended."""
    with serving(CONTENT, ("cut", SOME)) as server:
        fetch(source_at(server), target, PAUSE)
        assert server.asked == [None, f"bytes={SOME}-"]


def test_a_later_call_goes_on(target, monkeypatch):
    """What has come before a line died for good is kept, and not fetched again."""
    monkeypatch.setattr(download, "TRIES", 1)
    with serving(CONTENT, ("cut", SOME), ("cut", 0)) as server:
        with pytest.raises(Interrupted, match="stopped at 262,144 of 1,024,000 bytes"):
            fetch(source_at(server), target, PAUSE)
        assert not target.exists()
        fetch(source_at(server), target, PAUSE)
        assert server.asked == [None, f"bytes={SOME}-", f"bytes={SOME}-"]
    assert target.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mixed(target):
    """Half of the old one and half of the new one would be neither."""
    new = CONTENT[::-1]
    with serving(CONTENT, ("cut", SOME), ("changed", new)) as server:
        fetch(source_at(server, new), target, PAUSE)
    assert target.read_bytes() == new


@pytest.mark.parametrize(
    ("faults", "error", "words"),
    [
        ([("flip", 500_000)], WrongBytes, "has the MD5"),
        ([("endless",)], WrongBytes, "sends more than the 1,024,000 bytes"),
        ([("longer",)], WrongBytes, "is 1,024,001 bytes long"),
        ([("cut", SOME), ("wrong range",)], WrongBytes, "another part"),
        ([("status", 404)], Refused, "answers 404"),
        ([("status", 500)] * 9, Interrupted, "answers 500"),
        ([("cut", 0)] * 9, Interrupted, "stopped at 0 of"),
    ],
)
def test_what_is_not_the_archive_is_refused(target, faults, error, words):
    """Each fault that stays has its error, with what to do, and leaves no archive."""
    with (
        serving(CONTENT, *faults) as server,
        pytest.raises(error, match=words) as raised,
    ):
        fetch(source_at(server), target, PAUSE)
    assert "SAGEMAKER_COURSE_DATA" in str(raised.value) or "Try again" in str(raised.value)
    assert not target.exists()


def test_a_truncated_file_is_not_taken(target, monkeypatch):
    """A server whose file is shorter for good never gets it accepted."""
    with serving(CONTENT[:-5]) as server, pytest.raises(WrongBytes, match="1,023,995 bytes long"):
        fetch(source_at(server), target, PAUSE)
    assert not target.exists()


def test_a_server_that_falls_silent_is_not_waited_for(target, monkeypatch):
    """After the read timeout the rest is asked for anew."""
    monkeypatch.setattr(download, "READ_SECONDS", 0.3)
    with serving(CONTENT, ("silent", SOME)) as server:
        fetch(source_at(server), target, PAUSE)
        assert server.asked == [None, f"bytes={SOME}-"]
    assert target.read_bytes() == CONTENT


def test_nobody_there(target):
    """No server, no network: said so, with the ways out."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = Source(f"http://127.0.0.1:{port}/x.tar.gz", 9, "")
    with pytest.raises(Unreachable, match=r"can't be reached .*SAGEMAKER_COURSE_DATA=synthetic"):
        fetch(source, target, PAUSE)


def test_a_part_that_is_too_long_is_begun_anew(target):
    """What another program left there is not trusted."""
    target.parent.mkdir()
    target.with_name(f"{target.name}.part").write_bytes(bytes(len(CONTENT) + 1))
    with serving(CONTENT) as server:
        fetch(source_at(server), target, PAUSE)
    assert target.read_bytes() == CONTENT


def test_a_part_of_unknown_origin_is_begun_anew(target):
    """Without the server's mark nobody can tell what a part is a part of."""
    target.parent.mkdir()
    target.with_name(f"{target.name}.part").write_bytes(bytes(1000))
    with serving(CONTENT) as server:
        fetch(source_at(server), target, PAUSE)
        assert server.asked == [None]
    assert target.read_bytes() == CONTENT


def test_two_processes_fetch_once(target):
    """The second waits for the first, and finds the file."""
    context = multiprocessing.get_context("spawn")
    with serving(CONTENT, ("cut", SOME)) as server:
        with context.Pool(2) as pool:
            pool.starmap(fetch, [(source_at(server), target, PAUSE)] * 2)
        assert len(server.asked) == 2
    assert target.read_bytes() == CONTENT


def test_progress_goes_to_stdout(target, capsys):
    """A notebook shows stderr in red: nothing goes there."""
    with serving(CONTENT) as server:
        fetch(source_at(server), target)
    said = capsys.readouterr()
    assert "reviews.tar.gz" in said.out
    assert said.err == ""
