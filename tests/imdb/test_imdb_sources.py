"""Reviews are downloaded once, or else replaced by synthetic ones."""

import hashlib
import json
import shutil
import socket
import tarfile

import pytest
from support.archive_server import serving

from helpers.datasets import imdb
from helpers.datasets.imdb import sources
from helpers.datasets.imdb.download import RemoteFile
from helpers.datasets.imdb.errors import DatasetError, LayoutError


@pytest.fixture
def as_if_real(monkeypatch):
    """Return a function that serves an archive, with two reviews per folder, as the real one."""

    def as_if_real(server, content: bytes, url: str | None = None) -> None:
        digest = hashlib.md5(content).hexdigest()
        source = RemoteFile(url or server.url, len(content), digest)
        monkeypatch.setattr(sources, "ARCHIVE", source)
        monkeypatch.setattr(sources, "REVIEWS_PER_FOLDER", 2)

    return as_if_real


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr("helpers.datasets.imdb.download.time.sleep", lambda _: None)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody else can listen there meanwhile
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/aclImdb.tar.gz"
        monkeypatch.setattr(sources, "ARCHIVE", RemoteFile(url, 9, "0"))
        yield


def test_the_archive_is_downloaded_once(packed, folder, as_if_real, home, capsys):
    """The archive is downloaded and extracted once; then it is deleted, as the folder is enough."""
    for split in ("train", "test"):  # as many of each label, as in the real one
        (folder / split / "pos/10_7.txt").rename(folder / split / "neg/10_2.txt")
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder, "aclImdb")
    content = packed.read_bytes()
    with serving(content, ("cut", 100)) as server:
        as_if_real(server, content)
        first = imdb.corpus()
        assert imdb.corpus() == first == imdb.last_used()
        assert len(server.ranges) == 2
    assert first.kind == "real"
    assert {path.name for path in (home / "data").iterdir() if path.suffix != ".lock"} == {
        "aclImdb"
    }


def test_an_archive_with_too_few_reviews_is_not_kept(packed, as_if_real, home):
    """An archive with too few reviews leaves no cache, though its bytes are as expected."""
    content = packed.read_bytes()
    with serving(content) as server:
        as_if_real(server, content)
        with pytest.raises(LayoutError, match=r"tar\.gz:/train/neg has 1 reviews, not 2"):
            imdb.corpus()
    assert not (home / "data" / "aclImdb").exists()


@pytest.mark.usefixtures("retries_at_once")
def test_a_corrupt_download_is_an_error_and_not_a_fallback(packed, as_if_real):
    """With a network, a corrupt download is an error with its reason, not a fallback."""
    content = packed.read_bytes()
    with serving(content, ("flip", 50), ("flip", 50)) as server:
        as_if_real(server, content)
        with pytest.raises(DatasetError, match="MD5"):
            imdb.corpus()


def test_without_a_network_there_are_synthetic_reviews(no_network, capsys):
    """Without a network the fallback is announced with its reason, and later checks use it."""
    source = imdb.corpus()
    printed = capsys.readouterr().out
    assert source.kind == "synthetic"
    assert "Synthetic reviews" in printed
    assert "the real ones cannot be downloaded: http" in printed
    assert "cannot be reached (" in printed
    assert "SAGEMAKER_COURSE_DATA" in printed
    assert imdb.last_used().folder == source.folder


def test_no_reviews_yet(no_network):
    """A check before the first run says what to do."""
    with pytest.raises(DatasetError, match="run the notebook"):
        imdb.last_used()


def test_a_leftover_fallback_is_not_used_when_the_real_reviews_came(no_network, home, folder):
    """Downloaded reviews replace an earlier fallback, but not within one kernel."""
    imdb.corpus()
    shutil.copytree(folder, home / "data" / "aclImdb")
    assert imdb.corpus().kind == "synthetic"
    assert imdb.last_used().kind == "synthetic"
    sources._fallback_reasons.clear()  # as in a new process
    assert imdb.last_used().kind == "real"
    assert json.loads((home / "data" / "imdb.json").read_text())["kind"] == "synthetic"
