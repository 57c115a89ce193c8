"""The pictures of the lessons: one palette, one size, axes with units, alternative text.

Each plotting function returns a matplotlib Figure that carries its own alternative text, made from
its data; `show` puts figure and text into the notebook.
"""

from __future__ import annotations

import base64
import io
import os
import pathlib
from collections.abc import Sequence

import numpy
from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# The palette of Okabe and Ito, told apart with every common form of colour blindness
# (https://jfly.uni-koeln.de/color/).
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"

SIZE = (7.0, 4.2)  # inches
DPI = 100
FIGURES = "SAGEMAKER_COURSE_FIGURES"
PRICE = "price (1,000 dollars)"

Numbers = Sequence[float]


def price_histogram(prices: Numbers) -> Figure:
    """Draw how many tracts have which median price (1,000 dollars), in bins 2.5 wide."""
    prices = _numbers(prices)
    figure, axes = _new("price-histogram", "How the prices are spread")
    edges = numpy.arange(0, prices.max() + 2.6, 2.5)
    axes.hist(prices, edges, color=BLUE, edgecolor="white")
    mean = prices.mean()
    axes.axvline(mean, color=VERMILION, linestyle="--", label=f"mean {mean:.1f}")
    axes.set(xlabel=f"median {PRICE}", ylabel="tracts")
    axes.legend(frameon=False)
    capped = int((prices == prices.max()).sum())
    return _describe(
        figure,
        f"Histogram of the median prices of {len(prices)} tracts, from {prices.min():.1f} to "
        f"{prices.max():.1f} thousand dollars, with their mean at {mean:.1f}; {capped} stand at "
        "the highest price.",
    )


def feature_against_price(feature: Numbers, prices: Numbers, label: str) -> Figure:
    """Draw the prices (1,000 dollars) over a feature; `label` names the feature and its unit.

    Raises ValueError if the two have not the same length.
    """
    feature, prices = _pair(feature, prices)
    figure, axes = _new("feature-against-price", f"Price and {label.partition('(')[0].strip()}")
    axes.scatter(feature, prices, s=16, color=BLUE, alpha=0.6, edgecolors="none")
    axes.set(xlabel=label, ylabel=f"median {PRICE}")
    correlation = numpy.corrcoef(feature, prices)[0, 1]
    direction = "fall" if correlation < 0 else "rise"
    return _describe(
        figure,
        f"Scatter plot of {len(prices)} tracts: median price in thousand dollars over {label}. "
        f"Prices {direction} with it; the correlation is {correlation:.2f}.",
    )


def predicted_against_true(
    true: Numbers, predicted: Numbers, baseline: float | None = None
) -> Figure:
    """Draw predicted over true prices (1,000 dollars), with the line where both are equal.

    `baseline` is the one price that a baseline predicts for all, drawn as a level line.
    Raises ValueError if the two have not the same length.
    """
    true, predicted = _pair(true, predicted)
    figure, axes = _new("predicted-against-true", "Predicted and true prices")
    low, high = min(true.min(), predicted.min()), max(true.max(), predicted.max())
    axes.plot([low, high], [low, high], color=BLACK, linewidth=1, label="predicted = true")
    if baseline is not None:
        level = f"baseline: {baseline:.1f} for all"
        axes.axhline(baseline, color=VERMILION, linestyle="--", label=level)
    axes.scatter(true, predicted, s=20, color=BLUE, alpha=0.7, edgecolors="none", label="one tract")
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
    return _describe(figure, text + ".")


def residuals(true: Numbers, predicted: Numbers) -> Figure:
    """Draw what is left, true minus predicted price, over the predicted one (1,000 dollars).

    Raises ValueError if the two have not the same length.
    """
    true, predicted = _pair(true, predicted)
    left = true - predicted
    figure, axes = _new("residuals", "What the model misses")
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.scatter(predicted, left, s=20, color=GREEN, alpha=0.7, edgecolors="none")
    axes.set(xlabel=f"predicted {PRICE}", ylabel="true minus predicted (1,000 dollars)")
    near = int((numpy.abs(left) <= 5).sum())
    return _describe(
        figure,
        f"Scatter plot of {len(true)} residuals, true minus predicted price in thousand dollars, "
        f"over the predicted price. {near} lie within 5 of zero; they reach from "
        f"{left.min():.1f} to {left.max():.1f}.",
    )


