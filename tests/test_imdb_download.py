"""The archive of the reviews arrives complete and verified, or not at all."""

import gzip
import hashlib
import multiprocessing
import os
import signal
import socket

import pytest
from support.archive_server import serving
from support.polling import eventually

from helpers.datasets.imdb import download, progress
from helpers.datasets.imdb.download import RemoteFile, fetch
from helpers.datasets.imdb.errors import DatasetError, UnreachableError

CONTENT = bytes(range(256)) * 4000  # 1 MB
SOME = 4 * download.CHUNK_BYTES  # 262,144 bytes
PAUSE = 0.01
NAME = "reviews.tar.gz"

pytestmark = pytest.mark.usefixtures("retries_at_once")


def remote_file(server, content: bytes = CONTENT) -> RemoteFile:
    return RemoteFile(server.url, len(content), hashlib.md5(content).hexdigest())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads"


@pytest.fixture
def part(folder):
    """Return where `fetch` keeps what it has received so far."""
    folder.mkdir()
    return folder / f"{NAME}.part"


def test_a_file_is_downloaded_once(folder):
    """The second call finds the verified file, and no other file is left beside it."""
    with serving(CONTENT) as server:
        assert fetch(remote_file(server), folder) == folder / NAME
        fetch(remote_file(server), folder)
        assert server.ranges == [None]
    assert (folder / NAME).read_bytes() == CONTENT
    assert os.listdir(folder) == [NAME]


@pytest.mark.parametrize(
    "faults",
    [
        [("cut", SOME)],
        [("cut", SOME), ("cut", 1), ("cut", 200_000)],
        [("status", 503), ("status", 429), ("cut", 9)],
        [("cut", SOME), ("no range",)],
        [("cut", SOME), ("status", 416)],
        [("flip", 500_000)],
        [("cut", SOME), ("flip", 500_000)],
        [("cut", SOME), ("wrong range",)],
        [("no length", SOME), ("no length", len(CONTENT))],
    ],
)
def test_faults_that_pass_are_survived(folder, faults):
    """After a cut, a busy server, no ranges or a damaged piece, the file is still right."""
    with serving(CONTENT, *faults) as server:
        path = fetch(remote_file(server), folder, PAUSE)
    assert path.read_bytes() == CONTENT


def test_the_archive_is_not_unpacked_on_the_way(folder):
    """A .tar.gz that a server declares as gzip-encoded is kept unchanged."""
    content = gzip.compress(CONTENT)
    with serving(content, ("encoded",)) as server:
        path = fetch(remote_file(server, content), folder, PAUSE)
        assert server.ranges == [None]
    assert path.read_bytes() == content


def test_only_the_rest_is_requested(folder):
    """A second request begins where the first one stopped."""
    with serving(CONTENT, ("cut", SOME)) as server:
        fetch(remote_file(server), folder, PAUSE)
        assert server.ranges == [None, f"bytes={SOME}-"]


def test_a_later_call_continues(folder, monkeypatch):
    """What arrived before the connection failed is kept, and not downloaded again."""
    monkeypatch.setattr(download, "MAX_FAILURES", 1)
    with serving(CONTENT, ("cut", SOME), ("cut", 0)) as server:
        with pytest.raises(DatasetError, match="stopped at 262,144 of 1,024,000 bytes"):
            fetch(remote_file(server), folder, PAUSE)
        assert os.listdir(folder) == [f"{NAME}.part"]
        path = fetch(remote_file(server), folder, PAUSE)
        assert server.ranges == [None, f"bytes={SOME}-", f"bytes={SOME}-"]
    assert path.read_bytes() == CONTENT


def test_pieces_of_two_files_are_not_joined(folder):
    """If the file changed during an interruption, its hash differs, and all is requested again."""
    new = CONTENT[::-1]
    with serving(CONTENT, ("cut", SOME), ("changed", new)) as server:
        path = fetch(remote_file(server, new), folder, PAUSE)
        assert server.ranges == [None, f"bytes={SOME}-", None]
    assert path.read_bytes() == new


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ([("flip", 500_000), ("flip", 1)], "MD5 hash of downloaded file .* does not match"),
        ([("endless",)], "has more than 1,024,000 bytes, expected 1,024,000"),
        ([("longer",)], "has 1,024,001 bytes, expected 1,024,000"),
        ([("status", 404)], "answered 404"),
        ([("status", 500)] * 9, "the server answered 500"),
        ([("cut", 0)] * 9, r"stopped at 0 of .*\(the connection was closed early\)"),
        ([("no length", SOME)] + [("no length", 0)] * 9, "stopped at 262,144"),
    ],
)
def test_another_file_is_refused(folder, faults, message):
    """A persistent fault is an error that says what to do, and leaves no archive."""
    with serving(CONTENT, *faults) as server, pytest.raises(DatasetError, match=message) as raised:
        fetch(remote_file(server), folder, PAUSE)
    assert "SAGEMAKER_COURSE_DATA" in str(raised.value)
    assert not isinstance(raised.value, UnreachableError)
    assert not (folder / NAME).exists()


