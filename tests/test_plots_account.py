"""The pictures of an account show hourly prices, and quotas against needs."""

import pytest

from helpers import plots
from helpers.account.quotas.client import QuotaStatus
from helpers.account.quotas.requirements import NEEDS
from helpers.catalog import instance_types


def line(default: float | None, need=NEEDS[2]) -> QuotaStatus:
    return QuotaStatus(need, 30, default)


def test_prices_are_drawn_and_told_in_the_given_order():
    """The first bar is on top, and the text names each instance type with its price."""
    figure = plots.hourly_prices(instance_types.known_prices())
    (axes,) = figure.axes
    assert axes.yaxis_inverted()
    assert axes.patches[0].get_width() == pytest.approx(0.05)
    assert figure.get_label().startswith(
        "Bar chart of prices in US dollars an hour: ml.t3.medium, notebook 0.05; ml.m5.large"
    )
    assert "us-east-1" in axes.get_title(loc="left")


def test_prices_of_several_regions_are_not_mixed():
    """Prices of several regions, or none, are refused."""
    mixed = [*instance_types.known_prices(), *instance_types.known_prices("eu-west-1")]
    for prices in (mixed, []):
        with pytest.raises(ValueError, match="one region"):
            plots.hourly_prices(prices)


def test_a_default_below_the_need_is_marked_short():
    """A default quota below the need is marked in picture and text; a sufficient one is not."""
    assert NEEDS[2].count == 1
    figure = plots.quotas_needed([line(0), line(1)])
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["short"]
    assert figure.get_label().endswith(
        "ml.m5.large for training job usage 0, needed 1, short; "
        "ml.m5.large for training job usage 1, needed 1."
    )


def test_no_quota_is_not_drawn():
    """Without any quotas the plot raises an error that says why."""
    with pytest.raises(ValueError, match="check the account first"):
        plots.quotas_needed([])
