"""The preparation of reviews for the PyTorch model, which training and inference share."""

import doctest
import importlib.util
import json

import pytest
from support.lessons import PROJECTS


@pytest.fixture(scope="module")
def preparation():
    """Return the module of the PyTorch project, which needs no package."""
    path = PROJECTS / "pytorch/preparation.py"
    spec = importlib.util.spec_from_file_location("preparation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_are_true(preparation):
    """The examples in the docstrings are true."""
    outcome = doctest.testmod(preparation)
    assert outcome.failed == 0
    assert outcome.attempted >= 2


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        ("Great.<br /><br />Really GREAT!", ["great", "really", "great"]),
        ("rated 3 < 4 and 5 > 4", ["rated", "3", "4", "and", "5", "4"]),
        ("Tom &amp; Jerry", ["tom", "jerry"]),
        ("it\u2019s one\x96two\x85three", ["it's", "one", "two", "three"]),
        ("caf\u00e9 \u0441\u043e\u043d", ["caf\u00e9", "\u0441\u043e\u043d"]),
        ("<script>alert('x')</script>", ["alert", "x"]),
        ("!?", []),
    ],
)
def test_words(preparation, review, expected):
    """Tags, entities, punctuation and control characters go; letters of any script stay."""
    assert preparation.words(review) == expected


def test_a_review_is_cut_off_and_never_empty(preparation):
    """Only the first 500 words count, and a review without a word is one unknown word."""
    vocabulary = {"a": 2}
    assert preparation.encode("a " * 501, vocabulary) == [2] * 500
    assert preparation.encode("...", vocabulary) == [preparation.UNKNOWN]
    assert preparation.encode("", vocabulary) == [preparation.UNKNOWN]


def test_a_vocabulary_is_read_as_it_was_written(preparation, tmp_path):
    """A vocabulary with words of any script is read back."""
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps({"caf\u00e9": 2}), encoding="utf-8")
    assert preparation.load_vocabulary(path) == {"caf\u00e9": 2}
