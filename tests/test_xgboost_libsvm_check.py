"""libsvm files are refused, with the line's number, unless each line is libsvm."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.xgboost_job import Job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import libsvm_check

GOOD = "1 0:1.5 3:-2e3\n"
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
PAIR = re.compile(rf"\d{{1,10}}:{NUMBER}")
LABEL = re.compile(rf"{NUMBER}(?::{NUMBER})?")


@pytest.mark.parametrize(
    "line",
    [
        "0 0:1", "1.5 0:0.5 7:1e-3", "-1 0:1", "1:0.5 0:1", "1 qid:3 0:1", "1", "", "# a comment",
        "1 0:1 # a comment", "1\t0:1\t2:3", "1 0:1 ", "1 0:1\r", "nan 0:1", "+1 5:+1", "1 5:.5",
        "1  0:1", "1 3:1 1:2", "\ufeff1 0:1",
    ],
)  # fmt: skip
def test_accepted(tmp_path, line):
    """What the format allows passes: weights, qid, comments, tabs, blank lines, any order."""
    (tmp_path / "a.libsvm").write_text(GOOD + line + "\n" + GOOD, newline="")
    libsvm_check.check(tmp_path / "a.libsvm", "a.libsvm")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("1 -1:5", "-1:5"), ("1 0:", "0:"), ("1 :5", ":5"), ("1 0:1:2", "0:1:2"), ("1 0:a", "0:a"),
        ("1 0:nan", "0:nan"), ("1 0:inf", "0:inf"), ("a 0:1", "a"), ("1 5", "5"), ("1 0 :1", "0"),
        ("1 0: 1", "0:"), ("1 1.5:1", "1.5:1"), ("1 1e3:1", "1e3:1"), ("1,2 0:1", "1,2"),
        ("1 0:1,2", "0:1,2"), ("1 99999999999:1", "99999999999:1"), ("1 2147483648:1", "214748364"),
        ("1 a:1", "a:1"), ("1 0:1\x00", "0:1"), ("1 0:--1", "0:--1"), ("1 0:1.2.3", "0:1.2.3"),
        ("0:1 1:2 qid:x", "qid:x"), ("1 0:1e", "0:1e"), ("1 0:.", "0:."),
    ],
)  # fmt: skip
def test_refused(tmp_path, line, shown):
    """What the format doesn't allow is refused by its line, before the library reads it."""
    (tmp_path / "a.libsvm").write_text(GOOD * 3 + line + "\n" + GOOD)
    with pytest.raises(UserError) as caught:
        libsvm_check.check(tmp_path / "a.libsvm", "a.libsvm")
    assert "File 'a.libsvm', line 4: expected " in str(caught.value)
    assert f"got '{shown}" in str(caught.value)


@settings(max_examples=300)
@given(st.text("019.:+-e \n", max_size=14))
def test_same_as_regular_expressions(tmp_path_factory, text):
    """The quick test of a block never passes a line that regular expressions refuse."""
    path = tmp_path_factory.getbasetemp() / "fuzz.libsvm"
    path.write_text(text)
    expected = True
    for line in text.split("\n"):
        label, *pairs = line.split() or ["0"]
        expected &= bool(LABEL.fullmatch(label))
        expected &= all(PAIR.fullmatch(pair) for pair in pairs)
    try:
        libsvm_check.check(path, "fuzz")
        accepted = True
    except UserError:
        accepted = False
    assert accepted is expected


def test_one_based_file_is_named(tmp_path, caplog):
    """A file without an index 0 gets a warning about requests whose columns shift."""
    path = tmp_path / "a.libsvm"
    path.write_text("1 1:2 3:4\n")
    libsvm_check.check(path, "a.libsvm", one_based_requests=True)
    assert "shifts the columns of a libsvm request without index 0 by one" in caplog.text
    caplog.clear()
    path.write_text("1 1:2 3:4\n1 0:2\n")
    libsvm_check.check(path, "a.libsvm", one_based_requests=True)
    assert not caplog.text


def test_job_ends_with_a_reason(tmp_path):
    """A bad line far from the start ends the job with its number, and without stack addresses."""
    text = GOOD * 20000 + "1 -4:5\n" + GOOD
    job = Job(tmp_path, {"train": {"a.libsvm": text}}, "text/libsvm")
    assert job.train() == 1
    assert "File 'a.libsvm', line 20001: expected an index:value pair, got '-4:5'" in job.failure
    assert "[bt]" not in job.failure
