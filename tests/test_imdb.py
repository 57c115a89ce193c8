"""Which reviews a lesson gets, and how they are read."""

import hashlib
import json
import shutil
import socket
import tarfile
from pathlib import Path

import pytest
from archive_server import serving
from lessons import REAL_REVIEWS

from helpers.datasets import imdb
from helpers.datasets.imdb import sources as sources
from helpers.datasets.imdb.download import Source
from helpers.datasets.imdb.errors import NoReviews, WrongBytes


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SAGEMAKER_COURSE_DATA", raising=False)
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A small set of reviews in the data set's layout."""
    root = tmp_path / "given" / "aclImdb"
    for split in ("train", "test"):
        for name in ("pos/0_9", "pos/10_7", "pos/2_10", "neg/0_1"):
            path = root / split / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{split} {name}\x85\r\nend\t".encode())
    return root


@pytest.fixture
def packed(folder, tmp_path) -> Path:
    path = tmp_path / "reviews.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        file.add(folder, "aclImdb")
    return path


@pytest.fixture
def as_if_real(monkeypatch):
    """as_if_real(server, content): what is served is the archive, with one review a folder."""

    def as_if_real(server, content: bytes, url: str | None = None) -> None:
        source = Source(url or server.url, len(content), hashlib.md5(content).hexdigest())
        monkeypatch.setattr(sources, "ARCHIVE", source)
        monkeypatch.setattr(sources, "REVIEWS", 2)

    return as_if_real


@pytest.fixture
def no_network(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/aclImdb.tar.gz"
    monkeypatch.setattr(sources, "ARCHIVE", Source(url, 9, ""))
    monkeypatch.setattr("helpers.datasets.imdb.download.time.sleep", lambda _: None)


def test_reviews_are_read_exactly_and_in_order(folder, capsys):
    """Negative ones first, each label by number; no newline or odd character is changed."""
    source = imdb.corpus(str(folder))
    table = imdb.load("train", source)
    assert table["review"].tolist() == ["neg/0_1", "pos/0_9", "pos/2_10", "pos/10_7"]
    assert table["sentiment"].tolist() == [0, 1, 1, 1]
    assert table["rating"].tolist() == [1, 9, 10, 7]
    assert table["text"][2] == "train pos/2_10\x85\r\nend\t"
    said = capsys.readouterr()
    assert "Real reviews" in said.out
    assert "train: 4 real reviews, 3 positive and 1 negative" in said.out
    assert said.err == ""


@pytest.mark.parametrize("which", ["root", "parent", "archive"])
def test_given_reviews(which, folder, packed, monkeypatch, capsys):
    """The variable names a folder, the one above it, or an archive."""
    path = {"root": folder, "parent": folder.parent, "archive": packed}[which]
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(path))
    assert imdb.load("test")["review"].tolist()[-1] == "pos/10_7"
    assert imdb.corpus().kind == "real"
    assert imdb.last_used() == imdb.corpus()


def test_a_given_archive_is_extracted_once(packed, home):
    """By its content: another archive of the same name is another corpus."""
    first = imdb.corpus(str(packed))
    mark = first.folder / "mark"
    mark.touch()
    assert imdb.corpus(str(packed)) == first
    assert mark.exists()
    with tarfile.open(packed, "w:gz") as file:
        file.add(first.folder, "x")
    assert imdb.corpus(str(packed)).folder != first.folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda root: shutil.rmtree(root / "test" / "neg"), "layout"),
        (lambda root: (root / "test" / "neg" / "0_1.txt").unlink(), "holds no review"),
        (
            lambda root: (root / "train/pos/0_9.txt").rename(root / "train/neg/9_9.txt"),
            "9 stars of ten",
        ),
    ],
)
def test_another_layout_is_refused(folder, change, words):
    """A folder that isn't the data set is named, with what was expected."""
    change(folder)
    with pytest.raises(NoReviews, match=words):
        imdb.corpus(str(folder))


def test_a_review_that_is_no_text_is_named(folder):
    """Bytes of another encoding are said, with the file."""
    (folder / "train/pos/0_9.txt").write_bytes(b"caf\xe9")
    with pytest.raises(NoReviews, match=r"0_9\.txt can't be read"):
        imdb.load("train", imdb.corpus(str(folder)))


def test_a_path_that_is_not_there():
    """It says what the variable may be."""
    with pytest.raises(FileNotFoundError, match="or synthetic"):
        imdb.corpus("/not/there")
    with pytest.raises(ValueError, match="no split"):
        imdb.load("validation")


def test_the_archive_is_downloaded_once(packed, folder, as_if_real, home, capsys):
    """Download, extraction, count; afterwards the folder is enough, and the archive is gone."""
    for split in ("train", "test"):  # as many of each label, as in the real one
        (folder / split / "pos/10_7.txt").rename(folder / split / "neg/10_2.txt")
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder, "aclImdb")
    content = packed.read_bytes()
    with serving(content, ("cut", 100)) as server:
        as_if_real(server, content)
        first = imdb.corpus()
        assert imdb.corpus() == first == imdb.last_used()
        assert len(server.asked) == 2
    assert first.kind == "real"
    assert {path.name for path in (home / "data").iterdir() if path.suffix != ".lock"} == {
        "aclImdb"
    }


def test_an_archive_with_too_few_reviews_is_not_kept(packed, as_if_real, home):
    """The right bytes of a wrong archive leave no cache."""
    content = packed.read_bytes()
    with serving(content) as server:
        as_if_real(server, content[:-1] + content[-1:])
        sources.REVIEWS = 3
        with pytest.raises(NoReviews, match="holds not 6 reviews"):
            imdb.corpus()
    assert not (home / "data" / "aclImdb").exists()


def test_a_corrupt_download_is_an_error_and_no_fallback(packed, as_if_real):
    """Who has a network gets the real reviews or is told why not."""
    content = packed.read_bytes()
    with serving(content, ("flip", 50)) as server:
        as_if_real(server, content)
        with pytest.raises(WrongBytes):
            imdb.corpus()


def test_without_a_network_there_are_synthetic_reviews_and_it_is_said(no_network, capsys):
    """The fallback is announced with its reason, and a later judge finds the same reviews."""
    found = imdb.corpus()
    said = capsys.readouterr().out
    assert found.kind == "synthetic"
    assert "Synthetic reviews" in said
    assert "falling back" in said
    assert "can't be reached" in said
    assert "SAGEMAKER_COURSE_DATA" in said
    assert imdb.last_used().folder == found.folder


def test_no_reviews_yet(no_network):
    """A judge before the first run says what to do."""
    with pytest.raises(NoReviews, match="run the notebook"):
        imdb.last_used()


def test_a_leftover_fallback_is_not_used_when_the_real_reviews_came(no_network, home, folder):
    """What was fetched later outranks an earlier fallback."""
    imdb.corpus()
    shutil.copytree(folder, home / "data" / "aclImdb")
    assert imdb.last_used().kind == "real"
    assert json.loads((home / "data" / "imdb.json").read_text())["kind"] == "synthetic"


@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_real_reviews(capsys):
    """All 50,000, in numbers that their provenance gives."""
    source = imdb.corpus(str(REAL_REVIEWS), quiet=True)
    train, test = imdb.load("train", source), imdb.load("test", source)
    assert len(train) == len(test) == 25_000
    assert train["sentiment"].sum() == test["sentiment"].sum() == 12_500
    size = sum(len(text.encode()) for text in train["text"])
    assert size == 16_842_831 + 16_289_992
    assert "%" in capsys.readouterr().out
