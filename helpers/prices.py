"""What the lessons' instance types cost on AWS, so that nobody is surprised by a bill.

Only prices that were read in AWS's own price list stand here, each with the day of that list. They
are those of one region; others differ.
"""

from __future__ import annotations

from typing import NamedTuple

REGION = "us-east-1"
PAGE = "https://aws.amazon.com/sagemaker/ai/pricing/"


class Price(NamedTuple):
    """One instance type in one use; `price_list` is the day of the price list that says so."""

    instance_type: str
    component: str
    usd_per_hour: float
    price_list: str


# AWS Price List, offer AmazonSageMaker, usage types USE1-Train:, USE1-Notebk:, USE1-Host:.
PRICES = (
    Price("ml.t3.medium", "notebook", 0.05, "2026-09-24"),
    Price("ml.m5.large", "training", 0.115, "2026-08-11"),
    Price("ml.m5.xlarge", "training", 0.23, "2026-09-24"),
    Price("ml.m5.xlarge", "hosting", 0.23, "2026-06-27"),
)


def summary() -> str:
    """Return the prices in three lines for people."""
    stated = ", ".join(f"{p.instance_type} {p.component} {p.usd_per_hour}" for p in PRICES)
    dates = [price.price_list for price in PRICES]
    return (
        f"What runs is billed by the second. US dollars an hour in {REGION}, from price lists of "
        f"{min(dates)} to {max(dates)}:\n  {stated}.\n"
        "  Batch transform has its own price, of about training's. Today's, for every region:\n"
        f"  {PAGE}"
    )
