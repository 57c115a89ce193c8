"""The pictures of the lessons on tuning show what a search tried, and whether it paid."""

import pytest
from matplotlib.colors import to_hex

from helpers import plots


def test_the_best_so_far_never_rises():
    """A dot for each job, and a line with the lowest value up to each."""
    figure = plots.best_so_far([4.0, 3.5, 3.75, 3.25, 5.0])
    steps, dots = figure.axes[0].get_lines()
    assert list(dots.get_ydata()) == [4.0, 3.5, 3.75, 3.25, 5.0]
    assert list(steps.get_ydata()) == [4.0, 3.5, 3.5, 3.25, 3.25]
    assert "number 4, has 3.25; the worst has 5.00" in figure.get_label()


def test_each_hyperparameter_has_a_chart_with_the_best_job_marked():
    """Four hyperparameters make four charts; the diamond is the job with the lowest objective."""
    tried = {"eta": [0.1, 0.3], "a": [1, 2], "b": [3, 4], "c": [5, 6]}
    figure = plots.tried_values(tried, [3.5, 3.0], logarithmic={"eta"})
    assert [axes.get_xlabel() for axes in figure.axes] == list(tried)
    assert [axes.get_xscale() for axes in figure.axes] == ["log", "linear", "linear", "linear"]
    assert [float(axes.get_lines()[1].get_xdata()[0]) for axes in figure.axes] == [0.3, 2, 4, 6]
    assert figure.get_label().endswith("the best job, 3.00: eta 0.3, a 2, b 4, c 6.")


def test_values_must_fit_the_objective():
    """A hyperparameter with a value too few is refused, and so is a chart of none."""
    with pytest.raises(ValueError, match="1 values against 2"):
        plots.tried_values({"eta": [0.1]}, [3.5, 3.0])
    with pytest.raises(ValueError, match="at least one"):
        plots.tried_values({}, [3.5])


def test_differences_are_ordered_and_told_apart_without_colour():
    """Bars rise from the best split to the worst, worse ones are hatched, the mean is named."""
    figure = plots.paired_differences([3.0, 3.0, 3.0, 3.0], [2.5, 3.25, 2.75, 2.5])
    (axes,) = figure.axes
    assert [bar.get_height() for bar in axes.patches] == [-0.5, -0.5, -0.25, 0.25]
    assert [bar.get_hatch() for bar in axes.patches] == ["", "", "", "//"]
    assert len({to_hex(bar.get_facecolor()) for bar in axes.patches}) == 2
    assert axes.get_legend().get_texts()[0].get_text() == "mean -0.25"
    assert "on 3 of them; it reaches from -0.50 to +0.25" in figure.get_label()
