"""The picture of an endpoint that changes: which variant answered, and how far off it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.plots.figures import BLACK, BLUE, VERMILION, describe, new_panels

Answer = tuple[str, float]
Phase = tuple[int, Mapping[str, float]]
WINDOW = 100  # calls, so that a number of calls is a percentage
DEVIATIONS = 5  # standard deviations: chance goes beyond them about once in a million windows
_COLOURS, _HATCHES, _LINES = (BLUE, VERMILION), ("", "///"), ("-", "--")


def variants(answers: Sequence[Answer], phases: Sequence[Phase], window: int = WINDOW) -> Figure:
    """Draw which variant answered, and its error, in each window of calls.

    The alternative text names the shares that are expected, and none that was measured: those
    differ in each run.

    Parameters
    ----------
    answers : sequence of (str, float)
        Of each call, in order: the variant that answered, and its prediction minus the true value,
        in thousand dollars.
    phases : sequence of (int, mapping from str to float)
        From which call on the variants had which weights; the first phase begins with call 0.
    window : int
        How many calls a bar stands for. Calls after the last whole window are not drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Bars with the expected shares and their bounds of five standard deviations, above a line
        chart of the mean absolute error; for `show`.

    Raises
    ------
    ValueError
        If the phases have no variant, or more than two.
    """
    names = list(dict.fromkeys(name for _, weights in phases for name in weights))
    if not 1 <= len(names) <= len(_COLOURS):
        raise ValueError(f"Cannot plot {len(names)} variants: expected one or two")
    title = f"Which variant answered, in each {window} calls"
    figure, (shares, errors) = new_panels("variants", title, "How far off its answers were")
    whole = len(answers) - len(answers) % window
    windows = [answers[start : start + window] for start in range(0, whole, window)]
    _draw_shares(shares, windows, names, window)
    _draw_bounds(shares, phases, names[0], max(whole, window), window)
    _draw_errors(errors, windows, names, window)
    expected = ", then ".join(_described(weights) for _, weights in phases)
    return describe(
        figure,
        f"Two charts over the calls of a client. Above: bars of the part of each {window} calls "
        f"that each variant answered, a dashed line at the share expected, and dotted ones at "
        f"{DEVIATIONS} standard deviations from it. Expected is {expected}. Below: lines of each "
        "variant's mean absolute error in the same calls.",
    )


def _draw_shares(
    axes: Axes, windows: list[Sequence[Answer]], names: list[str], window: int
) -> None:
    starts = numpy.arange(len(windows)) * window
    bottom = numpy.zeros(len(windows))
    for name, colour, hatch in zip(names, _COLOURS, _HATCHES, strict=False):
        counts = [sum(variant == name for variant, _ in part) for part in windows]
        percent = 100 * numpy.array(counts, dtype=float) / window
        style = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": name}
        axes.bar(starts, percent, window, bottom=bottom, align="edge", **style)
        bottom = bottom + percent
    axes.set(ylabel="calls (%)", ylim=(0, 100))


def _draw_bounds(axes: Axes, phases: Sequence[Phase], name: str, end: int, window: int) -> None:
    """Draw the expected share of the variant at the bottom, in each phase, with its bounds."""
    edges = [start for start, _ in phases] + [end]
    share = numpy.array([_share(weights, name) for _, weights in phases])
    margin = DEVIATIONS * numpy.sqrt(share * (1 - share) / window)
    for values, line, label in (
        (share, "--", "expected"),
        (share - margin, ":", "bounds"),
        (share + margin, ":", None),
    ):
        percent = 100 * numpy.clip(values, 0, 1)
        style = {"color": BLACK, "linestyle": line, "label": label}
        axes.step(edges, [*percent, percent[-1]], where="post", **style)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def _draw_errors(
    axes: Axes, windows: list[Sequence[Answer]], names: list[str], window: int
) -> None:
    centres = (numpy.arange(len(windows)) + 0.5) * window
    for name, colour, line in zip(names, _COLOURS, _LINES, strict=False):
        errors = [[abs(error) for variant, error in part if variant == name] for part in windows]
        means = [numpy.mean(part) if part else numpy.nan for part in errors]
        axes.plot(centres, means, color=colour, linestyle=line, marker=".", label=name)
    axes.set(xlabel="calls", ylabel="error (1,000 dollars)", xlim=(0, None), ylim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def _share(weights: Mapping[str, float], name: str) -> float:
    return weights.get(name, 0) / sum(weights.values())


def _described(weights: Mapping[str, float]) -> str:
    return " and ".join(f"{_share(weights, name):.0%} {name}" for name in weights)
