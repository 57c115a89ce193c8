"""Counting words with scikit-learn's CountVectorizer and the course's analyzer, `words`."""

import warnings

import pandas
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer

from helpers.text import words


@pytest.fixture
def vectorizer() -> CountVectorizer:
    return CountVectorizer(analyzer=words, max_features=3)


def test_stems_are_counted_without_stop_words_and_warnings(vectorizer):
    """The most frequent stems get the columns, in alphabetical order, and nothing is printed."""
    texts = pandas.Series(
        ["The films: loved, loving, LOVED!", "A bad, bad film", "the the the the"]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features = vectorizer.fit_transform(texts)
    assert vectorizer.get_feature_names_out().tolist() == ["bad", "film", "love"]
    assert features.toarray().tolist() == [[0, 1, 3], [2, 1, 0], [0, 0, 0]]


def test_transform_learns_nothing(vectorizer):
    """A word that the fit did not see gets no column, and its text an empty row."""
    vectorizer.fit(["good film"])
    features = vectorizer.transform(["splendid", "", "good good"])
    assert features.toarray().tolist() == [[0, 0], [0, 0], [0, 2]]


def test_wrong_use_is_explained(vectorizer):
    """A missing text, a single text, texts without words or a missing fit raise with a reason."""
    with pytest.raises(TypeError, match="expected str, got NoneType"):
        vectorizer.fit(["good", None])
    with pytest.raises(ValueError, match="string object received"):
        vectorizer.fit("good film")
    with pytest.raises(ValueError, match="empty vocabulary"):
        vectorizer.fit(["the of", ""])
    with pytest.raises(NotFittedError, match="not fitted"):
        vectorizer.transform(["good"])


def test_nothing_is_made_dense():
    """Counting 50,000 texts of as many terms never makes a dense array, which takes 20 GB."""
    texts = [f"w{number}" for number in range(50_000)]
    features = CountVectorizer(analyzer=words, max_features=50_000).fit_transform(texts)
    assert scipy.sparse.issparse(features)
    assert features.nnz == 50_000
