"""The pictures of any training job: how the error fell, and what the model looks at."""

from __future__ import annotations

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import BLACK, BLUE, VERMILION, Numbers, as_pair, describe, new


def learning_curve(
    train: Numbers, validation: Numbers, measure: str = "RMSE (1,000 dollars)", rows: str = "rows"
) -> Figure:
    """Draw the error on both sets of rows after each tree, and where it is lowest.

    measure: the name of the error with its unit; rows: what a row is, "reviews" for instance.
    Raises ValueError if the two have not the same length.
    """
    train, validation = as_pair(train, validation)
    figure, axes = new("learning-curve", "How the error falls with each tree")
    trees = numpy.arange(1, len(train) + 1)
    best = int(validation.argmin())
    axes.axvline(best + 1, color=BLACK, linewidth=1, label=f"lowest validation, tree {best + 1}")
    axes.plot(trees, validation, color=VERMILION, linestyle="--", label=f"validation {rows}")
    axes.plot(trees, train, color=BLUE, label=f"training {rows}")
    axes.set(xlabel="trees", ylabel=measure, xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)

    def said(value: float) -> str:  # three digits tell 0.142 from 0.139, two do for 3.4
        return f"{value:.1f}" if validation.max() > 1 else f"{value:.3f}"

    return describe(
        figure,
        f"Line chart of the {measure} after each of {len(train)} trees. On the training {rows} it "
        f"goes from {said(train[0])} to {said(train[-1])}; on the validation {rows} from "
        f"{said(validation[0])} to {said(validation[-1])}, with its lowest, "
        f"{said(validation[best])}, after {best + 1} trees.",
    )


def importance(splits: dict[str, int]) -> Figure:
    """Draw how often a model's trees split on each feature, the most used at the top.

    Raises ValueError if there is no feature.
    """
    if not splits:
        raise ValueError("The model has no split at all: it predicts one value for everything.")
    ordered = sorted(splits.items(), key=lambda item: item[1])
    figure, axes = new("importance", "What the trees split on")
    axes.barh([name for name, _ in ordered], [count for _, count in ordered], color=BLUE)
    axes.set(xlabel="splits")
    axes.grid(visible=False, axis="y")
    return describe(
        figure,
        f"Bar chart of how often the trees split on each of {len(splits)} features: "
        + ", ".join(f"{name} {count}" for name, count in reversed(ordered))
        + ".",
    )
