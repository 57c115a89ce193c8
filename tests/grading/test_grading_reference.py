"""The checker's own counts of the reviews, kept in the home folder."""

import numpy
import pytest
from support.learner import WORDS

from helpers.datasets.imdb import layout
from helpers.grading import reference


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    reference.load.cache_clear()
    yield tmp_path
    reference.load.cache_clear()


def assert_equal(read: reference.Reviews, counted: reference.Reviews) -> None:
    assert read.terms == counted.terms
    for name, split in counted.splits.items():
        assert read.splits[name].names == split.names
        assert numpy.array_equal(read.splits[name].labels, split.labels)
        assert (read.splits[name].counts != split.counts).nnz == 0
    for names in (("train",), ("test",), ("train", "test")):
        for size in (1, 500, 10**6):
            assert read.most_frequent(names, size) == counted.most_frequent(names, size)


def test_counts_are_kept(home, corpus, monkeypatch):
    """The next process reads the counts, which are those that were made, and counts nothing."""
    counted = reference.load(corpus)
    reference.load.cache_clear()
    monkeypatch.setattr(reference, "_count", None)
    assert_equal(reference.load(corpus), counted)


def test_the_most_frequent_terms(home, corpus):
    """A term that does not occur in a split is never one of its most frequent ones."""
    reviews = reference.load(corpus)
    totals = numpy.asarray(reviews.splits["test"].counts.sum(axis=0)).ravel()
    assert (totals == 0).any()
    expected = {term for term, total in zip(reviews.terms, totals, strict=True) if total}
    assert reviews.most_frequent(("test",), 10**6) == expected
    (first,) = reviews.most_frequent(("test",), 1)
    assert totals[reviews.terms.index(first)] == totals.max()


def test_counts_that_were_cut_off(home, corpus):
    """A file of counts that is damaged is written again."""
    counted = reference.load(corpus)
    (path,) = (home / "grading").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    reference.load.cache_clear()
    assert_equal(reference.load(corpus), counted)
    assert path.stat().st_size > 1000


def test_reviews_lost_from_the_cache(home, corpus, solved):
    """Reviews that are missing from the cache's folder are a hint of the check, not an error."""
    layout.write_counts(corpus.folder)
    review = next((corpus.folder / "train" / "pos").iterdir())
    moved = review.rename(corpus.folder / review.name)
    try:
        assert "holds 499 reviews, but was made with 500" in solved.hint(WORDS)
    finally:
        moved.rename(review)
        (corpus.folder / layout.COUNTS_FILE).unlink()


def test_other_reviews_are_counted_again(home, corpus):
    """After a review was added or removed, its folder's counts are not used any more."""
    reference.load(corpus)
    review = next((corpus.folder / "train" / "pos").iterdir())
    moved = review.rename(review.with_name("99999_9.txt"))
    try:
        reference.load.cache_clear()
        assert "pos/99999_9" in reference.load(corpus).splits["train"].names
    finally:
        moved.rename(review)
