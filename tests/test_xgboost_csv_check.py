"""Text, headers and missing labels in a training CSV are found."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import csv_check

assert xgboost_job


def find(tmp_path, text, delimiter=","):
    (tmp_path / "t.csv").write_bytes(text.encode())
    return csv_check.find_text(tmp_path / "t.csv", "t.csv", delimiter)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6\n",
        "-1.5,+2,1e-10\n.5,5.,1E+3\r\n",
        "1,,nan\n2,NaN,\n",
        "1, 2 ,3\n\n",
        "",
    ],
)
def test_numbers_pass(tmp_path, text):
    """Numbers in any notation, missing features and empty lines are accepted."""
    assert find(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "line", "column", "cell"),
    [
        ("medv,crim\n1,2\n", 1, 1, "medv"),
        ("1,2\n1,True\n", 2, 2, "True"),
        ("1,2\n,3\n", 2, 1, ""),
        ("1,2\n1,2023-01-26\n", 2, 2, "2023-01-26"),
        ("1,1.2.3\n", 1, 2, "1.2.3"),
        ("1,-\n", 1, 2, "-"),
        ("1,e5\n", 1, 2, "e5"),
        ("1,inf\n", 1, 2, "inf"),
        ('1,"5"\n', 1, 2, '"5"'),
    ],
)
def test_the_first_cell_that_is_not_a_number_is_found(tmp_path, text, line, column, cell):
    """A cell that isn't a number is reported with line and column, counted from 1."""
    finding = find(tmp_path, text)[0]
    assert (finding.line, finding.column, finding.cell) == (line, column, cell)


def test_line_numbers_across_chunks(tmp_path, monkeypatch):
    """In a file larger than a chunk the line numbers are still right."""
    monkeypatch.setattr(csv_check, "CHUNK_BYTES", 10)
    assert find(tmp_path, "1,2\n" * 50 + "1,x\n" + "1,2\n" * 50)[0].line == 51


def test_findings_end(tmp_path):
    """After a few findings the check ends."""
    assert len(find(tmp_path, "a,b\n" * 1000)) == csv_check.MAX_FINDINGS


def test_warning_and_refusal(tmp_path):
    """One image family warns in several lines, and the other refuses in AWS's words."""
    findings = find(tmp_path, "y,x\n1,2\n,5\n")
    lines = csv_check.describe(findings, "sagemaker-xgboost:3.2-0").splitlines()
    assert lines[1] == (
        "  t.csv, line 1: text 'y' in column 1 (the label) and 1 more cells that aren't numbers: "
        "is that a header?"
    )
    assert lines[2] == "  t.csv, line 3: no value in column 1 (the label)"
    with pytest.raises(
        UserError, match=r"^Non-numeric value 'y' found in the header line 'y,x\.\.\.'"
    ):
        csv_check.refuse(findings)
    with pytest.raises(UserError, match=r"^Got input data without labels"):
        csv_check.refuse(findings[1:])


CELLS = st.lists(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False).map(str),
        st.integers().map(str),
        st.text("0123456789+-.eE nafx", max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@example([["0..0"]], ",")
@example([["5.-9"]], ",")
@example([["1e5.2"], ["1"]], ";")
@example([[" ", "8"]], ",")
@example([["nan9."]], ",")
@given(st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_skimming_finds_what_reading_finds(tmp_path_factory, table, delimiter):
    """The quick check of a chunk never misses a line that the check of each cell reports."""
    lines = [delimiter.join(row).encode() for row in table]
    mark = delimiter.encode()
    expected = [n for n, line in enumerate(lines, 1) if csv_check._check_line(line, mark, "", n)]
    path = tmp_path_factory.getbasetemp() / "skim.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    found = [finding.line for finding in csv_check.find_text(path, "", delimiter)]
    assert found == expected[: csv_check.MAX_FINDINGS]


@pytest.mark.parametrize(("text", "is_named"), [("1,True\n0,False\n", True), ("1,red\n", False)])
def test_booleans_are_named(tmp_path, text, is_named):
    """True and False get a paragraph of their own: what they count as, and what to do."""
    path = tmp_path / "t.csv"
    path.write_text("1,2\n" + text)
    findings = csv_check.find_text(path, "t.csv", ",")
    warning = csv_check.describe(findings, "sagemaker-xgboost:3.2-0")
    assert ("as a label both count as 0" in warning) is is_named
