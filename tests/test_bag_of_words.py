"""Bags of words: which terms get a column, and how often each occurs."""

import os
import subprocess
import sys

import numpy
import pandas
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from helpers.text import BagOfWords, NotFitted, counting, words

WORDS = ["film", "Films", "loved", "loving", "the", "not", "bad", "bad", "plot", "music"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1)


def bag(**settings) -> BagOfWords:
    return BagOfWords(**{"cache": False, **settings})


@given(texts.filter(lambda found: any(words(text) for text in found)))
def test_it_counts_as_scikit_learn_does(found):
    """Without a limit it is CountVectorizer's matrix, column by column."""
    theirs = CountVectorizer(analyzer=words)
    expected, ours = theirs.fit_transform(found), bag()
    features = ours.fit_transform(found)
    assert ours.terms == list(theirs.get_feature_names_out())
    assert features.dtype == numpy.int32
    assert features.shape == expected.shape
    assert (features != expected).nnz == 0
    assert (ours.transform(found[::-1]) != expected[::-1]).nnz == 0


@settings(max_examples=30)
@given(texts.filter(lambda found: any(words(text) for text in found)), st.integers(1, 5))
def test_the_most_frequent_terms_stay(found, most):
    """Of equally frequent terms the first of the alphabet stay; columns are alphabetical."""
    everything = bag()
    counts = numpy.asarray(everything.fit_transform(found).sum(axis=0)).ravel()
    ranked = sorted(zip(-counts, everything.terms, strict=True))
    limited = bag(max_terms=most)
    features = limited.fit_transform(found)
    assert limited.terms == sorted(term for _, term in ranked[:most])
    assert features.sum() == -sum(count for count, _ in ranked[:most])


def test_transform_learns_nothing():
    """A word that the fit did not see gets no column, and its text an empty row."""
    fitted = bag().fit(["good film"])
    features = fitted.transform(["splendid", "", "good good"])
    assert fitted.vocabulary_ == {"film": 0, "good": 1}
    assert features.toarray().tolist() == [[0, 0], [0, 0], [0, 2]]


def test_several_processes_count_as_one_does():
    """Terms and counts are the same, whichever process saw a term first."""
    found = [f"film {number} w{number % 7} {'good ' * (number % 3)}" for number in range(60)]
    alone, together = bag(processes=1), bag(processes=2)
    assert (alone.fit_transform(found) != together.fit_transform(found)).nnz == 0
    assert alone.terms == together.terms
    assert (alone.transform(found) != together.transform(found)).nnz == 0


def test_processes_don_t_run_the_callers_program_again(tmp_path):
    """A script without a __main__ guard, as a notebook is one, is not run in each process."""
    script = tmp_path / "script.py"
    script.write_text(
        "from helpers.text import BagOfWords\n"
        "print('ran')\n"
        "print(BagOfWords(processes=2, cache=False).fit_transform(['good film'] * 40).sum())\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["ran", "80"]
    assert done.stderr == ""


class Fatal(str):
    """A text that ends the process which reads it, as the system does when memory runs short."""

    def __reduce__(self):
        return os._exit, (9,)


def test_a_process_that_is_killed_keeps_nobody_waiting():
    """The error says so at once, and what to do."""
    with pytest.raises(RuntimeError, match=r"ended from outside.*processes=1"):
        counting.count(["good"] * 20 + [Fatal("film")], processes=2)


def test_few_texts_are_counted_in_few_processes(monkeypatch):
    """A process takes as long to start as 2,000 texts to count; asked for, it is started."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [bag()._workers(["x"] * n) for n in (0, 3_999, 6_000, 50_000)] == [1, 1, 3, 8]
    assert bag(processes=5)._workers(["x"]) == 5


def test_a_vocabulary_makes_the_same_bag_again():
    """What was learnt can be kept, and counts new texts alike."""
    fitted = bag().fit(["good film", "bad plot"])
    again = BagOfWords.from_vocabulary(fitted.vocabulary_, cache=False)
    assert (again.transform(["bad bad film"]) != fitted.transform(["bad bad film"])).nnz == 0
    with pytest.raises(ValueError, match="each once"):
        BagOfWords.from_vocabulary({"good": 0, "film": 2})


def test_wrong_use_is_explained():
    """One text, no text, missing texts, nothing to count, no fit: each says what to do."""
    with pytest.raises(TypeError, match="was given one text"):
        bag().fit("good film")
    with pytest.raises(TypeError, match="Text 1 is no text but float"):
        bag().fit(["good", float("nan")])
    with pytest.raises(TypeError, match="name the column"):
        bag().fit(pandas.DataFrame({"text": ["good film"]}))
    with pytest.raises(ValueError, match="no word in these texts"):
        bag().fit(["the of", ""])
    with pytest.raises(NotFitted, match="call fit"):
        bag().transform(["good"])
    with pytest.raises(ValueError, match="at least one term"):
        BagOfWords(max_terms=0)


def test_nothing_is_made_dense():
    """50,000 texts of one word each and as many terms: 10 GB, were it dense."""
    found = [f"w{number}" for number in range(50_000)]
    features = bag(max_terms=50_000, processes=1).fit_transform(found)
    assert scipy.sparse.issparse(features)
    assert features.nnz == 50_000


def test_empty_parts_of_the_texts_are_counted():
    """A process whose texts hold no word at all gives empty rows."""
    counted = counting.count(["the"] * 20 + ["good"] * 20, processes=2)
    assert counted.features.shape == (40, 1)
    assert counted.features.sum() == 20
