"""What runs and what was spent, for people and for scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from helpers import cli
from helpers.account.costs import budget as budgets
from helpers.account.costs.budget import Budget
from helpers.account.costs.pricing import (
    USES,
    CostItem,
    CostTotal,
    estimate,
    format_quantity,
    format_rate,
    format_usd,
    round_to_cent,
    total_per_hour,
    total_spent,
    unpriced_usage,
)
from helpers.account.target import Target
from helpers.catalog import prices

GIB = 2**30  # S3 bills a GB of 2**30 bytes
NOT_COUNTED = (
    "Counted: training jobs by BillableTimeInSeconds times instances; transform and processing "
    "jobs from start to end times instances (AWS reports no billable seconds for them); endpoints "
    "from their creation. Not counted: requests, data transfer, logs, jobs' disks, free tier, and "
    "deleted endpoints and notebook instances: see your AWS bill."
)


@dataclass(frozen=True)
class Report:
    """The costs of one target at one time. `complete`: nothing that may cost stayed unseen."""

    target: Target
    items: list[CostItem]
    stored_bytes: int = 0
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def running(self) -> list[CostItem]:
        """What still costs, the course's or not."""
        return [item for item in self.items if item.usage.running]

    @property
    def course(self) -> list[CostItem]:
        """What the course has used, finished or not."""
        return [item for item in self.items if item.resource.is_course]

    @property
    def spent(self) -> CostTotal:
        """What the course has spent so far."""
        return self.qualify(total_spent(self.course))

    @property
    def per_hour(self) -> CostTotal:
        """What all that runs costs an hour."""
        return self.qualify(total_per_hour(self.running))

    def qualify(self, total: CostTotal) -> CostTotal:
        """Return a total that is incomplete if something stayed unseen."""
        return total._replace(complete=total.complete and self.complete)

    @property
    def storage_per_month(self) -> Decimal | None:
        """What the course's objects on S3 cost a month in US dollars; None: unknown."""
        price = prices.lookup("S3 Standard", "storage", self.target.region)
        if not self.stored_bytes:
            return Decimal(0)
        return price and price.usd * self.stored_bytes / GIB

    @property
    def if_incomplete(self) -> str:
        """What a sentence about the report adds if something stayed unseen."""
        return "" if self.complete else ", of what could be listed"


def text(report: Report, budget: Budget) -> str:
    """The whole report for people; the target is printed before it."""
    lines = []
    if report.target.is_local:
        lines = ["Nothing here costs anything: the amounts are what AWS would bill.", ""]
    lines += [*_spent(report), "", *_running(report), "", _storage(report)]
    lines += [budgets.progress(report.spent, budget), "", *_prices(report), NOT_COUNTED]
    return "\n".join([*lines, *(f"Note: {note}" for note in report.notes)])


def as_json(report: Report, budget: Budget) -> dict[str, Any]:
    """The report for scripts. Amounts are strings, unrounded; null: unknown."""
    lessons = sorted(
        {item.resource.lesson for item in report.course}, key=lambda name: (not name, name)
    )
    return report.target.as_json() | {
        "running": [_item(item) for item in report.running],
        "usd_per_hour": _total(report.per_hour),
        "spent": [_item(item) for item in report.course],
        "spent_usd": _total(report.spent),
        "lessons": {
            lesson: _total(total_spent(i for i in report.course if i.resource.lesson == lesson))
            for lesson in sorted(lessons, key=lambda lesson: (not lesson, lesson))
        },
        "storage": {
            "bytes": report.stored_bytes,
            "usd_per_month": _exact(report.storage_per_month),
        },
        "budget": budgets.as_json(budget),
        "notes": report.notes,
    }


def format_total_rate(total: CostTotal) -> str:
    """Format what several things cost an hour."""
    return f"{'' if total.complete else 'at least '}{format_rate(total.usd)}"


def _running(report: Report) -> list[str]:
    if not report.running:
        return [f"Running now: nothing that costs{report.if_incomplete}."]
    rows = [
        (
            *(item.resource.type.name, item.resource.name, item.resource.status),
            *(format_quantity(item.usage), f"{format_rate(item.usd_per_hour)} an hour"),
            "" if item.resource.is_course else "not of the course",
        )
        for item in report.running
    ]
    return [
        f"Running now: {format_total_rate(report.per_hour)} an hour",
        *cli.table(rows, indent="  "),
    ]


def _spent(report: Report) -> list[str]:
    groups: dict[tuple[str, str], list[CostItem]] = {}
    for item in sorted(report.course, key=lambda item: not item.resource.lesson):
        key = item.resource.lesson or "(no lesson)", USES[item.usage.component]
        groups.setdefault(key, []).append(item)
    rows = [
        (
            *(lesson, use, f"{len(items)} x"),
            cli.count(sum(item.usage.total_seconds for item in items), "second"),
            str(total_spent(items)),
        )
        for (lesson, use), items in groups.items()
    ]
    lines = [f"Spent by the course so far: {report.spent}", *cli.table(rows, "  ")]
    if report.target.is_local:
        lines += estimate(report.course)
    return lines + unpriced_usage(report.course)


def _storage(report: Report) -> str:
    month = report.storage_per_month
    cost = "at an unknown price" if month is None else f"{format_usd(month)} a month"
    return f"On S3: {report.stored_bytes / 1e6:,.1f} MB of the course, {cost}"


def _prices(report: Report) -> list[str]:
    """Where the prices are from, a line for each source and region."""
    days: dict[tuple[str, str], set[str]] = {}
    for price in [item.price for item in report.items if item.price]:
        source = price.source.partition(" (")[0]
        days.setdefault((price.region, source), set()).add(price.price_list)
    return [
        f"Prices: {source}, {region}, {' to '.join(sorted({min(dates), max(dates)}))}."
        for (region, source), dates in sorted(days.items())
    ]


def _item(item: CostItem) -> dict[str, Any]:
    resource, price = item.resource, item.price
    return {
        "type": resource.type.name,
        "name": resource.name,
        "status": resource.status,
        "region": item.region,
        "lesson": resource.lesson or None,
        "of_the_course": resource.is_course,
        **item.usage._asdict(),
        "usd": _exact(item.usd),
        "usd_per_hour": _exact(item.usd_per_hour),
        "price": price and {**price._asdict(), "usd": str(price.usd)},
    }


def _total(total: CostTotal) -> dict[str, Any]:
    return {
        "usd": _exact(total.usd),
        "cents": str(round_to_cent(total.usd)),
        "complete": total.complete,
    }


def _exact(usd: Decimal | None) -> str | None:
    return None if usd is None else f"{usd:f}"
