"""The pictures of the lessons on house prices."""

from __future__ import annotations

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import (
    BLACK,
    BLUE,
    DOT_ALPHA,
    VERMILION,
    Numbers,
    as_numbers,
    as_pair,
    describe,
    new_figure,
)

PRICE = "price (1,000 dollars)"


def price_histogram(prices: Numbers) -> Figure:
    """Draw how many tracts have which median price, in bins of 2,500 dollars.

    Parameters
    ----------
    prices : sequence of float
        Median prices in 1,000 dollars, one per tract.

    Returns
    -------
    matplotlib.figure.Figure
        A histogram, for `show`.

    Raises
    ------
    ValueError
        If there is no price, or one is not a finite number.
    """
    prices = as_numbers(prices)
    figure, axes = new_figure("price-histogram", "How the prices are spread")
    edges = numpy.arange(0, prices.max() + 2.6, 2.5)
    axes.hist(prices, edges, color=BLUE, edgecolor="white")
    mean = prices.mean()
    axes.axvline(mean, color=VERMILION, linestyle="--", label=f"mean {mean:.1f}")
    axes.set(xlabel=f"median {PRICE}", ylabel="tracts")
    axes.legend(frameon=False)
    capped = int((prices == prices.max()).sum())
    return describe(
        figure,
        f"Histogram of the median prices of {len(prices)} tracts, from {prices.min():.1f} to "
        f"{prices.max():.1f} thousand dollars, with their mean at {mean:.1f}; {capped} stand at "
        "the highest price.",
    )


def feature_against_price(feature: Numbers, prices: Numbers, label: str) -> Figure:
    """Draw the prices over a feature.

    Parameters
    ----------
    feature, prices : sequence of float, of the same length
        One value per tract; prices in 1,000 dollars.
    label : str
        The feature's name with its unit in brackets.

    Returns
    -------
    matplotlib.figure.Figure
        A scatter plot, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    feature, prices = as_pair(feature, prices)
    name = label.partition("(")[0].strip()
    figure, axes = new_figure("feature-against-price", f"Price and {name}")
    axes.scatter(feature, prices, s=16, color=BLUE, alpha=DOT_ALPHA, edgecolors="none")
    axes.set(xlabel=label, ylabel=f"median {PRICE}")
    correlation = numpy.corrcoef(feature, prices)[0, 1]
    direction = "fall" if correlation < 0 else "rise"
    return describe(
        figure,
        f"Scatter plot of {len(prices)} tracts: median price in thousand dollars over {label}. "
        f"Prices {direction} with it; the correlation is {correlation:.2f}.",
    )


def predicted_against_true(
    true: Numbers, predicted: Numbers, baseline: float | None = None
) -> Figure:
    """Draw predicted over true prices, with the line where both are equal.

    Parameters
    ----------
    true, predicted : sequence of float, of the same length
        Median prices in 1,000 dollars, one per tract.
    baseline : float, optional
        The one price that a baseline predicts for all tracts, drawn as a horizontal line.

    Returns
    -------
    matplotlib.figure.Figure
        A scatter plot, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    true, predicted = as_pair(true, predicted)
    figure, axes = new_figure("predicted-against-true", "Predicted and true prices")
    low, high = min(true.min(), predicted.min()), max(true.max(), predicted.max())
    axes.plot([low, high], [low, high], color=BLACK, linewidth=1, label="predicted = true")
    if baseline is not None:
        level = f"baseline: {baseline:.1f} for all"
        axes.axhline(baseline, color=VERMILION, linestyle="--", label=level)
    axes.scatter(
        true, predicted, s=20, color=BLUE, alpha=DOT_ALPHA, edgecolors="none", label="one tract"
    )
    axes.set(xlabel=f"true {PRICE}", ylabel=f"predicted {PRICE}")
    axes.legend(frameon=False)
    error = numpy.sqrt(numpy.mean((predicted - true) ** 2))
    text = (
        f"Scatter plot of {len(true)} tracts: predicted over true median price, both in thousand "
        "dollars, around the diagonal on which they would be equal. The root mean squared error "
        f"is {error:.1f}"
    )
    if baseline is not None:
        flat = numpy.sqrt(numpy.mean((baseline - true) ** 2))
        text += f"; for the baseline, a level line at {baseline:.1f}, it is {flat:.1f}"
    return describe(figure, text + ".")


def residuals(true: Numbers, predicted: Numbers) -> Figure:
    """Draw the residuals, true minus predicted price, over the predicted price.

    Parameters
    ----------
    true, predicted : sequence of float, of the same length
        Median prices in 1,000 dollars, one per tract.

    Returns
    -------
    matplotlib.figure.Figure
        A scatter plot, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    true, predicted = as_pair(true, predicted)
    left = true - predicted
    figure, axes = new_figure("residuals", "What the model misses")
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.scatter(predicted, left, s=20, color=BLUE, alpha=DOT_ALPHA, edgecolors="none")
    axes.set(xlabel=f"predicted {PRICE}", ylabel="true minus predicted (1,000 dollars)")
    near = int((numpy.abs(left) <= 5).sum())
    return describe(
        figure,
        f"Scatter plot of {len(true)} residuals, true minus predicted price in thousand dollars, "
        f"over the predicted price. {near} lie within 5 of zero; they reach from "
        f"{left.min():.1f} to {left.max():.1f}.",
    )
