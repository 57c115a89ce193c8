"""The pictures of the lessons on tuning: how a search goes, what it tried, and whether it paid."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from helpers.plots.figures import (
    BLACK,
    BLUE,
    DOT_ALPHA,
    SIZE,
    VERMILION,
    Numbers,
    as_numbers,
    as_pair,
    describe,
    new_figure,
    set_style,
)

COLUMNS = 3  # small charts beside each other


def best_so_far(objective: Numbers, measure: str = "validation RMSE (1,000 dollars)") -> Figure:
    """Draw what each job of a search reached, and the lowest value up to it.

    Parameters
    ----------
    objective : sequence of float
        The final objective of each job, in the order in which they were started; lower is better.
    measure : str
        The name of the objective with its unit.

    Returns
    -------
    matplotlib.figure.Figure
        A dot for each job and a line of steps, for `show`.

    Raises
    ------
    ValueError
        If there is no job, or a value is not a finite number.
    """
    objective = as_numbers(objective)
    figure, axes = new_figure("best-so-far", "What each job of the search reached")
    jobs = numpy.arange(1, len(objective) + 1)
    best = numpy.minimum.accumulate(objective)
    axes.step(jobs, best, where="post", color=VERMILION, label="best so far")
    axes.plot(jobs, objective, "o", color=BLUE, alpha=DOT_ALPHA, label="a job")
    axes.set(xlabel="jobs, in the order of their start", ylabel=measure)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return describe(
        figure,
        f"Chart of the {measure} of {len(jobs)} jobs, in the order of their start. The first has "
        f"{objective[0]:.2f}. The best, number {int(objective.argmin()) + 1}, has {best[-1]:.2f}; "
        f"the worst has {objective.max():.2f}.",
    )


def tried_values(
    tried: Mapping[str, Numbers],
    objective: Numbers,
    logarithmic: Collection[str] = (),
    measure: str = "validation RMSE (1,000 dollars)",
) -> Figure:
    """Draw the objective of each job over the value of each hyperparameter, in a chart for each.

    Parameters
    ----------
    tried : mapping from str to sequence of float
        The values of each hyperparameter, one for each job.
    objective : sequence of float
        The final objective of each job; lower is better.
    logarithmic : collection of str
        The hyperparameters whose axis is logarithmic.
    measure : str
        The name of the objective with its unit.

    Returns
    -------
    matplotlib.figure.Figure
        Scatter charts in which the best job is marked, for `show`.

    Raises
    ------
    ValueError
        If there is no hyperparameter, the lengths differ, or a value is not a finite number.
    """
    if not tried:
        raise ValueError("Cannot plot the values of no hyperparameter: name at least one")
    objective = as_numbers(objective)
    rows = math.ceil(len(tried) / COLUMNS)
    figure = Figure(figsize=(SIZE[0], 2.6 * rows), layout="constrained")
    figure.set_gid("tried-values")
    charts = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    best = int(objective.argmin())
    for axes, (name, values) in zip(charts, tried.items(), strict=False):
        numbers, _ = as_pair(values, objective)
        axes.plot(numbers, objective, "o", color=BLUE, alpha=DOT_ALPHA)
        axes.plot(numbers[best], objective[best], "D", color=VERMILION, markersize=9)
        axes.set(xlabel=name)
        if name in logarithmic:
            _make_logarithmic(axes)
        set_style(axes)
    for axes in charts[len(tried) :]:
        axes.remove()
    figure.supylabel(measure, fontsize="medium")
    listed = ", ".join(f"{name} {as_numbers(values)[best]:.3g}" for name, values in tried.items())
    return describe(
        figure,
        f"{len(tried)} scatter charts of the {measure} of {len(objective)} jobs, each over one "
        f"hyperparameter. A diamond marks the best job, {objective[best]:.2f}: {listed}.",
    )


def _make_logarithmic(axes: Axes) -> None:
    """Make the x axis logarithmic, with few labels, such as 0.02, 0.05, 0.1: the chart is small."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())


def paired_differences(
    before: Numbers, after: Numbers, measure: str = "RMSE (1,000 dollars)"
) -> Figure:
    """Draw by how much an error changes on each of several splits of the same rows, and the mean.

    Parameters
    ----------
    before, after : sequence of float, of the same length
        The error on each split with the old and with the new model.
    measure : str
        The name of the error with its unit.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each split, ordered by its difference, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, there is no split, or a value is not a finite number.
    """
    before, after = as_pair(before, after)
    differences = numpy.sort(after - before)
    better = int((differences < 0).sum())
    mean = differences.mean()
    figure, axes = new_figure("paired-differences", "Tuned minus untuned, on each split")
    splits = numpy.arange(1, len(differences) + 1)
    colors = [BLUE if value < 0 else VERMILION for value in differences]
    bars = axes.bar(splits, differences, color=colors)
    for bar, value in zip(bars, differences, strict=True):
        bar.set_hatch("" if value < 0 else "//")  # not by colour alone
        bar.set_edgecolor("white")
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.axhline(mean, color=BLACK, linestyle="--", label=f"mean {mean:+.2f}")
    axes.set(xlabel="splits, ordered by their difference", ylabel=f"difference in {measure}")
    axes.legend(frameon=False)
    return describe(
        figure,
        f"Bar chart of the difference in {measure}, tuned minus untuned, on {len(splits)} splits. "
        f"It is below zero, which is better, on {better} of them; it reaches from "
        f"{differences[0]:+.2f} to {differences[-1]:+.2f}, and its mean is {mean:+.2f}.",
    )
