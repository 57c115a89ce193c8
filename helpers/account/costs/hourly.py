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


def cost(resource: Resource, everything: Iterable[Resource], region: str) -> CostTotal | None:
    """What a resource costs an hour; None: it has no instances.

    everything: holds the configuration of an endpoint, which alone has its instance types. A
    tuning job costs what its training jobs do.
    """
    type_name, described, now = resource.type.name, resource.described, datetime.now(UTC)
    if type_name not in usage.USAGE_BY_TYPE and resource.type != ENDPOINT:
        return None
    if described is None:
        return CostTotal(Decimal(0), complete=False) if resource.costs else None
    if resource.type == ENDPOINT:
        configs = {r.name: r.described for r in everything if r.type == ENDPOINT_CONFIG}
        usages = usage.endpoint(described, now, configs.get(described.get("EndpointConfigName")))
    else:
        usages = usage.USAGE_BY_TYPE[type_name](described, now)
    return total_per_hour(
        price_usage(type_name, resource.name, usages, prices.lookup, region=region)
    )
