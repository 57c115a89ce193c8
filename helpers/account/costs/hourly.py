"""What a resource costs an hour, from its Describe answer and the price table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from helpers.account.costs import usage
from helpers.account.costs.pricing import CostTotal, price_usage, total_per_hour
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import ENDPOINT, ENDPOINT_CONFIG
from helpers.catalog import prices


def cost(found: Resource, everything: Iterable[Resource], region: str) -> CostTotal | None:
    """US dollars an hour; "unknown" if the table lacks it, None if it costs nothing by the hour.

    everything: where an endpoint's configuration is looked for, which knows its instance types.
    A tuning job costs what its training jobs do.
    """
    if found.kind.name not in usage.OF_KIND and found.kind != ENDPOINT:
        return None
    if found.described is None:
        return CostTotal(Decimal(0), complete=False) if found.costs else None
    now = datetime.now(UTC)
    if found.kind == ENDPOINT:
        name = found.described.get("EndpointConfigName")
        config = next(
            (f.described for f in everything if f.kind == ENDPOINT_CONFIG and f.name == name), None
        )
        used = usage.endpoint(found.described, now, config)
    else:
        used = usage.OF_KIND[found.kind.name](found.described, now)
    return total_per_hour(
        price_usage(found.kind.name, found.name, used, prices.lookup, region=region)
    )
