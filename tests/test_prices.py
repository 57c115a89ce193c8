"""The price table, and the prices that connect() shows on AWS, are consistent."""

import csv
import re
from decimal import Decimal

import pytest

from helpers.catalog import prices


def test_each_price_has_its_day_region_and_source():
    """Each price has a date and a source, and is neither zero nor absurd."""
    for price in prices.price_table().values():
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price.price_list), price
        assert re.fullmatch(r"[a-z]{2}-[a-z]+-\d", price.region), price
        assert price.source.startswith("AWS "), price
        assert price.unit in ("hour", "GB-month"), price
        assert price.item.startswith("ml.") == (price.unit == "hour"), price
        assert 0 < price.usd < 5, price


def test_no_row_stands_twice():
    """No two rows have the same item, use and region."""
    with prices.TABLE.open(newline="") as file:
        assert len(prices.price_table()) == len(list(csv.DictReader(file)))


@pytest.mark.parametrize(
    ("item", "component", "region", "usd"),
    [
        ("ml.m5.large", "training", "us-east-1", "0.115"),
        ("ml.m5.xlarge", "training", "eu-west-1", "0.257"),
        ("ml.m5.large", "transform", "us-east-1", None),  # no reading of it was found
        ("ml.t2.medium", "notebook", "us-east-1", None),  # only undated figures were found
        ("ml.m5.large", "training", "mars-north-1", None),
    ],
)
def test_a_price_is_exact_or_unknown(item, component, region, usd):
    """Prices are exact decimals; a missing one is None, never 0 or another region's."""
    found = prices.lookup(item, component, region)
    assert (found and found.usd_per_hour) == (usd and Decimal(usd))


def test_storage_is_told_by_the_hour_too():
    """Storage at 0.14 USD a GB-month costs 0.14 / 730 an hour."""
    volume = prices.lookup("ML volume gp2", "notebook volume")
    assert volume.usd_per_hour * 730 == Decimal("0.14")


def test_the_summary_says_where_and_when_the_prices_held():
    """The summary has region, dates, each type, and where to find today's prices."""
    text = prices.summary()
    for word in (
        "us-east-1",
        "2026-06-27 to 2026-09-24",
        prices.PRICING_URL,
        "ml.m5.large training 0.115",
    ):
        assert word in text
