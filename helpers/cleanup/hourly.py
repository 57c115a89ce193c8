"""What a resource costs an hour, from its Describe answer and the price table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from helpers import prices
from helpers.costs import usage
from helpers.costs.amounts import Sum, per_hour, priced
from helpers.inventory import Found
from helpers.inventory.kinds import ENDPOINT, ENDPOINT_CONFIG


def cost(found: Found, everything: Iterable[Found], region: str) -> Sum | None:
    """US dollars an hour; "unknown" if the table lacks it, None if it costs nothing by the hour.

    everything: where an endpoint's configuration is looked for, which knows its instance types.
    A tuning job costs what its training jobs do.
    """
    if found.kind.name not in usage.OF_KIND and found.kind != ENDPOINT:
        return None
    if found.described is None:
        return Sum(Decimal(0), complete=False) if found.costs else None
    now = datetime.now(UTC)
    if found.kind == ENDPOINT:
        name = found.described.get("EndpointConfigName")
        config = next(
            (f.described for f in everything if f.kind == ENDPOINT_CONFIG and f.name == name), None
        )
        used = usage.endpoint(found.described, now, config)
    else:
        used = usage.OF_KIND[found.kind.name](found.described, now)
    return per_hour(priced(found.kind.name, found.name, used, prices.find, region=region))
