"""Service Quotas: what the local account may have, and what of it is in use."""

from collections.abc import Sequence

from helpers.catalog import quotas as catalog
from helpers.local.console.content import NotFoundError, Page, Table
from helpers.local.console.view import View
from helpers.local.runtime.workloads import now
from helpers.local.services.quotas import applied, limits

INSTANCE_QUOTA = " for "  # in "ml.m5.large for training job usage"


def page(view: View, parts: Sequence[str]) -> Page:
    """Return the page of the quotas of a Region."""
    if parts:
        raise NotFoundError
    database = view.database
    used = {use: limits.in_use(database, view.region, use) for use in _uses()}
    totals = {name: use for use, name in limits.TOTAL_QUOTAS.items()}
    rows = []
    for quota in sorted(catalog.by_code().values(), key=lambda quota: quota.name):
        instance_type, separator, use = quota.name.removesuffix(" usage").partition(INSTANCE_QUOTA)
        utilization = None
        if separator and use in used:
            utilization = used[use][instance_type]
        elif quota.name in totals:
            utilization = used[totals[quota.name]].total()
        value = applied.applied(database, view.region, quota)
        values = (_number(value), _number(quota.default))
        rows.append((quota.name, *values, utilization, quota.unit))
    columns = (
        "Quota name", "Applied account-level quota value", "AWS default quota value", "Utilization",
        "Unit",
    )  # fmt: skip
    note = "Change a value: python -m helpers local set-quota NAME VALUE"
    table = Table("quotas", "Amazon SageMaker", columns, rows, note=note)
    return Page("Service Quotas", [table, _requests(view)], version=database.changes)


def _number(value: float) -> str:
    return f"{value:,.15g}"  # a whole number of seconds is shown without an exponent


def _uses() -> set[str]:
    names = (quota.name.removesuffix(" usage") for quota in catalog.by_code().values())
    return {name.partition(INSTANCE_QUOTA)[2] for name in names if name.startswith("ml.")} | set(
        limits.TOTAL_QUOTAS
    )


def _requests(view: View) -> Table:
    rows = [
        (
            each["QuotaName"],
            f"{_number(each['DesiredValue'])} {catalog.by_code()[each['QuotaCode']].unit}",
            each["Status"],
            each["Created"],
        )
        for each in applied.requests(view.database, view.region, now())
    ]
    columns = ("Quota name", "Requested value", "Status", "Created")
    return Table("requests", "Quota increase requests", columns, rows, "No requests.")
