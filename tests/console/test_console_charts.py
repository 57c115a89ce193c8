"""Charts are drawn from any values, and values are shown as text."""

import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.console.cells import cell
from helpers.local.console.charts import HEIGHT, MOST_POINTS, WIDTH, Series, chart
from helpers.local.console.content import Link, Status

numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-1e6, 1e6)


def positions(svg: str) -> list[tuple[float, float]]:
    """Return the points of all lines of a chart."""
    texts = " ".join(re.findall(r'points="([^"]*)"', svg)).split()
    return [tuple(map(float, text.split(","))) for text in texts]


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e9, 1e9)), min_size=1, max_size=30))
def test_a_chart_stays_in_its_frame(points):
    """Whatever the values, each point is inside of the picture."""
    svg = chart("title", [Series("name", points)], "x", "y")
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in positions(svg))


def test_what_is_not_a_number_is_left_out():
    """NaN and infinity are left out; without any other value there is no chart."""
    points = [(0, 1.0), (1, math.nan), (2, math.inf), (3, 2.0)]
    assert len(positions(chart("title", [Series("name", points)], "x", "y"))) == 2
    assert chart("title", [Series("name", points[1:3])], "x", "y") == ""
    assert chart("title", [], "x", "y") == ""


def test_a_long_curve_is_thinned():
    """A curve of 100,000 values has few points, among them its last."""
    points = [(n, float(n)) for n in range(100_000)]
    svg = chart("title", [Series("name", points)], "x", "y")
    assert len(positions(svg)) <= MOST_POINTS + 1
    assert "name: 1e+05" in svg


def test_lines_differ_by_more_than_colour():
    """Each of four lines has a style of its own, which has its own dashes in the style sheet."""
    svg = chart("title", [Series(str(n), [(0, n), (1, n)]) for n in range(4)], "x", "y")
    assert re.findall(r'polyline class="line (s\d)"', svg) == ["s0", "s1", "s2", "s3"]


@pytest.mark.parametrize("text", ["<b>", "a & b", "\"'", "</svg><script>alert(1)</script>"])
def test_names_are_escaped(text):
    """Names of metrics, values and links are text, wherever they stand."""
    svg = chart(text, [Series(text, [(0, 1), (1, 2)])], text, text)
    assert svg.count("<script") == 0
    assert text not in re.sub(r'"[^"]*"', "", svg.split("</figcaption>")[0]) or text == "\"'"
    for value in (text, Status(text), Link(text, None), Link(text, "/"), [text]):
        assert "<script" not in cell(value)
        assert "<b>" not in cell(value)


def test_values_are_shown_as_people_read_them():
    """A missing value is a dash, a float has six digits, a list has commas."""
    assert cell(None) == cell("") == "-"
    assert cell(0) == "0"
    assert cell(0.123456789) == "0.123457"
    assert cell(["a", 1]) == "a, 1"
    assert 'datetime="2026-11-28T10:00:00+00:00"' in cell(datetime(2026, 11, 28, 10, tzinfo=UTC))
