"""Usage times price: exact decimal amounts, rounded half up to the cent only when they are shown.

Usage without a known price is listed separately; a total without it reads "at least".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from helpers import cli
from helpers.account.costs.usage import Usage
from helpers.catalog.prices import VOLUME, Price

CENT = Decimal("0.01")
SECONDS_AN_HOUR = 3600

PriceLookup = Callable[[str, str, str], Price | None]
"""Item, component and region to a price, such as `helpers.prices.lookup`."""


class CostItem(NamedTuple):
    """One resource's usage with its price, or None where the price is unknown."""

    type: str
    name: str
    status: str
    region: str
    lesson: str | None
    is_course: bool
    usage: Usage
    price: Price | None

    @property
    def usd(self) -> Decimal | None:
        """What it has cost so far, unrounded; None: unknown."""
        if self.usage.seconds == 0:
            return Decimal(0)
        if self.price is None:
            return None
        return self.price.usd_per_hour * self.usage.total_seconds / SECONDS_AN_HOUR

    @property
    def usd_per_hour(self) -> Decimal | None:
        """What it costs an hour from now on; None: unknown."""
        if not self.usage.running:
            return Decimal(0)
        return None if self.price is None else self.price.usd_per_hour * self.usage.count


class CostTotal(NamedTuple):
    """A sum of US dollars, unrounded, and whether all amounts in it were known."""

    usd: Decimal
    complete: bool

    def __str__(self) -> str:
        """For example ``0.02 USD``, ``at least 0.02 USD`` or ``unknown``."""
        if self.complete:
            return format_usd(self.usd)
        if not self.usd:
            return "unknown"
        known = "a fraction of a cent" if self.usd < CENT / 2 else format_usd(self.usd)
        return f"at least {known}"


def price_usage(
    type_name: str,
    name: str,
    usages: Iterable[Usage],
    lookup: PriceLookup,
    *,
    region: str,
    status: str = "",
    lesson: str | None = None,
    is_course: bool = True,
) -> list[CostItem]:
    """Price a resource's usage, an item each."""
    return [
        CostItem(
            *(type_name, name, status, region, lesson, is_course, usage),
            lookup(usage.item, usage.component, region) if usage.item else None,
        )
        for usage in usages
    ]


def total_spent(items: Iterable[CostItem]) -> CostTotal:
    """What these have cost so far."""
    return _sum([item.usd for item in items])


def total_per_hour(items: Iterable[CostItem]) -> CostTotal:
    """What these cost an hour from now on."""
    return _sum([item.usd_per_hour for item in items])


def add_totals(totals: Iterable[CostTotal]) -> CostTotal:
    """Add totals; the sum is complete if all are."""
    totals = list(totals)
    usd = sum((total.usd for total in totals), Decimal(0))
    return CostTotal(usd, all(total.complete for total in totals))


def by_lesson(items: Iterable[CostItem]) -> dict[str | None, list[CostItem]]:
    """The items of each lesson, by its tag; those without one under None, last."""
    lessons: dict[str | None, list[CostItem]] = {}
    for item in sorted(items, key=lambda item: (item.lesson is None, item.lesson or "")):
        lessons.setdefault(item.lesson, []).append(item)
    return lessons


def round_to_cent(usd: Decimal) -> Decimal:
    """Round half up to the cent.

    >>> round_to_cent(Decimal("0.125"))
    Decimal('0.13')
    """
    return usd.quantize(CENT, ROUND_HALF_UP)


def format_usd(usd: Decimal) -> str:
    """Format an amount; what would round to nothing is "under 0.01 USD".

    >>> format_usd(Decimal("0.001")), format_usd(Decimal(0))
    ('under 0.01 USD', '0.00 USD')
    """
    return "under 0.01 USD" if 0 < usd < CENT / 2 else f"{round_to_cent(usd):,} USD"


def format_seconds(number: int) -> str:
    """Format a number of seconds.

    >>> format_seconds(1), format_seconds(3600)
    ('1 second', '3,600 seconds')
    """
    return cli.count(number, "second")


def format_quantity(usage: Usage) -> str:
    """Format how much of what was used.

    >>> instances, volume = Usage("ml.m5.large", "training", 2, 60), Usage(VOLUME, "", 5, 60)
    >>> format_quantity(instances), format_quantity(volume)
    ('2 x ml.m5.large', '5 GB of ML volume gp2')
    """
    amount = f"{usage.count} GB of" if usage.item == VOLUME else f"{usage.count} x"
    return f"{amount} {usage.item or 'unknown instance type'}"


def _sum(amounts: list[Decimal | None]) -> CostTotal:
    return CostTotal(sum((a for a in amounts if a is not None), Decimal(0)), None not in amounts)
