"""The pictures about an account: what an hour costs, and which quotas are too low."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from helpers.plots.figures import BLUE, VERMILION, describe, new_figure

if TYPE_CHECKING:
    from helpers.account.quotas.client import QuotaStatus
    from helpers.catalog.prices import Price


def hourly_prices(prices: Sequence[Price]) -> Figure:
    """Draw what an hour of each item costs.

    Parameters
    ----------
    prices : sequence of Price
        In US dollars, all of one region; the first is drawn at the top.

    Returns
    -------
    matplotlib.figure.Figure
        A bar chart, for `show`.

    Raises
    ------
    ValueError
        If there is no price, or if they are of several regions.
    """
    regions = {price.region for price in prices}
    if len(regions) != 1:
        raise ValueError(f"Expected prices of one region, got {sorted(regions) or 'none'}")
    names = [f"{price.item}, {price.component}" for price in prices]
    usd = [float(price.usd_per_hour) for price in prices]
    figure, axes = new_figure("hourly-prices", f"What an hour costs in {regions.pop()}")
    bars = axes.barh(names, usd, color=BLUE)
    axes.bar_label(bars, [f"{value:g}" for value in usd], padding=3)
    axes.invert_yaxis()
    axes.set(xlabel="price (US dollars an hour)", ylabel="instance type, use")
    axes.set_xlim(0, max(usd) * 1.15)
    axes.grid(visible=False, axis="y")
    listed = "; ".join(f"{name} {value:g}" for name, value in zip(names, usd, strict=True))
    return describe(figure, f"Bar chart of prices in US dollars an hour: {listed}.")


def quotas_needed(statuses: Sequence[QuotaStatus]) -> Figure:
    """Draw AWS's default of each quota beside what the lessons need, and mark what is too low.

    Parameters
    ----------
    statuses : sequence of QuotaStatus
        One per quota; an unknown default is drawn as 0.

    Returns
    -------
    matplotlib.figure.Figure
        A bar chart, for `show`.

    Raises
    ------
    ValueError
        If `statuses` is empty.
    """
    if not statuses:
        raise ValueError("There are no quotas to draw: check the account first.")
    figure, axes = new_figure("quotas-needed", "AWS's defaults, and the need")
    rows = range(len(statuses))
    defaults = [status.default or 0 for status in statuses]
    needs = [status.need.count for status in statuses]
    short = [default < need for default, need in zip(defaults, needs, strict=True)]
    axes.barh(rows, defaults, color=BLUE, label="AWS's default")
    marks = {"color": VERMILION, "marker": "D", "s": 60, "edgecolors": "white", "zorder": 3}
    axes.scatter(needs, rows, label="needed", **marks)
    for row, is_short in zip(rows, short, strict=True):
        if is_short:
            axes.annotate(
                "short",
                (needs[row], row),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
            )
    axes.set_yticks(rows, [status.need.quota for status in statuses])
    axes.invert_yaxis()
    axes.set(xlabel="instances at once (number)", ylabel="quota (AWS's name)")
    axes.legend(frameon=False)
    axes.grid(visible=False, axis="y")
    listed = "; ".join(
        f"{status.need.quota} {default:g}, needed {need}{', short' if is_short else ''}"
        for status, default, need, is_short in zip(statuses, defaults, needs, short, strict=True)
    )
    return describe(figure, f"Bar chart of AWS's default for each quota, and the need: {listed}.")
