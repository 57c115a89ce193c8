"""The archive of the reviews comes whole and verified, or not at all, whatever the line does."""

import fcntl
import gzip
import hashlib
import multiprocessing
import os
import signal
import socket
import threading
import time

import pytest
from archive_server import serving

from helpers.datasets.imdb import download, progress
from helpers.datasets.imdb.download import Source, fetch
from helpers.datasets.imdb.errors import (
    Damaged,
    Interrupted,
    Refused,
    TooLong,
    TooShort,
    Unreachable,
    WrongBytes,
)

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
        [("cut", SOME), ("flip", 500_000)],
        [("no length", SOME), ("no length", len(CONTENT))],
        [("dated", SOME)],
    ],
)
def test_a_cut_is_gone_on_with(target, faults):
    """After a cut, a busy server, one that forgot ranges: the file is right in the end.

    So it is if the second piece of two is damaged, and if no length or no ETag is told.
    """
    with serving(CONTENT, *faults) as server:
        fetch(source_at(server), target, PAUSE)
    assert target.read_bytes() == CONTENT


def test_compression_is_the_archive_s_own(target):
    """A server may declare a .tar.gz to be a gzip encoding: it is kept as it is all the same."""
    content = gzip.compress(CONTENT)
    with serving(content, ("encoded",)) as server:
        fetch(source_at(server, content), target, PAUSE)
        assert server.asked == [None]
    assert target.read_bytes() == content


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
        assert server.asked == [None, f"bytes={SOME}-"]
    assert target.read_bytes() == new


@pytest.mark.parametrize(
    ("faults", "error", "words"),
    [
        ([("flip", 500_000)], Damaged, "has the MD5"),
        ([("cut", SOME), ("flip", 500_000), ("flip", 1)], Damaged, "has the MD5"),
        ([("endless",)], TooLong, "sends more than the 1,024,000 bytes"),
        ([("longer",)], TooLong, "is 1,024,001 bytes long"),
        ([("cut", SOME), ("wrong range",)], WrongBytes, "another part"),
        ([("status", 404)], Refused, "answers 404"),
        ([("status", 500)] * 9, Interrupted, "answers 500"),
        ([("cut", 0)] * 9, Interrupted, "stopped at 0 of"),
        ([("no length", SOME)] + [("no length", 0)] * 9, Interrupted, "ended early"),
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


def test_a_truncated_file_is_not_taken(target):
    """A server whose file is shorter for good never gets it accepted."""
    with serving(CONTENT[:-5]) as server, pytest.raises(TooShort, match="1,023,995 bytes long"):
        fetch(source_at(server), target, PAUSE)
    assert not target.exists()


def test_a_server_that_falls_silent_is_not_waited_for(target, monkeypatch):
    """After the read timeout the rest is asked for anew."""
    monkeypatch.setattr(download, "READ_SECONDS", 0.3)
    with serving(CONTENT, ("silent", SOME)) as server:
        fetch(source_at(server), target, PAUSE)
        assert server.asked == [None, f"bytes={SOME}-"]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "faults", [[("mute",)] * 9, [("silent", 0)] * 9, [("silent", 9)] + [("silent", 0)] * 9]
)
def test_a_server_that_stays_silent_is_there_all_the_same(target, monkeypatch, faults):
    """One that takes the connection is not taken for an absent network, whatever it sends."""
    monkeypatch.setattr(download, "READ_SECONDS", 0.1)
    with (
        serving(CONTENT, *faults) as server,
        pytest.raises(Interrupted, match=r"\(nothing came for 0\.1 seconds\)"),
    ):
        fetch(source_at(server), target, PAUSE)


@pytest.mark.parametrize("name", ["127.0.0.1", "nowhere.invalid"])
def test_nobody_there(target, name, monkeypatch):
    """No server, no network: said so, with the ways out, and soon."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = Source(f"http://{name}:{port}/x.tar.gz", 9, "")
    slept = []
    monkeypatch.setattr(download.time, "sleep", slept.append)
    with pytest.raises(Unreachable, match=r"can't be reached .*SAGEMAKER_COURSE_DATA=synthetic"):
        fetch(source, target)
    assert slept == [1]


def test_a_line_that_dies_in_the_middle_is_no_absent_network(target):
    """What has come is kept: nobody is sent away to synthetic reviews with half an archive."""
    with (
        serving(CONTENT, ("leave", SOME)) as server,
        pytest.raises(Interrupted, match="stopped at 262,144"),
    ):
        fetch(source_at(server), target, PAUSE)


def test_kill_9_and_on(target):
    """Killed in the middle, the next call asks for the rest only."""
    with serving(CONTENT, ("silent", SOME)) as server:
        process = multiprocessing.get_context("spawn").Process(
            target=fetch, args=(source_at(server), target)
        )
        process.start()
        part = target.with_name(f"{target.name}.part")
        _wait_until(lambda: part.exists() and part.stat().st_size == SOME)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        fetch(source_at(server), target)
        assert server.asked == [None, f"bytes={SOME}-"]
    assert target.read_bytes() == CONTENT
    assert left_beside(target) == {target.name}


def _wait_until(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(("content", "asked"), [(CONTENT, []), (CONTENT[::-1], [None])])
def test_a_whole_part_is_verified_all_the_same(target, content, asked):
    """Of a process that was killed before it looked: taken if right, else begun anew."""
    target.parent.mkdir()
    target.with_name(f"{target.name}.part").write_bytes(content)
    with serving(CONTENT) as server:
        fetch(source_at(server), target, PAUSE)
        assert server.asked == asked
    assert target.read_bytes() == CONTENT


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


def test_who_waits_says_so(target, capsys):
    """A cell that seems to hang tells what it waits for."""
    target.parent.mkdir()
    with open(target.with_name(f"{target.name}.lock"), "a") as lock, serving(CONTENT) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        release = threading.Timer(0.2, fcntl.flock, (lock, fcntl.LOCK_UN))
        release.start()
        fetch(source_at(server), target)
        release.join()
    assert "Another process is getting reviews.tar.gz: waiting" in capsys.readouterr().out


@pytest.mark.parametrize("watched", [True, False])
def test_progress_goes_to_stdout(target, capsys, watched, monkeypatch):
    """A bar for who looks on; a notebook shows stderr in red: nothing goes there."""
    monkeypatch.setattr(progress, "watched", lambda: watched)
    with serving(CONTENT) as server:
        fetch(source_at(server), target)
    said = capsys.readouterr()
    assert ("reviews.tar.gz" in said.out) is watched
    assert said.err == ""
