"""The filters' JSONPath: what AWS documents, and what it refuses."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform.json_path import InvalidFilterError, PathError, parse

CSV, JSON = "text/csv", "application/json"
ROW = ["a", "b", "c", "d", "e", "f"]


def select(path: str, value, content_type: str = CSV):
    """What the filter `path` takes of a value."""
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
    """Columns count from 0 or from the end, and the end of a range is in it."""
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
    """One name gives its value; several give an object with those members."""
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
    """What is no path is refused when the job is created."""
    with pytest.raises(InvalidFilterError, match=r'^Invalid OutputFilter: "'):
        parse(path, "OutputFilter", JSON)


def test_refused_characters():
    """AWS's text names the character and what it takes; an underscore isn't in it."""
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
    """AWS: indexes that aren't within the dimension size are an error."""
    with pytest.raises(PathError, match="the array has 6 elements"):
        select(path, ROW)


def test_several_ranges():
    """AWS takes them and fails the job, with this text in the log."""
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
    """The error says what was there instead."""
    with pytest.raises(PathError, match=text):
        select(path, value, JSON)


@given(st.text("$[]*., :-'ab01", max_size=12), st.sampled_from([ROW, DOCUMENT, [], {}, 1]))
def test_any_path_is_parsed_or_refused(path, value):
    """No other error comes out, whatever the text and the data."""
    with contextlib.suppress(InvalidFilterError, PathError):
        parse(f"${path}", "InputFilter", JSON).select(value)


@given(st.lists(st.integers(), min_size=1), st.data())
def test_ranges_include_both_ends(row, data):
    """`[first:last]` is every index from first to last."""
    first = data.draw(st.integers(0, len(row) - 1))
    last = data.draw(st.integers(first, len(row) - 1))
    assert select(f"$[{first}:{last}]", row) == [row[i] for i in range(first, last + 1)]
    assert select(f"$[{first - len(row)}:{last - len(row)}]", row) == row[first : last + 1]
