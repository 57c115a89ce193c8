"""The pictures of endpoints show latencies of calls, and what standing costs."""

import pytest

from helpers import plots


def test_latencies_are_drawn_in_milliseconds_with_median_and_99th_percentile():
    """Seconds become milliseconds, each call is counted, and the lines name their values."""
    figure = plots.latencies([0.002] * 98 + [0.004, 0.102])
    (axes,) = figure.axes
    assert sum(bar.get_height() for bar in axes.patches) == 100
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "median 2.0",
        "99th percentile 5.0",
    ]
    assert max(bar.get_x() + bar.get_width() for bar in axes.patches) == pytest.approx(102)


def test_the_text_of_latencies_does_not_change_with_the_times():
    """Two runs with different times have the same alternative text; another count another."""
    texts = [plots.latencies(times).get_label() for times in ([0.1, 0.2], [0.3, 0.5], [0.1])]
    assert texts[0] == texts[1] != texts[2]
    assert "2 calls" in texts[0]


def test_amounts_are_drawn_and_told_in_order():
    """The first amount is on top, and the text names each, rounded to the cent."""
    figure = plots.amounts({"a job": 0.0096, "a month": 83.95})
    (axes,) = figure.axes
    assert axes.yaxis_inverted()
    assert [bar.get_width() for bar in axes.patches] == [0.0096, 83.95]
    assert figure.get_label().endswith("in US dollars: a job 0.01; a month 83.95.")


def test_without_amounts_nothing_is_drawn():
    """An empty chart is refused."""
    with pytest.raises(ValueError, match="at least one"):
        plots.amounts({})


WEIGHTS = {"linear": 3, "xgboost": 1}


def test_variants_are_drawn_with_shares_bounds_and_errors():
    """Bars show each variant's part of a window, lines the expected part and the mean error."""
    answers = [("linear", 2.0), ("linear", -4.0), ("xgboost", 1.0), ("linear", 0.0)] * 25
    figure = plots.variants([*answers, ("linear", 99.0)], [(0, WEIGHTS)])
    shares, errors = figure.axes
    assert [bar.get_height() for bar in shares.patches] == [75, 25]
    expected, low, high = shares.lines
    assert list(expected.get_ydata()) == [75, 75]
    margin = 500 * (0.75 * 0.25 / 100) ** 0.5  # five standard deviations, in per cent
    assert list(low.get_ydata()) == pytest.approx([75 - margin] * 2)
    assert list(high.get_ydata()) == pytest.approx([75 + margin] * 2)
    assert [list(line.get_ydata()) for line in errors.lines] == [[2.0], [1.0]]


def test_the_text_of_variants_has_the_expected_shares_and_none_that_was_measured():
    """Two runs with the same phases have the same alternative text; other weights another."""
    phases = [(0, WEIGHTS), (100, {"xgboost": 1})]
    few, many = ([("linear", 1.0)] * number for number in (3, 500))
    texts = [plots.variants(answers, phases).get_label() for answers in (few, many)]
    assert texts[0] == texts[1]
    assert "75% linear and 25% xgboost, then 100% xgboost" in texts[0]


def test_three_variants_are_refused():
    """There are two looks, so a third variant is refused."""
    with pytest.raises(ValueError, match="Cannot plot 3 variants"):
        plots.variants([], [(0, {"a": 1, "b": 1, "c": 1})])
