"""The filters' JSONPath accepts what AWS documents, and refuses the rest."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform.json_path import InvalidFilterError, PathError, parse

CSV, JSON = "text/csv", "application/json"
ROW = ["a", "b", "c", "d", "e", "f"]


def select(path: str, value, content_type: str = CSV):
    """Return what the filter `path` selects of a value."""
    return parse(path, "InputFilter", content_type).select(value)


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", ROW),
        ("$[*]", ROW),
        ("$[0]", "a"),
        ("$[-1]", "f"),
        ("$[0,3]", ["a", "d"]),
        ("$[0, -1]", ["a", "f"]),
        ("$[1:]", ROW[1:]),
        ("$[1:4]", ["b", "c", "d", "e"]),
        ("$[:5]", ROW),
        ("$[:2]", ["a", "b", "c"]),
        ("$[-2:]", ["e", "f"]),
        ("$[1:-2]", ["b", "c", "d", "e"]),
        ("$[:]", ROW),
    ],
)
def test_columns(path, selected):
    """Columns count from 0 or from the end, and ranges include their ends."""
    assert select(path, ROW) == selected


DOCUMENT = {
    "id": 7,
    "features": [1, 2],
    "a": {"b": {"c": 1}, "d": 2},
    "SageMakerOutput": {"s": 0.5},
}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", DOCUMENT),
        ("$.features", [1, 2]),
        ("$.features[1:]", [2]),
        ("$['features']", [1, 2]),
        ("$.a.b.c", 1),
        ("$.a['b'].c", 1),
        ("$.a.['b','d']", {"b": {"c": 1}, "d": 2}),
        ("$.a.*", [{"c": 1}, 2]),
        ("$['id','SageMakerOutput']", {"id": 7, "SageMakerOutput": {"s": 0.5}}),
        ("$['id', 'features']", {"id": 7, "features": [1, 2]}),
        ("$.SageMakerOutput.s", 0.5),
    ],
)
def test_members(path, selected):
    """One name selects its value; several select an object with those members."""
    assert select(path, DOCUMENT, JSON) == selected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "1",
        "[1:]",
        "$[",
        "$]",
        "$[]",
        "$[1,]",
        "$[a]",
        "$[1:2:3,]x",
        "$..a",
        "$[--1]",
        "$ [0]x",
        "$.",
        "$[1 2:",
        "$.a,b",
        "$[?(@.a)]",
        "$['a'",
        "$[('a')]",
        "$['a','b.c']x!",
    ],
)
def test_refused_paths(path):
    """An invalid path is refused when the job is created."""
    with pytest.raises(InvalidFilterError, match=r'^Invalid OutputFilter: "'):
        parse(path, "OutputFilter", JSON)


def test_refused_characters():
    """AWS's text names the refused character and the allowed ones, without an underscore."""
    with pytest.raises(InvalidFilterError) as caught:
        parse("$['account_id','SageMakerOutput']", "OutputFilter", "application/jsonlines")
    assert str(caught.value) == (
        "Invalid OutputFilter: \"$['account_id','SageMakerOutput']\". "
        'Unexpected "_" in JsonPath. '
        'Supported operators for "application/jsonlines" are '
        "['$', '[', ']', '*', '.', ' ', ',', ':', '-', ''']"
    )
    with pytest.raises(InvalidFilterError, match=r'Unexpected "\."'):
        parse("$.features", "InputFilter", CSV)


@pytest.mark.parametrize("path", ["$[6]", "$[-7]", "$[0,6]", "$[6:]", "$[:6]", "$[2:9]"])
def test_indexes_outside_the_row(path):
    """Indexes outside the row are an error, with AWS's text."""
    with pytest.raises(PathError, match="the array has 6 elements"):
        select(path, ROW)


def test_several_ranges():
    """Several ranges are accepted, but fail the job with AWS's text in the log."""
    with pytest.raises(PathError) as caught:
        select("$[0:2,246:]", ROW)
    assert str(caught.value) == (
        "Invalid JsonPath: $[0:2,246:]: only single range filters of format (eg: [1:5]) are "
        "supported. Format [0:2,246:] is not supported"
    )


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("$.x", {"a": 1}, "there is no 'x', only 'a'"),
        ("$.x", [1], "expected an object with 'x', got"),
        ("$[0]", {"a": 1}, "expected an array, got dict"),
        ("$[*]", 5, "expected an array, got int"),
        ("$.*[1:]", {}, "the array has 0 elements"),
    ],
)
def test_paths_that_do_not_fit(path, value, text):
    """If a path doesn't fit the data, the error says what was there instead."""
    with pytest.raises(PathError, match=text):
        select(path, value, JSON)


@given(st.text("$[]*., :-'ab01", max_size=12), st.sampled_from([ROW, DOCUMENT, [], {}, 1]))
def test_any_path_is_parsed_or_refused(path, value):
    """Any text is parsed or refused, and no other error occurs with any data."""
    with contextlib.suppress(InvalidFilterError, PathError):
        parse(f"${path}", "InputFilter", JSON).select(value)


@given(st.lists(st.integers(), min_size=1), st.data())
def test_ranges_include_both_ends(row, data):
    """A range `[first:last]` includes every index from first to last."""
    first = data.draw(st.integers(0, len(row) - 1))
    last = data.draw(st.integers(first, len(row) - 1))
    assert select(f"$[{first}:{last}]", row) == [row[i] for i in range(first, last + 1)]
    assert select(f"$[{first - len(row)}:{last - len(row)}]", row) == row[first : last + 1]
