"""What AWS would bill for what has run here so far, by the seconds that it took on this machine.

The rules are those of `python -m helpers costs`, which also knows lessons and the budget: jobs by
their billable seconds, endpoints and notebook instances from their creation or last start.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from helpers.catalog import prices
from helpers.catalog import resource_types as catalog
from helpers.local.console.content import NotFoundError, Page, Table
from helpers.local.console.view import View
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document

NOTE = (
    "Nothing here costs anything: the amounts are what AWS would bill for these seconds. On AWS a "
    "job also takes about a minute to fetch its image and data, and is billed for it. Deleted "
    "endpoints and notebook instances are not counted, nor are requests, storage on S3 and logs."
)
HOUR = 3600
_NOT_BILLED = ("Stopping", "Stopped", "Failed", "Deleting")


class Use(NamedTuple):
    """So many instances (or GB) of an item, for so many seconds; `is_running`: it still costs."""

    component: str
    item: str
    count: int
    seconds: int
    is_running: bool


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


def region_uses(view: View, at: datetime) -> Iterator[Use]:
    """Yield what the resources of a Region have used until a time."""
    for job in view.database.list_all(catalog.TRAINING_JOB.arn_type, view.region):
        is_running = job["TrainingJobStatus"] in catalog.JOB_IN_PROGRESS
        seconds = job.get("BillableTimeInSeconds")
        if seconds is None:
            seconds = _between(job.get("TrainingStartTime", at), at)
        config = job["ResourceConfig"]
        yield Use("training", config["InstanceType"], config["InstanceCount"], seconds, is_running)
    for job in view.database.list_all(catalog.TRANSFORM_JOB.arn_type, view.region):
        is_running = job["TransformJobStatus"] in catalog.JOB_IN_PROGRESS
        last = at if is_running else job["LastModifiedTime"]
        start, end = job.get("TransformStartTime", last), job.get("TransformEndTime", last)
        config = job["TransformResources"]
        count = config["InstanceCount"]
        yield Use("transform", config["InstanceType"], count, _between(start, end), is_running)
    for endpoint in view.database.list_all(catalog.ENDPOINT.arn_type, view.region):
        yield from _endpoint(endpoint, at)
    for instance in view.database.list_all(catalog.NOTEBOOK_INSTANCE.arn_type, view.region):
        yield from _notebook(instance, at)


def _endpoint(endpoint: Document, at: datetime) -> Iterator[Use]:
    is_running = endpoint["EndpointStatus"] not in ("Failed", "Deleting")
    end = at if is_running else endpoint["LastModifiedTime"]
    seconds = _between(endpoint["CreationTime"], end)
    for variant in endpoint["Fleet"]:
        item, count = variant.get("InstanceType", "serverless"), variant["InstanceCount"]
        yield Use("hosting", item, count, seconds, is_running)


def _notebook(instance: Document, at: datetime) -> Iterator[Use]:
    status = instance["NotebookInstanceStatus"]
    if status not in _NOT_BILLED:
        seconds = _between(instance["LastModifiedTime"], at)
        yield Use("notebook", instance["InstanceType"], 1, seconds, True)
    stored = _between(instance["CreationTime"], at)
    size = instance["VolumeSizeInGB"]
    yield Use("notebook volume", prices.VOLUME, size, stored, status != "Deleting")


def _between(start: datetime, end: datetime) -> int:
    return max(0, ceil((end - start).total_seconds()))


def _grouped(uses: list[Use]) -> dict[tuple[str, str], list[Use]]:
    groups: dict[tuple[str, str], list[Use]] = {}
    for use in sorted(uses, key=lambda use: (use.component, use.item)):
        groups.setdefault((use.component, use.item), []).append(use)
    return groups


def _seconds(uses: list[Use]) -> int:
    return sum(use.count * use.seconds for use in uses if use.component != "notebook volume")


def _sum(region: str, uses: list[Use]) -> tuple[Decimal, bool]:
    """Return what uses have cost as far as prices are known, and whether all are."""
    total, is_known = Decimal(0), True
    for use in uses:
        price = prices.lookup(use.item, use.component, region)
        if price is not None:
            total += price.usd_per_hour * use.count * use.seconds / HOUR
        elif use.seconds:
            is_known = False
    return total, is_known


def _amounts(region: str, uses: list[Use]) -> tuple[str, str | None]:
    """Return the cost so far, and an hour's cost of what is running."""
    running = [use._replace(seconds=HOUR) for use in uses if use.is_running]
    an_hour = _usd(*_sum(region, running)) if running else None
    return _usd(*_sum(region, uses)), an_hour


def _usd(amount: Decimal, is_known: bool) -> str:
    if not is_known and not amount:
        return "unknown"
    return f"{'' if is_known else 'at least '}{amount:.4f} USD"
