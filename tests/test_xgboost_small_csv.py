"""Small CSV files are read through standard input, to the same matrix."""

import os
import sys

import pytest
import xgboost

from helpers.local.containers.xgboost import small_csv, training_data

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only glibc's stdin is used")

PLAIN = {
    "numbers": b"1,2.5,-3e5\n0.1234567,1e-50,12345678901234567890\n",
    "missing cells": b"1,,2\n3,4,\n5,,\n",
    "lines of other lengths": b"1,2,3\n3,4,5,6\n7,8,9\n",
    "Windows line ends": b"1,2,3\r\n3,4,5\r\n",
    "numbers that are none": b"1,e,2\n-,5e,.\n1.2.3,--1,+4\n",
    "many lines": b"".join(b"%d,%d.25,%d\n" % (n, n * n, -n) for n in range(9_000)),
}
OTHER = {
    "nothing": b"",
    "text": b"1,abc\n",
    "no line end": b"1,2\n3,4",
    "blank line": b"1,2\n\n3,4\n",
    "empty first cell": b"1,2\n,4\n",
    "spaces": b"1, 2\n",
    "byte order mark": b"\xef\xbb\xbf1,2\n",
    "zero byte": b"1,\x002\n",
    "not small": b"1,2\n" * 70_000,
}


def content(matrix):
    rows = matrix.get_data()
    parts = (rows.indptr, rows.indices, rows.data, matrix.get_label(), matrix.get_weight())
    return matrix.num_row(), matrix.num_col(), [part.tobytes() for part in parts]


@pytest.mark.parametrize("weights", [0, 1])
@pytest.mark.parametrize("name", PLAIN)
def test_the_matrix_is_that_of_the_file(tmp_path, monkeypatch, name, weights):
    """A small file with numbers only has, bit by bit, the values that the reader of paths reads."""
    (tmp_path / "data.csv").write_bytes(PLAIN[name])
    assert small_csv.is_small_and_plain(tmp_path / "data.csv")
    options, uris = training_data.Options("csv", weights), []
    make = xgboost.DMatrix
    monkeypatch.setattr(
        xgboost, "DMatrix", lambda uri, **more: uris.append(uri) or make(uri, **more)
    )
    small = training_data.load([tmp_path], options)
    monkeypatch.setattr(small_csv, "is_small_and_plain", lambda path: False)
    assert content(small) == content(training_data.load([tmp_path], options))
    assert [uri.startswith("stdin?") for uri in uris] == [True, False]


@pytest.mark.parametrize("name", OTHER)
def test_other_files_are_read_by_their_path(tmp_path, name):
    """A file in which the two readers may differ is not read from standard input."""
    (tmp_path / "data.csv").write_bytes(OTHER[name])
    assert not small_csv.is_small_and_plain(tmp_path / "data.csv")


def test_standard_input_is_restored(tmp_path):
    """After a file has been read, also one that xgboost refuses, standard input is what it was."""
    (tmp_path / "data.csv").write_bytes(b"1,2\n3\n")
    before = os.fstat(0)
    with (
        pytest.raises(xgboost.core.XGBoostError, match="Delimiter"),
        small_csv.as_standard_input(tmp_path / "data.csv") as uri,
    ):
        xgboost.DMatrix(f"{uri}?format=csv&label_column=0&delimiter=,")
    assert os.path.samestat(before, os.fstat(0))
