"""What AWS would bill for what has run here so far, by the seconds that it took on this machine.

The rules are those of `python -m helpers costs`, which also knows lessons and the budget.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from helpers.catalog import prices, usage
from helpers.catalog import resource_types as catalog
from helpers.catalog.usage import Usage
from helpers.local.console.content import NotFoundError, Page, Table
from helpers.local.console.view import View
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.workloads import now

NOTE = (
    "Nothing here costs anything: the amounts are what AWS would bill for these seconds. On AWS a "
    "job also takes about a minute to fetch its image and data, and is billed for it. Deleted "
    "endpoints and notebook instances are not counted, nor are requests, storage on S3 and logs."
)
HOUR = 3600


def page(view: View, parts: Sequence[str]) -> Page:
    """Return the page of the costs of a Region."""
    if parts:
        raise NotFoundError
    uses = list(region_uses(view, now()))
    total, is_known = _sum(view.region, uses)
    rows = [
        (component, item, len(group), _seconds(group), *_amounts(view.region, group))
        for (component, item), group in _grouped(uses).items()
    ]
    rows.append(("Total", None, len(uses), _seconds(uses), _usd(total, is_known), None))
    columns = ("Use", "Item", "Resources", "Instance seconds", "Cost so far", "Cost per hour now")
    table = Table("costs", "Costs so far", columns, rows, note=NOTE)
    return Page("Costs", [table], version=lambda: (view.database.changes(), now().minute))


def region_uses(view: View, at: datetime) -> Iterator[Usage]:
    """Yield what the resources of a Region have used until a time."""
    for resource in (catalog.TRAINING_JOB, catalog.TRANSFORM_JOB):
        for job in view.database.list_all(resource.arn_type, view.region):
            yield from usage.job(job, at)
    for endpoint in view.database.list_all(catalog.ENDPOINT.arn_type, view.region):
        config = {"ProductionVariants": [_variant(spec) for spec in endpoint["Fleet"]]}
        yield from usage.endpoint(endpoint, at, config)
    for instance in view.database.list_all(catalog.NOTEBOOK_INSTANCE.arn_type, view.region):
        yield from usage.notebook(instance, at)


def _variant(spec: VariantSpec) -> dict[str, Any]:
    """Return a variant that runs as an endpoint configuration has it; that may be deleted."""
    variant = {"VariantName": spec["VariantName"], "InitialInstanceCount": spec["InstanceCount"]}
    if "Serverless" in spec:
        return {**variant, "ServerlessConfig": spec["Serverless"]}
    return {**variant, "InstanceType": spec["InstanceType"]}


def _grouped(uses: list[Usage]) -> dict[tuple[str, str], list[Usage]]:
    groups: dict[tuple[str, str], list[Usage]] = {}
    for use in sorted(uses, key=lambda use: (use.component, use.item)):
        groups.setdefault((use.component, use.item), []).append(use)
    return groups


def _seconds(uses: list[Usage]) -> int:
    return sum(use.total_seconds for use in uses if use.component != "notebook volume")


def _sum(region: str, uses: list[Usage]) -> tuple[Decimal, bool]:
    """Return what uses have cost as far as prices are known, and whether all are."""
    total, is_known = Decimal(0), True
    for use in uses:
        price = prices.lookup(use.item, use.component, region)
        if price is not None:
            total += price.usd_per_hour * use.total_seconds / HOUR
        elif use.seconds:
            is_known = False
    return total, is_known


def _amounts(region: str, uses: list[Usage]) -> tuple[str, str | None]:
    """Return the cost so far, and an hour's cost of what is running."""
    running = [use._replace(seconds=HOUR) for use in uses if use.running]
    an_hour = _usd(*_sum(region, running)) if running else None
    return _usd(*_sum(region, uses)), an_hour


def _usd(amount: Decimal, is_known: bool) -> str:
    if not is_known and not amount:
        return "unknown"
    return f"{'' if is_known else 'at least '}{amount:.4f} USD"