def learning_curve(train: Numbers, validation: Numbers) -> Figure:
    """Draw the RMSE (1,000 dollars) on both sets of rows after each tree, and where it is lowest.

    Raises ValueError if the two have not the same length.
    """
    train, validation = _pair(train, validation)
    figure, axes = _new("learning-curve", "How the error falls with each tree")
    trees = numpy.arange(1, len(train) + 1)
    best = int(validation.argmin())
    axes.axvline(best + 1, color=BLACK, linewidth=1, label=f"lowest validation, tree {best + 1}")
    axes.plot(trees, validation, color=VERMILION, linestyle="--", label="validation rows")
    axes.plot(trees, train, color=BLUE, label="training rows")
    axes.set(xlabel="trees", ylabel="RMSE (1,000 dollars)", xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)
    return _describe(
        figure,
        f"Line chart of the root mean squared error in thousand dollars after each of {len(train)} "
        f"trees. On the training rows it goes from {train[0]:.1f} to {train[-1]:.1f}; on the "
        f"validation rows from {validation[0]:.1f} to {validation[-1]:.1f}, with its lowest, "
        f"{validation[best]:.1f}, after {best + 1} trees.",
    )


def importance(splits: dict[str, int]) -> Figure:
    """Draw how often a model's trees split on each feature, the most used at the top.

    Raises ValueError if there is no feature.
    """
    if not splits:
        raise ValueError("The model has no split at all: it predicts one value for everything.")
    ordered = sorted(splits.items(), key=lambda item: item[1])
    figure, axes = _new("importance", "What the trees split on")
    axes.barh([name for name, _ in ordered], [count for _, count in ordered], color=BLUE)
    axes.set(xlabel="splits")
    axes.grid(visible=False, axis="y")
    return _describe(
        figure,
        f"Bar chart of how often the trees split on each of {len(splits)} features: "
        + ", ".join(f"{name} {count}" for name, count in reversed(ordered))
        + ".",
    )


def show(figure: Figure, alt: str | None = None, name: str | None = None) -> None:
    """Put a figure into the notebook as a PNG, with its alternative text.

    The text goes where Jupyter's tools look for it (nbconvert reads the image's metadata key
    ``alt``) and into the plain-text form of the output; a script prints it. `alt` replaces the
    text that the plotting function wrote, `name` its file name. If the environment variable
    SAGEMAKER_COURSE_FIGURES names a folder, the picture is saved there too, as ``<name>.png``.

    Raises ValueError if the figure has no alternative text and none is given.
    """
    alt, name = alt or figure.get_label(), name or figure.get_gid() or "figure"
    if not alt:
        raise ValueError("This figure has no alternative text: show(figure, alt='what it shows')")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
    if folder := os.environ.get(FIGURES):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        pathlib.Path(folder, f"{name}.png").write_bytes(picture.getvalue())
    _display(picture.getvalue(), alt)


def _display(png: bytes, alt: str) -> None:
    if get_ipython() is None:  # a script: no place for a picture
        print(alt)
        return
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def _new(name: str, title: str) -> tuple[Figure, Axes]:
    """A figure outside pyplot, which would show it a second time at the end of the cell."""
    figure = Figure(figsize=SIZE, layout="constrained")
    figure.set_gid(name)
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    return figure, axes


def _describe(figure: Figure, alt: str) -> Figure:
    figure.set_label(alt)
    return figure


def _numbers(values: Numbers) -> numpy.ndarray:
    numbers = numpy.asarray(values, dtype=float).ravel()
    if not numbers.size or not numpy.isfinite(numbers).all():
        raise ValueError(f"A plot needs numbers, found {numbers.size} values, some missing or none")
    return numbers


def _pair(one: Numbers, other: Numbers) -> tuple[numpy.ndarray, numpy.ndarray]:
    one, other = _numbers(one), _numbers(other)
    if len(one) != len(other):
        raise ValueError(
            f"{len(one)} values can't be plotted against {len(other)}: each point needs one of "
            "both. Were the rows of one of them shuffled out or dropped in an earlier step?"
        )
    return one, other
