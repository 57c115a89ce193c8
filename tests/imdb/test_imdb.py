"""Which reviews a lesson gets, and how they are read."""

import multiprocessing
import tarfile
import threading
import time

import pytest
from support.lessons import REAL_REVIEWS
from support.polling import eventually

from helpers.datasets import imdb
from helpers.datasets.imdb import archive, layout


def test_reviews_are_read_exactly_and_in_order(folder, capsys):
    """Reviews are read unchanged, negative ones first, each label in order of number."""
    source = imdb.corpus(str(folder))
    table = imdb.load("train", source)
    assert table["review"].tolist() == ["neg/0_1", "pos/0_9", "pos/2_10", "pos/10_7"]
    assert table["sentiment"].tolist() == [0, 1, 1, 1]
    assert table["rating"].tolist() == [1, 9, 10, 7]
    assert table["text"][2] == "train pos/2_10\x85\r\nend\t"
    printed = capsys.readouterr()
    assert "Real reviews" in printed.out
    assert "8 of its 50,000 labelled ones" in printed.out
    assert "train: 4 real reviews, 3 positive and 1 negative" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("which", ["root", "parent", "archive"])
def test_the_users_own_reviews(which, folder, packed, monkeypatch, capsys):
    """The variable may name the folder of the reviews, the one above it, or an archive."""
    path = {"root": folder, "parent": folder.parent, "archive": packed}[which]
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(path))
    assert imdb.load("test")["review"].tolist()[-1] == "pos/10_7"
    assert imdb.corpus().kind == "real"
    assert imdb.last_used() == imdb.corpus()


def test_the_halves_of_an_archive_are_compared_once(packed, monkeypatch):
    """The next process that uses an archive lists none of its reviews to know their kind."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(packed))
    first = imdb.corpus()
    monkeypatch.setattr(layout, "files", None)
    layout.overlap.cache_clear()
    assert imdb.last_used() == first


def test_an_overlap_that_was_cut_off(packed, monkeypatch):
    """A record of the comparison that cannot be read is made again."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(packed))
    record = imdb.corpus().folder / layout.OVERLAP_FILE
    share = record.read_text()
    record.write_text("")
    assert imdb.last_used().kind == "real"
    assert record.read_text() == share


def test_a_test_half_that_repeats_the_training_half(folder, capsys):
    """Reviews whose test half is their training half are not called real."""
    for file in (folder / "train").rglob("*.txt"):
        (folder / "test" / file.relative_to(folder / "train")).write_bytes(file.read_bytes())
    source = imdb.corpus(str(folder))
    assert source.kind == "overlapping"
    printed = capsys.readouterr().out
    assert "% of the test reviews are also training reviews" in printed
    assert "an accuracy on them means nothing" in printed
    assert "Real reviews" not in printed


def test_the_users_own_archive_is_extracted_once(packed, home):
    """The user's archive is identified by its content, not by its name."""
    first = imdb.corpus(str(packed))
    mark = first.folder / "mark"
    mark.touch()
    assert imdb.corpus(str(packed)) == first
    assert mark.exists()
    with tarfile.open(packed, "w:gz") as file:
        file.add(first.folder, "x")
    assert imdb.corpus(str(packed)).folder != first.folder


def begin_corpus(path: str, begun) -> None:
    """Begin to load a corpus, and stay in the middle."""
    archive._review_filter = lambda *_: (begun.set(), time.sleep(600))
    imdb.corpus(path)


def test_two_at_once_and_kill_9(packed, home, capsys):
    """A second process waits and says so; a killed first one leaves nothing that is used."""
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    first = context.Process(target=begin_corpus, args=(str(packed), begun))
    first.start()
    try:
        assert begun.wait(60)  # in the middle, with the lock
        second = threading.Thread(target=imdb.corpus, args=(str(packed),))
        second.start()
        printed = []

        def waits() -> bool:
            printed.append(capsys.readouterr().out)
            return "another process that is making aclImdb" in "".join(printed)

        eventually(waits)
        (cache,) = (home / "data").glob("given-*")
        assert second.is_alive()
        assert not (cache / "aclImdb").exists()
    finally:
        first.kill()
        first.join()
    second.join(60)
    assert {path.name for path in cache.iterdir()} == {"aclImdb", "aclImdb.lock"}
    assert len(imdb.load("train", imdb.corpus(str(packed)))) == 4


@pytest.mark.full
@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_real_reviews(capsys):
    """The 50,000 real reviews have the numbers that their provenance states."""
    source = imdb.corpus(str(REAL_REVIEWS), quiet=True)
    train, test = imdb.load("train", source), imdb.load("test", source)
    assert len(train) == len(test) == 25_000
    assert train["sentiment"].sum() == test["sentiment"].sum() == 12_500
    size = sum(len(text.encode()) for text in train["text"])
    assert size == 16_842_831 + 16_289_992
    assert len(capsys.readouterr().out.splitlines()) == 2