def test_a_shorter_file_is_refused(folder):
    """A login page in place of the archive is recognised before it is kept."""
    with (
        serving(CONTENT[:-5]) as server,
        pytest.raises(DatasetError, match=r"has 1,023,995 bytes.*login page"),
    ):
        fetch(remote_file(server), folder, PAUSE)
    assert os.listdir(folder) == []


def test_a_silent_server_is_asked_again(folder, monkeypatch):
    """After the read timeout the rest of the file is requested."""
    monkeypatch.setattr(download, "READ_SECONDS", 2)  # long enough for each answer that comes
    with serving(CONTENT, ("silent", SOME)) as server:
        path = fetch(remote_file(server), folder, PAUSE)
        assert server.ranges == [None, f"bytes={SOME}-"]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "faults", [[("mute",)] * 9, [("silent", 0)] * 9, [("silent", 9)] + [("silent", 0)] * 9]
)
def test_a_server_that_stays_silent_is_not_an_absent_network(folder, monkeypatch, faults):
    """A server that accepts the connection proves a network, even if it stays silent."""
    monkeypatch.setattr(download, "READ_SECONDS", 0.1)
    with (
        serving(CONTENT, *faults) as server,
        pytest.raises(DatasetError, match=r"stopped at .*no data for") as raised,
    ):
        fetch(remote_file(server), folder, PAUSE)
    assert not isinstance(raised.value, UnreachableError)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("127.0.0.1", "Connection refused"), ("nowhere.invalid", "host name not found")],
)
def test_no_server_answers(folder, name, reason, monkeypatch):
    """No server or no network is reported after two attempts, with the reason."""
    slept = []
    monkeypatch.setattr(download.time, "sleep", slept.append)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody else can listen there meanwhile
        url = f"http://{name}:{silent.getsockname()[1]}/{NAME}"
        with pytest.raises(UnreachableError, match=rf"cannot be reached \(.*{reason}"):
            fetch(RemoteFile(url, 9, "0"), folder)
    assert slept == [1]


def test_a_connection_that_dies_halfway_is_not_an_absent_network(folder):
    """If the connection fails halfway, no synthetic reviews replace the real ones."""
    with (
        serving(CONTENT, ("leave", SOME)) as server,
        pytest.raises(DatasetError, match="stopped at 262,144") as raised,
    ):
        fetch(remote_file(server), folder, PAUSE)
    assert not isinstance(raised.value, UnreachableError)


def test_a_killed_process_is_continued(folder):
    """After kill -9 in the middle, the next call requests only the rest."""
    with serving(CONTENT, ("silent", SOME)) as server:
        process = multiprocessing.get_context("spawn").Process(
            target=fetch, args=(remote_file(server), folder)
        )
        process.start()
        part = folder / f"{NAME}.part"
        eventually(lambda: part.exists() and part.stat().st_size == SOME)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        path = fetch(remote_file(server), folder)
        assert server.ranges == [None, f"bytes={SOME}-"]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("left", "requests"),
    [
        (CONTENT, []),
        (CONTENT[::-1], [None]),
        (bytes(len(CONTENT) + 1), [None]),
        (bytes(1000), ["bytes=1000-", None]),
    ],
)
def test_a_leftover_part_is_verified(part, left, requests):
    """A leftover part, whatever its state, is used only if the hash is right."""
    part.write_bytes(left)
    with serving(CONTENT) as server:
        path = fetch(remote_file(server), part.parent, PAUSE)
        assert server.ranges == requests
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("interactive", [True, False])
def test_progress_goes_to_stdout(folder, capfd, interactive, monkeypatch):
    """A watching person sees a bar on stdout; stderr, red in notebooks, stays empty."""
    monkeypatch.setattr(progress, "is_interactive", lambda: interactive)
    with serving(CONTENT) as server:
        fetch(remote_file(server), folder)
    printed = capfd.readouterr()
    assert (NAME in printed.out) is interactive
    assert printed.err == ""
