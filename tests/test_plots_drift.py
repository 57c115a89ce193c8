"""The pictures of the mini-project on drift show weeks, words and answers."""

import numpy
import pytest

from helpers import plots


def test_weeks_of_drift_are_marked_and_told():
    """Each week is told with its accuracy, and those with drift are marked."""
    figure = plots.weekly_accuracy([1, 2, 3], [0.8, 0.81, 0.6], drifted=[3])
    (axes,) = figure.axes
    assert axes.collections[0].get_offsets().tolist() == [[3, 0.6]]
    assert figure.get_label().endswith("1: 0.80, 2: 0.81, 3: 0.60 (drift).")
    assert len(plots.weekly_accuracy([1], [0.8]).axes[0].collections) == 0


def test_words_are_told_with_both_shares():
    """The first word is on top, and the text has its shares before and after."""
    figure = plots.changed_sides(["bad", "good"], [0.4, 0.65], [0.59, 0.4])
    (axes,) = figure.axes
    assert axes.yaxis_inverted()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bad", "good"]
    assert figure.get_label().endswith("bad 0.40 and 0.59; good 0.65 and 0.40.")
    with pytest.raises(ValueError, match="1 terms for 2 shares"):
        plots.changed_sides(["bad"], [0.4, 0.5], [0.5, 0.5])


def answers(seconds, variants=("first", "first", "second", "second")):
    return plots.answers_over_time(seconds, variants, [0, 1, 1, 1], {"update": 0.5}, window=2)


def test_each_variant_has_the_running_accuracy_of_its_answers():
    """A point is the mean of the last calls, on the line of the variant that answered."""
    (axes,) = answers([0, 1, 2, 3]).axes
    first, second = (numpy.asarray(line.get_ydata(), float) for line in axes.lines[:2])
    numpy.testing.assert_array_equal(first, [numpy.nan, 0.5, numpy.nan, numpy.nan])
    numpy.testing.assert_array_equal(second, [numpy.nan, numpy.nan, 1, 1])


def test_the_text_of_answers_does_not_change_with_the_times():
    """Two runs with different times have the same text; it names variants and marks."""
    assert answers([0, 1, 2, 3]).get_label() == answers([0, 2, 4, 9]).get_label()
    text = answers([0, 1, 2, 3]).get_label()
    assert "first, then second. Vertical lines: update." in text
    with pytest.raises(ValueError, match="1 variants for 4 calls"):
        answers([0, 1, 2, 3], ["first"])
