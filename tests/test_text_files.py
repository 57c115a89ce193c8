"""Features are written as files, and vocabularies as JSON."""

import contextlib
import json

import numpy
import pandas
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_svmlight_file
from sklearn.feature_extraction.text import CountVectorizer

from helpers.text import (
    VocabularyError,
    load_vocabulary,
    parse_vocabulary,
    save_vocabulary,
    words,
    write_csv,
    write_libsvm,
)

matrices = arrays(
    numpy.int32, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(0, 3)
)


@given(matrices)
def test_libsvm_is_read_back_by_others(tmp_path_factory, dense):
    """scikit-learn's reader finds the same counts and labels, and each row names column 0."""
    path = tmp_path_factory.mktemp("libsvm") / "x"
    labels = [row % 2 for row in range(len(dense))]
    write_libsvm(path, scipy.sparse.csr_matrix(dense), labels)
    found, found_labels = load_svmlight_file(str(path), n_features=dense.shape[1], zero_based=True)
    assert (found.toarray() == dense).all()
    assert found_labels.tolist() == labels
    assert all(line.split(" ")[1].startswith("0:") for line in path.read_text().splitlines())


def test_counts_of_scikit_learn_are_written_in_order(tmp_path):
    """The unsorted columns of CountVectorizer's rows are written in ascending order."""
    vectorizer = CountVectorizer(analyzer=words)
    features = vectorizer.fit_transform(["zebra apple mango apple", "mango zebra"])
    assert not features.has_sorted_indices
    write_libsvm(tmp_path / "x", features, [1, 0])
    assert (tmp_path / "x").read_text() == "1 0:2 1:1 2:1\n0 0:0 1:1 2:1\n"
    assert not features.has_sorted_indices  # the caller's matrix is left alone


def test_libsvm_without_labels_starts_with_its_first_pair(tmp_path):
    """Without labels no line is empty, even for a review without a single term."""
    write_libsvm(tmp_path / "x", scipy.sparse.csr_matrix([[0, 0, 0], [2, 0, 1]]))
    assert (tmp_path / "x").read_text() == "0:0\n0:2 2:1\n"


def test_many_rows_are_written_in_parts(tmp_path, monkeypatch):
    """The parts of a long file join without a gap: as many lines as rows, in order."""
    monkeypatch.setattr("helpers.text.files.ROWS_PER_BLOCK", 2)
    write_libsvm(tmp_path / "x", scipy.sparse.csr_matrix([[n] for n in range(5)]), range(5))
    assert (tmp_path / "x").read_text().splitlines() == [f"{n} 0:{n}" for n in range(5)]


def test_explicit_zeros_and_duplicates_are_not_counted(tmp_path):
    """Explicit zeros and duplicates in a matrix are written as the values they stand for."""
    odd = scipy.sparse.csr_matrix(([0, 1, 2], [1, 2, 2], [0, 3]), shape=(1, 3))
    write_libsvm(tmp_path / "x", odd, [1])
    assert (tmp_path / "x").read_text() == "1 0:0 2:3\n"


@given(matrices)
def test_csv_has_the_label_first_and_each_zero(tmp_path_factory, dense):
    """CSV has the label first, and numpy reads the same table back."""
    path = tmp_path_factory.mktemp("csv") / "x"
    labels = [row % 2 for row in range(len(dense))]
    write_csv(path, scipy.sparse.csr_matrix(dense), labels)
    table = numpy.loadtxt(path, delimiter=",", ndmin=2)
    assert table[:, 0].tolist() == labels
    assert (table[:, 1:] == dense).all()


@pytest.mark.parametrize("write", [write_libsvm, write_csv])
def test_labels_must_fit_the_rows(tmp_path, write):
    """Too few labels are reported before a byte is written."""
    with pytest.raises(ValueError, match="1 labels for 2 rows"):
        write(tmp_path / "x", scipy.sparse.csr_matrix([[1], [2]]), [1])
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("write", [write_libsvm, write_csv])
@pytest.mark.parametrize("label", ["pos", None, float("nan")])
def test_a_label_is_a_number(tmp_path, write, label):
    """A label or value that is not a finite number is named, and nothing is written."""
    with pytest.raises(ValueError, match="label of row 1 is"):
        write(tmp_path / "x", scipy.sparse.csr_matrix([[1], [2]]), [1, label])
    with pytest.raises(ValueError, match="not finite"):
        write(tmp_path / "x", scipy.sparse.csr_matrix([[float("nan")]]))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("make", [list, numpy.array, pandas.Series, pandas.DataFrame])
@pytest.mark.parametrize("kind", [int, bool, float, numpy.int64, numpy.float32, numpy.bool_])
def test_labels_of_any_kind_are_written_alike(tmp_path, make, kind):
    """Whole numbers are written without a decimal point, whatever their type."""
    write_libsvm(tmp_path / "x", scipy.sparse.csr_matrix([[1], [2]]), make([kind(1), kind(0)]))
    assert (tmp_path / "x").read_text() == "1 0:1\n0 0:2\n"


def test_numbers_keep_their_digits(tmp_path):
    """Large counts, weights and labels are written as they are."""
    odd = scipy.sparse.csr_matrix([[1.23456789, 12345678.5]])
    write_libsvm(tmp_path / "x", odd, [1234567])
    assert (tmp_path / "x").read_text() == "1234567 0:1.23456789 1:12345678.5\n"
    write_csv(tmp_path / "x", odd, [0.123456789])
    assert (tmp_path / "x").read_text() == "0.123456789,1.23456789,12345678.5\n"


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.none(), min_size=1))
def test_a_vocabulary_comes_back(tmp_path_factory, terms):
    """A vocabulary is read back, with terms of any script, and columns as plain numbers."""
    path = tmp_path_factory.mktemp("vocabulary") / "v.json"
    vocabulary = {term: column for column, term in enumerate(terms)}
    save_vocabulary(path, {term: numpy.int64(column) for term, column in vocabulary.items()})
    assert load_vocabulary(path) == vocabulary
    assert json.loads(path.read_text(encoding="utf-8")) == vocabulary


def test_swapped_arguments(tmp_path):
    """A vocabulary given as the path, and the other way round, gets the order of the arguments."""
    with pytest.raises(TypeError, match="pass the path first, then a mapping"):
        save_vocabulary({"good": 0}, tmp_path / "v.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1, 2]", "expected a JSON object"),
        (b"{}", "expected a JSON object"),
        (b'{"good": "0"}', "the column of 'good' is '0'"),
        (b'{"good": true}', "the column of 'good' is True"),
        (b'{"good": 0, "bad": 2}', "from 0 to 1 exactly once"),
    ],
)
def test_content_that_is_not_a_vocabulary_is_refused(content, message):
    """For invalid content, each error says what is wrong."""
    with pytest.raises(VocabularyError, match=message):
        parse_vocabulary(content)


@given(st.binary())
def test_any_bytes_are_a_vocabulary_or_refused(content):
    """Any content of a file is a vocabulary or is refused by the same error."""
    with contextlib.suppress(VocabularyError):
        assert parse_vocabulary(content)
