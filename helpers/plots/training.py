"""The pictures of any training job: how the error fell, and which features the trees use."""

from __future__ import annotations

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import (
    BLACK,
    BLUE,
    VERMILION,
    Numbers,
    as_numbers,
    as_pair,
    describe,
    new_figure,
)


def learning_curve(
    train: Numbers, validation: Numbers, measure: str = "RMSE (1,000 dollars)", rows: str = "rows"
) -> Figure:
    """Draw the error on both sets of rows after each tree, and where it is lowest.

    Parameters
    ----------
    train, validation : sequence of float, of the same length
        The error after each tree, on the training and on the validation rows.
    measure : str
        The name of the error with its unit.
    rows : str
        What the rows are, such as "reviews".

    Returns
    -------
    matplotlib.figure.Figure
        A line chart, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    train, validation = as_pair(train, validation)
    figure, axes = new_figure("learning-curve", "How the error falls with each tree")
    trees = numpy.arange(1, len(train) + 1)
    best = int(validation.argmin())
    label = f"lowest validation, tree {best + 1}"
    axes.axvline(best + 1, color=BLACK, linewidth=1, linestyle=":", label=label)
    axes.plot(trees, validation, color=VERMILION, linestyle="--", label=f"validation {rows}")
    axes.plot(trees, train, color=BLUE, label=f"training {rows}")
    axes.set(xlabel="trees", ylabel=measure, xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)

    def formatted(value: float) -> str:  # 0.142 and 0.139 need three decimals, 3.4 needs one
        return f"{value:.1f}" if validation.max() > 1 else f"{value:.3f}"

    return describe(
        figure,
        f"Line chart of the {measure} after each of {len(train)} trees. On the training {rows} it "
        f"goes from {formatted(train[0])} to {formatted(train[-1])}; on the validation {rows} from "
        f"{formatted(validation[0])} to {formatted(validation[-1])}, with its lowest, "
        f"{formatted(validation[best])}, after {best + 1} trees.",
    )


def accuracy_by_epoch(accuracy: Numbers) -> Figure:
    """Draw the accuracy on the validation rows after each epoch, and mark the best one.

    Parameters
    ----------
    accuracy : sequence of float
        The share of the rows that were labelled correctly, 0 to 1, after epochs 1, 2 and so on.

    Returns
    -------
    matplotlib.figure.Figure
        A line, for `show`.

    Raises
    ------
    ValueError
        If there is no epoch, or a value is not a finite number.
    """
    accuracy = as_numbers(accuracy)
    figure, axes = new_figure("accuracy-by-epoch", "How good the model is after each epoch")
    epochs = numpy.arange(1, len(accuracy) + 1)
    best = int(accuracy.argmax())
    axes.plot(epochs, accuracy, color=BLUE, marker="o", label="validation reviews")
    style = {"color": VERMILION, "marker": "D", "s": 70, "zorder": 3}
    axes.scatter(best + 1, accuracy[best], label=f"best, epoch {best + 1}", **style)
    axes.set(xlabel="epoch", ylabel="accuracy (share of reviews)", ylim=(0.5, 1))
    axes.set_xticks(epochs)
    axes.legend(frameon=False, loc="lower right")
    listed = ", ".join(
        f"{epoch}: {share:.3f}" for epoch, share in zip(epochs, accuracy, strict=True)
    )
    return describe(
        figure,
        f"Line of the accuracy on the validation reviews after each epoch. {listed}. "
        f"The best one is epoch {best + 1}.",
    )


def importance(splits: dict[str, int]) -> Figure:
    """Draw how often a model's trees split on each feature, the most used at the top.

    Parameters
    ----------
    splits : dict from str to int
        Each feature and its number of splits, such as from XGBoost's ``get_score()``.

    Returns
    -------
    matplotlib.figure.Figure
        A bar chart, for `show`.

    Raises
    ------
    ValueError
        If `splits` is empty.
    """
    if not splits:
        raise ValueError("The model has no splits: it predicts the same value for every row.")
    ordered = sorted(splits.items(), key=lambda item: item[1])
    figure, axes = new_figure("importance", "What the trees split on")
    axes.barh([name for name, _ in ordered], [count for _, count in ordered], color=BLUE)
    axes.set(xlabel="splits")
    axes.grid(visible=False, axis="y")
    return describe(
        figure,
        f"Bar chart of how often the trees split on each of {len(splits)} features: "
        + ", ".join(f"{name} {count}" for name, count in reversed(ordered))
        + ".",
    )
