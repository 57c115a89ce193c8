"""The pictures of the mini-project on the web app show a repeated word, and effects of words."""

import pytest

from helpers import plots


def test_scores_of_a_repeated_word_are_drawn_both_ways():
    """Counts as typed and clipped counts have a line each, of different style and colour."""
    figure = plots.scores_by_count("bad", [1, 2, 3], [0.25, 0.25, 0.5], [0.25, 0.25, 0.25])
    typed, clipped, _ = figure.axes[0].get_lines()
    assert list(typed.get_ydata()) == [0.25, 0.25, 0.5]
    assert list(clipped.get_ydata()) == [0.25, 0.25, 0.25]
    assert typed.get_linestyle() != clipped.get_linestyle()
    assert "begins at 0.25 and ends at 0.50; with clipped counts at 0.25 and 0.25" in (
        figure.get_label()
    )
    with pytest.raises(ValueError, match="values against"):
        plots.scores_by_count("bad", [1, 2], [0.5], [0.5, 0.5])


def test_effects_are_ordered_and_told_apart_without_colour():
    """The largest effects are drawn, the largest on top; those for negative are hatched."""
    figure = plots.word_effects({"a": 0.1, "bad": -0.5, "good": 0.25}, 0.75, most=2)
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [-0.5, 0.25]
    assert [bar.get_hatch() for bar in axes.patches] == ["//", ""]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bad", "good"]
    assert axes.yaxis_inverted()
    assert figure.get_label().endswith("bad -0.50, good +0.25.")
    with pytest.raises(ValueError, match="finite"):
        plots.word_effects({}, 0.5)
