"""Usage times price: exact decimal amounts, rounded half up to the cent only when they are shown.

Usage without a known price is listed separately; a total without it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any, NamedTuple

from helpers import cli
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import ENDPOINT
from helpers.catalog import prices, usage
from helpers.catalog.prices import VOLUME, Price
from helpers.catalog.usage import Usage

CENT = Decimal("0.01")
SECONDS_AN_HOUR = 3600

# What a small job's instance costs beside the work. A job is billed from TrainingStartTime or
# TransformStartTime until its results are uploaded, so with the time to fetch image and data
# (botocore's model). Small XGBoost jobs printed "Billable seconds: 53" and 64 in public logs.
JOB_OVERHEAD_SECONDS = 60
USES = {
    "training": "training",
    "transform": "batch transform",
    "processing": "processing",
    "hosting": "endpoint",
    "notebook": "notebook instance",
    "notebook volume": "notebook storage",
}
JOB_USES = ("training", "transform", "processing")

PriceLookup = Callable[[str, str, str], Price | None]
"""Item, component and region to a price, such as `helpers.prices.lookup`."""


class CostItem(NamedTuple):
    """One use of a resource with its price, or None where the price is unknown."""

    resource: Resource
    region: str
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
        known = f"{self.usd:.5f} USD" if self.usd < CENT / 2 else format_usd(self.usd)
        return f"at least {known}"


def cost_items(
    resource: Resource,
    region: str,
    now: datetime,
    *,
    lookup: PriceLookup = prices.lookup,
    endpoint_config: Mapping[str, Any] | None = None,
) -> list[CostItem]:
    """Price what a described resource has used, an item for each use."""
    if resource.type == ENDPOINT:
        usages = usage.endpoint(resource.described, now, endpoint_config)
    else:
        usages = usage.USAGE_BY_TYPE[resource.type.name](resource.described, now)
    return [
        CostItem(
            *(resource, region, used),
            lookup(used.item, used.component, region) if used.item else None,
        )
        for used in usages
    ]


def hourly_cost(
    resource: Resource, endpoint_configs: Mapping[str, Mapping[str, Any]], region: str
) -> CostTotal | None:
    """What a resource costs an hour by the price table; None: it has no instances.

    endpoint_configs: the Describe answers by name, which alone have an endpoint's instance types. A
    tuning job costs what its training jobs do.
    """
    if resource.type.name not in usage.USAGE_BY_TYPE and resource.type != ENDPOINT:
        return None
    if resource.described is None:
        return CostTotal(Decimal(0), complete=False) if resource.costs else None
    config = endpoint_configs.get(resource.described.get("EndpointConfigName"))
    items = cost_items(resource, region, datetime.now(UTC), endpoint_config=config)
    return total_per_hour(items)


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


def unpriced_usage(items: Iterable[CostItem]) -> list[str]:
    """What has no known price, each once: ``ml.x.large for training in us-east-1``."""
    unknown = {
        f"{item.usage.item or 'unknown instance type'} for {USES[item.usage.component]} in "
        f"{item.region}"
        for item in items
        if item.usd is None
    }
    if not unknown:
        return []
    return [f"Price unknown here: {'; '.join(sorted(unknown))}. Look it up: {prices.PRICING_URL}"]


def estimate(items: Iterable[CostItem]) -> list[str]:
    """About what jobs that ran here would cost on AWS; no sentence without jobs or prices.

    An unknown price of batch transform is taken to be that of training, which is nearly the same.
    """
    jobs = [item for item in items if item.usage.component in JOB_USES and item.usage.seconds]
    job_prices = [
        item.price or prices.lookup(item.usage.item, "training", item.region) for item in jobs
    ]
    if not jobs or None in job_prices:
        return []
    usd = sum(
        price.usd_per_hour * item.usage.count * (item.usage.seconds + JOB_OVERHEAD_SECONDS)
        for item, price in zip(jobs, job_prices, strict=True)
    )
    usd = (usd / SECONDS_AN_HOUR).quantize(Decimal("0.001"), ROUND_UP)
    assumed = (
        "" if all(item.price for item in jobs) else ", at training's price where it is unknown"
    )
    return [
        f"On AWS {cli.count(len(jobs), 'job')} like {'these' if len(jobs) > 1 else 'this'} would "
        f"cost about {usd} USD{assumed}: a job is billed from its start on the instance, and "
        "fetching image and data adds about a minute to each."
    ]


def round_to_cent(usd: Decimal) -> Decimal:
    return usd.quantize(CENT, ROUND_HALF_UP)


def format_usd(usd: Decimal) -> str:
    """Format an amount; what would round to nothing is "under 0.01 USD".

    >>> format_usd(Decimal("0.001")), format_usd(Decimal(0))
    ('under 0.01 USD', '0.00 USD')
    """
    return "under 0.01 USD" if 0 < usd < CENT / 2 else f"{round_to_cent(usd):,} USD"


def format_rate(usd: Decimal | None) -> str:
    """Format a price an hour: at least to the cent, at most to a hundredth of one.

    >>> format_rate(Decimal("0.115")), format_rate(Decimal(12)), format_rate(None)
    ('0.115 USD', '12.00 USD', 'unknown')
    """
    if usd is None:
        return "unknown"
    whole, _, fraction = f"{usd:.4f}".rstrip("0").partition(".")
    return f"{whole}.{fraction:0<2} USD"


def format_quantity(used: Usage) -> str:
    """Format how much of what was used.

    >>> instances, volume = Usage("ml.m5.large", "training", 2, 60), Usage(VOLUME, "", 5, 60)
    >>> format_quantity(instances), format_quantity(volume)
    ('2 x ml.m5.large', '5 GB of ML volume gp2')
    """
    amount = f"{used.count} GB of" if used.item == VOLUME else f"{used.count} x"
    return f"{amount} {used.item or 'unknown instance type'}"


def _sum(amounts: list[Decimal | None]) -> CostTotal:
    return CostTotal(sum((a for a in amounts if a is not None), Decimal(0)), None not in amounts)
