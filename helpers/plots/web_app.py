"""The pictures of the mini-project on the web app: a repeated word, and the effect of each word."""

from __future__ import annotations

from collections.abc import Mapping

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

UNDECIDED = 0.5  # the score between both sides


def scores_by_count(term: str, counts: Numbers, typed: Numbers, clipped: Numbers) -> Figure:
    """Draw a model's score of a review that is one word, over how often the word is there.

    Parameters
    ----------
    term : str
        The word.
    counts : sequence of int
        How often it is there.
    typed, clipped : sequence of float, of the same length
        The scores, 0 to 1, of the counts as they are and of the counts that were clipped.

    Returns
    -------
    matplotlib.figure.Figure
        Two lines of steps, for `show`.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is not a finite number.
    """
    counts, typed = as_pair(counts, typed)
    counts, clipped = as_pair(counts, clipped)
    figure, axes = new_figure("scores-by-count", f'A review that says "{term}" again and again')
    axes.step(counts, typed, where="mid", color=VERMILION, label="counts as typed")
    dashes = {"linestyle": "--", "linewidth": 2}
    axes.step(counts, clipped, where="mid", color=BLUE, label="counts clipped", **dashes)
    axes.axhline(UNDECIDED, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set(xlabel="times that the word is typed", ylabel="score (above 0.5: positive)")
    axes.set_ylim(0, 1)
    axes.legend(frameon=False)
    return describe(
        figure,
        f'Lines of the score of a review that says "{term}" from {counts[0]:.0f} to '
        f"{counts[-1]:.0f} times. With the counts as typed the score begins at {typed[0]:.2f} and "
        f"ends at {typed[-1]:.2f}; with clipped counts at {clipped[0]:.2f} and {clipped[-1]:.2f}.",
    )


def word_effects(effects: Mapping[str, float], probability: float, most: int = 12) -> Figure:
    """Draw what each word of a review changes about its score.

    Parameters
    ----------
    effects : mapping from str to float
        For each word the score with it minus the score without it.
    probability : float
        The score of the whole review, 0 to 1.
    most : int
        How many words to draw: those with the largest effects, the largest at the top.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each word, hatched if the word counts for negative, for `show`.

    Raises
    ------
    ValueError
        If no words are given, or an effect is not a finite number.
    """
    words = sorted(effects, key=lambda word: (-abs(effects[word]), word))[:most]
    values = as_numbers([effects[word] for word in words])
    figure, axes = new_figure("word-effects", "What each word changes about the score")
    colours = [BLUE if value >= 0 else VERMILION for value in values]
    hatches = ["" if value >= 0 else "//" for value in values]
    axes.barh(words, values, color=colours, hatch=hatches, edgecolor="white")
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.invert_yaxis()
    axes.set(xlabel="effect on the score (with the word minus without it)", ylabel="word")
    listed = ", ".join(f"{word} {value:+.2f}" for word, value in zip(words, values, strict=True))
    return describe(
        figure,
        f"Bars of the effect of each word of a review with the score {probability:.2f}; effects "
        f"above 0 count for positive, those below are hatched. {listed}.",
    )
