"""An expectation stops a lesson where something went wrong, and says where to go back."""

import doctest

import pytest

from helpers import expect
from helpers.lessons import expect as expect_module


def test_a_condition_that_holds_passes_silently(capsys):
    """An expectation that is met prints nothing in the notebook."""
    assert expect(True, found=1, expected=1, revisit="1. Load the data") is None
    assert capsys.readouterr() == ("", "")


def test_the_message_says_found_expected_and_where():
    """The message has a sentence each for the found value, the expected one and the step."""
    with pytest.raises(expect_module.ExpectationError) as error:
        expect([], found=0, expected="3 files", revisit="2. Upload the data")
    assert str(error.value).startswith('Found 0, expected 3 files. Go back to "2. Upload the data"')
    assert isinstance(error.value, AssertionError)


def test_a_question_ends_with_its_own_mark():
    """An expected value that ends with a question mark gets no full stop after it."""
    with pytest.raises(AssertionError, match=r'expected 2\. Is it Minimize\? Go back to "5"'):
        expect(False, found=3, expected="2. Is it Minimize?", revisit="5")


def test_found_and_expected_can_be_left_out():
    """None is a value that can be reported, unlike a value that is left out."""
    with pytest.raises(AssertionError, match=r"^Found None\. Go back"):
        expect(False, found=None, revisit="1")
    with pytest.raises(AssertionError, match=r"^This step did not give the expected result\. Go"):
        expect(False, revisit="1")


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(expect_module).failed == 0
