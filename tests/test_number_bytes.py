"""Text is numbers only, or it isn't: a quick test against a regular expression."""

import doctest
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers.local.containers.toolkit import number_bytes

CELL = re.compile(rb"(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?")


@given(st.text("0123456789.+-eE,\n", max_size=12))
@example("1.2.3")
@example("1e-5.2")
@example("1e5e5")
@example("-.e-5")
@example("2023-01-26")
@example("1e+")
@example(".")
@example("1.5e3,-.5\n+7.")
def test_same_as_a_regular_expression(text):
    """A block is numbers only if each of its cells is a number or empty."""
    block = f"\n{text}\n".encode()
    expected = all(CELL.fullmatch(cell) for cell in re.split(rb"[,\n]", block))
    assert number_bytes.only_numbers(block, b",\n") is expected


@pytest.mark.parametrize("byte", [b"x", b" ", b"\xff", b"\r", b'"'])
def test_other_bytes(byte):
    """A byte that neither belongs to a number nor ends one is seen."""
    assert not number_bytes.only_numbers(b"\n1," + byte + b",2\n", b",\n")


def test_pairs():
    """Two bytes side by side are found, wherever they are."""
    assert number_bytes.has_pair(b"1\n,2", b"\n,")
    assert not number_bytes.has_pair(b"1\n2,", b"\n,")


def test_examples():
    """The examples in the docstrings run."""
    results = doctest.testmod(number_bytes)
    assert results.attempted
    assert results.failed == 0
