"""The pictures of the lessons on endpoints: how long calls take, and what standing costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import BLACK, BLUE, VERMILION, Numbers, as_numbers, describe, new_figure


def latencies(seconds: Numbers) -> Figure:
    """Draw how many calls took how long, with their median and 99th percentile.

    The alternative text names no time: times differ in each run, so a lesson prints them beside
    the picture.

    Parameters
    ----------
    seconds : sequence of float
        How long each call took.

    Returns
    -------
    matplotlib.figure.Figure
        A histogram in milliseconds, for `show`.

    Raises
    ------
    ValueError
        If there is no call, or a time is not a finite number.
    """
    milliseconds = as_numbers(seconds) * 1000
    figure, axes = new_figure("latencies", "How long a call takes")
    axes.hist(milliseconds, 40, color=BLUE, edgecolor="white")
    median, high = numpy.quantile(milliseconds, (0.5, 0.99))
    axes.axvline(median, color=BLACK, label=f"median {median:.1f}")
    axes.axvline(high, color=VERMILION, linestyle="--", label=f"99th percentile {high:.1f}")
    axes.set(xlabel="latency (milliseconds)", ylabel="calls", xlim=(0, None))
    axes.legend(frameon=False)
    return describe(
        figure,
        f"Histogram of the latencies of {len(milliseconds)} calls in milliseconds, with a solid "
        "line at their median and a dashed one at their 99th percentile.",
    )


def amounts(usd: Mapping[str, float]) -> Figure:
    """Draw amounts of money beside each other.

    Parameters
    ----------
    usd : mapping from str to float
        What each thing costs, in US dollars; the first is drawn at the top.

    Returns
    -------
    matplotlib.figure.Figure
        A bar chart, for `show`.

    Raises
    ------
    ValueError
        If `usd` is empty, or an amount is not a finite number.
    """
    values = as_numbers([float(value) for value in usd.values()])
    figure, axes = new_figure("amounts", "What it costs")
    bars = axes.barh(list(usd), values, color=BLUE)
    axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3)
    axes.invert_yaxis()
    axes.set(xlabel="cost (US dollars)", ylabel="what runs")
    axes.set_xlim(0, values.max() * 1.15)
    axes.grid(visible=False, axis="y")
    listed = "; ".join(f"{name} {value:.2f}" for name, value in zip(usd, values, strict=True))
    return describe(figure, f"Bar chart of what each costs, in US dollars: {listed}.")
