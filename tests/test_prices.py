"""The prices that connect() shows on AWS."""

import re

from helpers import prices


def test_each_price_has_the_day_of_its_price_list():
    """No figure without a date; nothing free or absurd."""
    for price in prices.PRICES:
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.price_list)
        assert price.instance_type.startswith("ml.")
        assert 0 < price.usd_per_hour < 2


def test_the_summary_says_where_and_when_the_prices_held():
    """Region, dates, each type and where to find today's."""
    text = prices.summary()
    for word in (
        "us-east-1",
        "2026-06-27 to 2026-09-24",
        prices.PAGE,
        "ml.m5.large training 0.115",
    ):
        assert word in text
