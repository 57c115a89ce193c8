"""AWS's prices for an hour of an instance and a month of storage.

The table is `prices.csv`. It holds only figures that were read in AWS's own price list (public
quotations of it) or on a printed AWS bill, each with its region, day and source. A missing price is
unknown: `lookup` returns None, which must not be counted as 0.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

REGION = "us-east-1"
VOLUME = "ML volume gp2"  # of a notebook instance, an item of the table
PRICING_URL = "https://aws.amazon.com/sagemaker/ai/pricing/"
TABLE = Path(__file__).with_name("prices.csv")
HOURS_A_MONTH = 730  # AWS's own month, for example in its Pricing Calculator

# What the lessons run, shown by connect() on AWS.
_LESSONS = (
    ("ml.t3.medium", "notebook"),
    ("ml.m5.large", "training"),
    ("ml.m5.xlarge", "training"),
    ("ml.m5.xlarge", "hosting"),
)


class Price(NamedTuple):
    """What an item costs in one use."""

    item: str  # an instance type, or a type of storage
    component: str  # notebook, training, transform, hosting, processing, storage, notebook volume
    region: str
    usd: Decimal  # US dollars per unit
    unit: str  # hour or GB-month
    price_list: str  # the day (or month) of the list or bill
    source: str  # where it was read

    @property
    def usd_per_hour(self) -> Decimal:
        """US dollars an hour: of one instance, or of one GB stored."""
        return self.usd if self.unit == "hour" else self.usd / HOURS_A_MONTH


@cache
def price_table() -> dict[tuple[str, str, str], Price]:
    """The rows of `prices.csv` by item, component and region."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = [Price(**{**row, "usd": Decimal(row["usd"])}) for row in csv.DictReader(file)]
    return {(row.item, row.component, row.region): row for row in rows}


def lookup(item: str, component: str, region: str = REGION) -> Price | None:
    """Look up a price in the table.

    Parameters
    ----------
    item, component : str
        As in `Price`.
    region : str
        AWS region.

    Returns
    -------
    Price or None
        None: the price is unknown, which is not 0.

    Examples
    --------
    >>> lookup("ml.m5.large", "training").usd_per_hour
    Decimal('0.115')
    >>> lookup("ml.m7i.xlarge", "training") is None
    True
    """
    return price_table().get((item, component, region))


def summary() -> str:
    """Format the prices of what the lessons run, in three lines."""
    known = [price for names in _LESSONS if (price := lookup(*names))]
    formatted = ", ".join(f"{p.item} {p.component} {p.usd}" for p in known)
    dates = [price.price_list for price in known]
    return (
        f"What runs is billed by the second. US dollars an hour in {REGION}, from price lists of "
        f"{min(dates)} to {max(dates)}:\n  {formatted}.\n"
        "  Batch transform has its own price, of about training's. Today's, for every region:\n"
        f"  {PRICING_URL}"
    )
