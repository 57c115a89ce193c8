"""The pictures of the mini-projects on film reviews."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy
from matplotlib.figure import Figure

from helpers.plots.figures import (
    BLACK,
    BLUE,
    VERMILION,
    Numbers,
    as_numbers,
    as_pair,
    contrast,
    describe,
    new_figure,
)

LABELS = ("negative", "positive")
COLOURS = dict(zip(LABELS, (VERMILION, BLUE), strict=True))
LINES = dict(zip(LABELS, ("--", "-"), strict=True))  # distinguishes them without colour, too


def review_lengths(negative: Numbers, positive: Numbers) -> Figure:
    """Draw how many reviews have which length, for each label.

    Parameters
    ----------
    negative, positive : sequence of float
        Lengths in words, one per review.

    Returns
    -------
    matplotlib.figure.Figure
        Two histograms, for `show`.

    Raises
    ------
    ValueError
        If a label has no review, or a length is not a finite number.
    """
    lengths = dict(zip(LABELS, (as_numbers(negative), as_numbers(positive)), strict=True))
    figure, axes = new_figure("review-lengths", "How long the reviews are")
    longest = max(numpy.quantile(values, 0.99) for values in lengths.values())
    edges = numpy.linspace(0, longest, 31)
    for label, values in lengths.items():
        style = {"histtype": "step", "color": COLOURS[label], "linestyle": LINES[label]}
        axes.hist(values, edges, label=label, **style)
    axes.set(xlabel="length (words)", ylabel="reviews")
    axes.legend(frameon=False)
    medians = " and ".join(
        f"{numpy.median(values):.0f} for {len(values)} {label} ones"
        for label, values in lengths.items()
    )
    return describe(
        figure,
        f"Histogram of the reviews' lengths in words. The median is {medians}; the longest in a "
        f"hundred go beyond {longest:.0f}, where the picture ends.",
    )


def confusion_matrix(counts: Sequence[Sequence[int]]) -> Figure:
    """Draw a confusion matrix of two labels.

    Parameters
    ----------
    counts : array-like of int, shape (2, 2)
        Rows are the true labels 0 and 1, columns the predicted ones.

    Returns
    -------
    matplotlib.figure.Figure
        The matrix, for `show`.

    Raises
    ------
    ValueError
        If `counts` has another shape.
    """
    counts = numpy.asarray(counts)
    if counts.shape != (2, 2):
        raise ValueError(f"Expected a confusion matrix of shape (2, 2), got {counts.shape}")
    figure, axes = new_figure("confusion-matrix", "Which reviews are taken for which")
    axes.grid(visible=False)
    image = axes.imshow(counts, cmap="Blues", vmin=0)
    for (true, predicted), count in numpy.ndenumerate(counts):
        background = image.cmap(image.norm(count))
        colour = max("white", BLACK, key=lambda text: contrast(text, background))
        axes.text(predicted, true, f"{count:,}", ha="center", va="center", color=colour, size=16)
    axes.set_xticks((0, 1), LABELS)
    axes.set_yticks((0, 1), LABELS)
    axes.set(xlabel="predicted label (count of reviews)", ylabel="true label")
    (right_negative, false_positive), (false_negative, right_positive) = counts
    return describe(
        figure,
        f"Confusion matrix. Of {right_negative + false_positive} negative reviews "
        f"{false_positive} were taken for positive; of {false_negative + right_positive} positive "
        f"ones {false_negative} were taken for negative.",
    )


def score_histogram(sentiment: Numbers, scores: Numbers) -> Figure:
    """Draw the distribution of the model's scores for the reviews of each true label.

    Parameters
    ----------
    sentiment : sequence of int
        The true label of each review, 0 or 1.
    scores : sequence of float, of the same length
        The predicted probability of label 1, from 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
        Two histograms, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    sentiment, scores = as_pair(sentiment, scores)
    figure, axes = new_figure("scores", "How sure the model is")
    edges = numpy.linspace(0, 1, 41)
    for value, label in enumerate(LABELS):
        fill = {"histtype": "stepfilled", "facecolor": (COLOURS[label], 0.3)}
        outline = {"edgecolor": COLOURS[label], "linestyle": LINES[label], "linewidth": 1.5}
        axes.hist(scores[sentiment == value], edges, label=label, **fill, **outline)
    axes.axvline(0.5, color=BLACK, linewidth=1, label="where a score is rounded up")
    axes.set(xlabel="score (probability of positive)", ylabel="reviews")
    figure.legend(frameon=False, loc="outside lower center", ncols=3)
    unsure = ((scores > 0.4) & (scores < 0.6)).sum()
    wrong = ((scores > 0.5) != (sentiment == 1)).sum()
    return describe(
        figure,
        f"Two histograms of {len(scores)} scores, one for negative and one for positive reviews. "
        f"{unsure} scores lie between 0.4 and 0.6; {wrong} lie on the wrong side of 0.5.",
    )


def deciding_words(gains: Mapping[str, float], positive: Collection[str]) -> Figure:
    """Draw the gain of each term, the greatest at the top.

    Parameters
    ----------
    gains : mapping from str to float
        Each term and its total gain in the model.
    positive : collection of str
        The terms that occur more often in positive reviews.

    Returns
    -------
    matplotlib.figure.Figure
        A bar chart, for `show`.

    Raises
    ------
    ValueError
        If `gains` is empty.
    """
    if not gains:
        raise ValueError("There are no terms to draw: does the model have any split?")
    ordered = sorted(gains.items(), key=lambda item: item[1])
    figure, axes = new_figure("deciding-words", "Which words decide")
    for label, side in (("positive", True), ("negative", False)):
        rows = [row for row, (term, _) in enumerate(ordered) if (term in positive) == side]
        hatch = None if side else "//"  # distinguishes them without colour, too
        width = [ordered[row][1] for row in rows]
        axes.barh(rows, width, color=COLOURS[label], edgecolor="white", hatch=hatch, label=label)
    axes.set_yticks(range(len(ordered)), [term for term, _ in ordered])
    axes.set(xlabel="total gain (of all splits on the word)")
    axes.grid(visible=False, axis="y")
    axes.legend(frameon=False, title="more often in reviews that are", loc="lower right")
    listed = ", ".join(
        f"{term} ({'positive' if term in positive else 'negative'})"
        for term, _ in reversed(ordered)
    )
    return describe(
        figure,
        f"Bar chart of the gain of the {len(ordered)} words that decide most, the greatest first: "
        f"{listed}.",
    )
