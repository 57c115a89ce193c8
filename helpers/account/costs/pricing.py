"""Usage times price: exact decimal amounts, rounded half up to the cent only when they are shown.

What has no known price is listed apart; a sum that lacks it reads "at least".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from helpers.account.costs.usage import VOLUME, Usage
from helpers.catalog.prices import Price

CENT = Decimal("0.01")
SECONDS_AN_HOUR = 3600

PriceLookup = Callable[[str, str, str], Price | None]
"""Item, component and region to a price, such as `helpers.prices.find`."""


class CostItem(NamedTuple):
    """One resource's usage with its price, or None where the price is unknown."""

    kind: str
    name: str
    status: str
    region: str
    lesson: str | None
    mine: bool
    usage: Usage
    price: Price | None

    @property
    def usd(self) -> Decimal | None:
        """What it has cost so far, unrounded; None: unknown."""
        if self.usage.seconds == 0:
            return Decimal(0)
        if self.price is None:
            return None
        used = self.usage.count * self.usage.seconds
        return self.price.usd_per_hour * used / SECONDS_AN_HOUR

    @property
    def usd_per_hour(self) -> Decimal | None:
        """What it costs an hour from now on; None: unknown."""
        if not self.usage.running:
            return Decimal(0)
        return None if self.price is None else self.price.usd_per_hour * self.usage.count


class CostTotal(NamedTuple):
    """A sum of amounts, unrounded, and whether all of them were known."""

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
    kind: str,
    name: str,
    used: Iterable[Usage],
    pricer: PriceLookup,
    *,
    region: str,
    status: str = "",
    lesson: str | None = None,
    mine: bool = True,
) -> list[CostItem]:
    """Put prices to a resource's usage."""
    return [
        CostItem(
            *(kind, name, status, region, lesson, mine, usage),
            pricer(usage.item, usage.component, region) if usage.item else None,
        )
        for usage in used
    ]


def total_spent(lines: Iterable[CostItem]) -> CostTotal:
    """What these have cost so far."""
    return _sum([line.usd for line in lines])


def total_per_hour(lines: Iterable[CostItem]) -> CostTotal:
    """What these cost an hour from now on."""
    return _sum([line.usd_per_hour for line in lines])


def by_lesson(lines: Iterable[CostItem]) -> dict[str | None, list[CostItem]]:
    """The lines of each lesson, by its tag; those without one under None, last."""
    lessons: dict[str | None, list[CostItem]] = {}
    for line in sorted(lines, key=lambda line: (line.lesson is None, line.lesson or "")):
        lessons.setdefault(line.lesson, []).append(line)
    return lessons


def round_to_cent(usd: Decimal) -> Decimal:
    """Round half up to the cent.

    >>> round_to_cent(Decimal("0.125"))
    Decimal('0.13')
    """
    return usd.quantize(CENT, ROUND_HALF_UP)


def format_usd(usd: Decimal) -> str:
    """An amount for people; what would round to nothing is said to be under a cent.

    >>> format_usd(Decimal("0.001")), format_usd(Decimal(0))
    ('under 0.01 USD', '0.00 USD')
    """
    return "under 0.01 USD" if 0 < usd < CENT / 2 else f"{round_to_cent(usd):,} USD"


def format_seconds(number: int) -> str:
    """A time for people.

    >>> format_seconds(1), format_seconds(3600)
    ('1 second', '3,600 seconds')
    """
    return f"{number:,} second{'' if number == 1 else 's'}"


def format_quantity(used: Usage) -> str:
    """How much of what, for people.

    >>> instances, volume = Usage("ml.m5.large", "training", 2, 60), Usage(VOLUME, "", 5, 60)
    >>> format_quantity(instances), format_quantity(volume)
    ('2 x ml.m5.large', '5 GB of ML volume gp2')
    """
    amount = f"{used.count} GB of" if used.item == VOLUME else f"{used.count} x"
    return f"{amount} {used.item or 'unknown instance type'}"


def _sum(amounts: list[Decimal | None]) -> CostTotal:
    return CostTotal(sum((a for a in amounts if a is not None), Decimal(0)), None not in amounts)
