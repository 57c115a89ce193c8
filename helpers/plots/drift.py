"""The pictures of the mini-project on drift: accuracy by week, words, and answers over time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import (
    BLACK,
    BLUE,
    VERMILION,
    Numbers,
    as_pair,
    describe,
    new_figure,
)


def weekly_accuracy(weeks: Numbers, accuracy: Numbers, drifted: Collection[int] = ()) -> Figure:
    """Draw the accuracy of each week.

    Parameters
    ----------
    weeks, accuracy : sequence of float, of the same length
        The weeks' numbers, and the share of the reviews of each that were labelled correctly.
    drifted : collection of int
        The weeks to mark.

    Returns
    -------
    matplotlib.figure.Figure
        A line, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    weeks, accuracy = as_pair(weeks, accuracy)
    figure, axes = new_figure("weekly-accuracy", "How good the endpoint is, week by week")
    axes.plot(weeks, accuracy, color=BLUE, marker="o", label="accuracy")
    marked = numpy.isin(weeks, list(drifted))
    if marked.any():
        style = {"color": VERMILION, "marker": "D", "s": 70, "zorder": 3}
        axes.scatter(weeks[marked], accuracy[marked], label="drift", **style)
        axes.legend(frameon=False)
    axes.set(xlabel="week", ylabel="accuracy (share of reviews)", ylim=(0.5, 1))
    axes.set_xticks(weeks)
    listed = ", ".join(
        f"{week:.0f}: {share:.2f}{' (drift)' if mark else ''}"
        for week, share, mark in zip(weeks, accuracy, marked, strict=True)
    )
    return describe(figure, f"Line of the accuracy by week. {listed}.")


def changed_sides(terms: Sequence[str], before: Numbers, after: Numbers) -> Figure:
    """Draw which share of the reviews with a word is positive, before and after.

    Parameters
    ----------
    terms : sequence of str
        The words; the first is drawn at the top.
    before, after : sequence of float, of the same length
        For each word the share of positive reviews among those that have it, 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
        Two dots a word with an arrow between them, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    before, after = as_pair(before, after)
    if len(terms) != len(before):
        raise ValueError(f"Got {len(terms)} terms for {len(before)} shares: each needs one.")
    figure, axes = new_figure("changed-sides", "Which side each word is on")
    rows = numpy.arange(len(terms))
    for row in rows:
        arrow = {"arrowstyle": "->", "color": BLACK, "shrinkA": 5, "shrinkB": 5}
        axes.annotate("", (after[row], row), (before[row], row), arrowprops=arrow)
    dots = {"marker": "o", "markersize": 8, "linestyle": "none", "zorder": 3}
    axes.plot(before, rows, color=BLUE, label="old reviews", **dots)
    axes.scatter(after, rows, s=60, color=VERMILION, marker="D", label="new reviews", zorder=3)
    axes.axvline(0.5, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set_yticks(rows, terms)
    axes.invert_yaxis()
    axes.set(xlabel="positive among the reviews with the word (share)", ylabel="word", xlim=(0, 1))
    axes.legend(frameon=False)
    listed = "; ".join(
        f"{term} {one:.2f} and {other:.2f}"
        for term, one, other in zip(terms, before, after, strict=True)
    )
    return describe(
        figure,
        "Share of positive reviews among those with a word, in the old and in the new reviews: "
        f"{listed}.",
    )


def answers_over_time(
    seconds: Numbers,
    variants: Sequence[str],
    right: Numbers,
    marks: Mapping[str, float],
    window: int,
) -> Figure:
    """Draw how good an endpoint's answers were over time, and which variant gave them.

    The alternative text names no time and no number of calls, since they differ in each run.

    Parameters
    ----------
    seconds : sequence of float
        When each call was made, in order.
    variants : sequence of str, of the same length
        Which variant answered.
    right : sequence of float, of the same length
        1 where the answer was right, else 0.
    marks : mapping from str to float
        What happened, and when.
    window : int
        Of how many calls a point gives the accuracy; a client that asks for the same rows again
        and again takes their number, so that each point stands for all of them.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each variant, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    seconds, right = as_pair(seconds, right)
    if len(variants) != len(seconds):
        raise ValueError(f"Got {len(variants)} variants for {len(seconds)} calls.")
    figure, axes = new_figure("answers-over-time", "Who answered, and how well")
    running = _running_mean(right, window)
    names = list(dict.fromkeys(variants))
    styles = zip(names, (VERMILION, BLUE, BLACK), ("--", "-", ":"), strict=False)
    for name, color, line in styles:
        own = numpy.array([variant == name for variant in variants])
        share = numpy.where(own, running, numpy.nan)
        axes.plot(seconds, share, color=color, linestyle=line, label=f"variant {name}")
    for number, (what, when) in enumerate(marks.items()):
        axes.axvline(when, color=BLACK, linewidth=0.8)
        axes.annotate(f" {what}", (when, 0.92 - 0.06 * number), xycoords=("data", "axes fraction"))
    axes.set(xlabel="time (seconds)", ylabel=f"accuracy of the last {window} calls", ylim=(0.4, 1))
    axes.legend(frameon=False, loc="lower right")
    return describe(
        figure,
        f"Accuracy of the last {window} calls over time, a line for each variant that answered: "
        f"{', then '.join(names)}. Vertical lines: {', '.join(marks)}.",
    )


def _running_mean(values: numpy.ndarray, window: int) -> numpy.ndarray:
    """Return the mean of the last values at each position; nan where there are fewer."""
    sums = numpy.concatenate([[0.0], numpy.cumsum(values)])
    ends = numpy.arange(1, len(values) + 1)
    starts = numpy.maximum(ends - window, 0)
    means = (sums[ends] - sums[starts]) / (ends - starts)
    return numpy.where(ends >= min(window, len(values)), means, numpy.nan)
