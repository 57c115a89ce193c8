"""The Boston Housing table: its shape, its known faults, its split."""

import doctest
import hashlib

import pytest

from helpers.datasets import boston


def test_the_table_has_506_tracts_and_14_columns_without_a_gap():
    """The table has the shape, the column order and some values that the literature states."""
    frame = boston.load()
    assert frame.shape == (506, 14)
    assert list(frame) == list(boston.COLUMNS)
    assert not frame.isna().any().any()
    assert frame[boston.TARGET].mean() == pytest.approx(22.5328, abs=1e-4)
    assert frame["CHAS"].sum() == 35


def test_the_docstring_names_every_column():
    """A reader finds each column with its unit in help(boston.load)."""
    for column in boston.COLUMNS:
        assert f"\n        {column} " in boston.load.__doc__


def test_errata_point_at_the_values_that_the_table_prints():
    """Each erratum's row holds the miscoded price, not the corrected one."""
    prices = boston.load()[boston.TARGET]
    assert len(boston.ERRATA) == 8
    assert [prices[e.row] for e in boston.ERRATA] == [e.printed for e in boston.ERRATA]
    assert all(e.printed != e.corrected for e in boston.ERRATA)


def test_prices_are_cut_at_the_cap():
    """Sixteen tracts have the capped price, and none has a higher one."""
    prices = boston.load()[boston.TARGET]
    assert (prices == boston.CAP).sum() == 16
    assert prices.max() == boston.CAP


def test_an_edited_file_is_refused(tmp_path, monkeypatch):
    """One changed digit is noticed, and the message says how to restore the file."""
    edited = tmp_path / boston.FILE.name
    edited.write_bytes(boston.FILE.read_bytes().replace(b"50", b"51", 1))
    monkeypatch.setattr(boston, "FILE", edited)
    with pytest.raises(ValueError, match=r"git checkout -- .*boston_housing\.csv"):
        boston.load()


def test_split_takes_each_row_once_in_stated_sizes():
    """The split has 304, 101 and 101 rows: the whole table, each part in the table's order."""
    frame = boston.load()
    parts = boston.split(frame)
    assert [len(part) for part in parts] == [304, 101, 101]
    assert sorted(row for part in parts for row in part.index) == list(frame.index)
    assert all(part.index.is_monotonic_increasing for part in parts)


def test_split_is_the_same_on_every_machine():
    """The drawn rows are pinned, since a change would alter every number in the lessons."""
    parts = boston.split(boston.load())
    assert [list(part.index[:4]) for part in parts] == PINNED
    everything = repr([list(part.index) for part in parts]).encode()
    assert hashlib.sha256(everything).hexdigest() == PINNED_SHA256


def test_split_follows_the_seed():
    """Another seed draws other rows."""
    frame = boston.load()
    assert list(boston.split(frame, seed=1)[2].index) != list(boston.split(frame)[2].index)


def test_too_few_rows_are_refused():
    """A table of four rows is refused, because it would leave a part of the split empty."""
    with pytest.raises(ValueError, match="4 rows"):
        boston.split(boston.load().head(4))


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(boston).failed == 0


PINNED = [[0, 1, 2, 3], [4, 9, 21, 23], [7, 15, 18, 20]]
PINNED_SHA256 = "e6c2d7f25ebbc37d2a6c132c6311254c74fc64e119ca580bbb9a19f7033f285f"
