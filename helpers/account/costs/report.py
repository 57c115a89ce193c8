"""What runs and what was spent, told to people and to scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from helpers.account.costs.budget import Budget, progress
from helpers.account.costs.pricing import (
    CostItem,
    CostTotal,
    by_lesson,
    format_quantity,
    format_seconds,
    format_usd,
    round_to_cent,
    total_per_hour,
    total_spent,
)
from helpers.account.target import Target
from helpers.catalog import prices

GIB = 2**30  # S3 bills a GB of 2**30 bytes
NOT_COUNTED = (
    "Counted: training jobs by BillableTimeInSeconds times instances; transform and processing "
    "jobs from start to end times instances (AWS tells no billable seconds of them); endpoints "
    "from their creation. Not counted: requests, data transfer, logs, jobs' disks, free tier, and "
    "endpoints and notebook instances that are deleted: AWS's bill knows them."
)


@dataclass(frozen=True)
class Report:
    """The lines of one place at one time. `complete`: nothing that may cost stayed unseen."""

    place: Target
    lines: list[CostItem]
    stored_bytes: int = 0
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def running(self) -> list[CostItem]:
        """What goes on costing, the course's or not."""
        return [line for line in self.lines if line.usage.running]

    @property
    def course(self) -> list[CostItem]:
        """What the course has used, finished or not."""
        return [line for line in self.lines if line.mine]

    @property
    def spent(self) -> CostTotal:
        """What the course has spent so far."""
        total = total_spent(self.course)
        return total._replace(complete=total.complete and self.complete)

    @property
    def an_hour(self) -> CostTotal:
        """What all that runs costs an hour."""
        total = total_per_hour(self.running)
        return total._replace(complete=total.complete and self.complete)

    @property
    def storage_a_month(self) -> Decimal | None:
        """What the course's objects on S3 cost a month; None: the price is unknown."""
        price = prices.lookup("S3 Standard", "storage", self.place.region)
        if not self.stored_bytes:
            return Decimal(0)
        return price and price.usd * self.stored_bytes / GIB


def text(report: Report, budget: Budget) -> str:
    """The whole report for people; the place is printed before it."""
    local = report.place.backend == "local"
    parts = ["Nothing here costs anything: the amounts are what AWS would bill.", ""]
    lines = parts if local else []
    lines += _running(report)
    lines += ["", *_spent(report), "", *_storage(report), progress(report.spent, budget), ""]
    lines += [*_prices(report), NOT_COUNTED, *(f"Note: {note}" for note in report.notes)]
    return "\n".join(lines)


def as_json(report: Report, budget: Budget) -> dict[str, Any]:
    """The report for scripts. Amounts are texts, unrounded; null: unknown."""
    month = report.storage_a_month
    return {
        **{name: getattr(report.place, name) for name in ("backend", "account", "region")},
        "running": [_line(line) for line in report.running],
        "usd_per_hour": _sum(report.an_hour),
        "spent": [_line(line) for line in report.course],
        "spent_usd": _sum(report.spent),
        "lessons": {
            lesson or "": _sum(total_spent(lines))
            for lesson, lines in by_lesson(report.course).items()
        },
        "storage": {
            "bytes": report.stored_bytes,
            "usd_per_month": None if month is None else f"{month:f}",
        },
        "budget": {name: str(usd) for name, usd in budget._asdict().items()},
        "notes": report.notes,
    }


def unpriced_usage(lines: list[CostItem]) -> list[str]:
    """What has no known price, a text each: ``ml.x.large transform in us-east-1 (12 seconds)``."""
    apart = [line for line in lines if line.usd is None]
    return [
        f"{item or 'unknown instance type'} {component} in {region} "
        f"({format_seconds(sum(line.usage.seconds * line.usage.count for line in group))})"
        for (item, component, region), group in _grouped(apart)
    ]


def format_rate(usd: Decimal | None) -> str:
    """A price an hour: to a hundredth of a cent."""
    if usd is None:
        return "unknown"
    shown = usd.quantize(Decimal("0.0001")).normalize()
    return f"{max(shown, round_to_cent(usd), key=lambda d: -d.as_tuple().exponent):f} USD"


def _running(report: Report) -> list[str]:
    if not report.running:
        seen = "" if report.complete else ", of what could be seen"
        return [f"Running now: nothing that costs{seen}."]
    rows = [
        (
            line.kind,
            line.name,
            line.status,
            format_quantity(line.usage),
            f"{format_rate(line.usd_per_hour)} an hour",
            "" if line.mine else "not of the course",
        )
        for line in report.running
    ]
    return ["Running now:", *_columns(rows), f"  In all: {_rates(report.an_hour)} an hour"]


def _rates(total: CostTotal) -> str:
    return format_rate(total.usd) if total.complete else f"at least {format_rate(total.usd)}"


def _spent(report: Report) -> list[str]:
    if not report.course:
        return [f"Spent by the course so far: {report.spent}"]
    rows = []
    for lesson, lines in by_lesson(report.course).items():
        names = {(line.kind, line.name) for line in lines}
        time = sum(line.usage.seconds * line.usage.count for line in _by_time(lines))
        count = f"{len(names)} resource{'s' if len(names) > 1 else ''}"
        rows.append((lesson or "(no lesson)", count, format_seconds(time), str(total_spent(lines))))
    found = ["Spent by the course so far:", *_columns(rows), f"  In all: {report.spent}"]
    if apart := unpriced_usage(report.course):
        found += [f"  Not counted, since its price is unknown here: {words}" for words in apart]
        found += [f"  (look it up: {prices.PRICING_URL})"]
    return found


def _by_time(lines: list[CostItem]) -> list[CostItem]:
    return [line for line in lines if line.usage.component != "notebook volume"]


def _storage(report: Report) -> list[str]:
    month = report.storage_a_month
    cost = "at an unknown price" if month is None else f"{format_usd(month)} a month"
    size = f"{report.stored_bytes / 1e6:,.1f} MB"
    return [f"On S3: {size} of the course, {cost}"]


def _prices(report: Report) -> list[str]:
    used = {line.price for line in report.lines if line.price}
    sources = sorted({(p.region, p.source.partition(" (")[0]) for p in used})
    found = []
    for region, source in sources:
        days = [p.price_list for p in used if (p.region, p.source.partition(" (")[0])
                == (region, source)]  # fmt: skip
        dates = min(days) if min(days) == max(days) else f"{min(days)} to {max(days)}"
        found.append(f"Prices: {source}, {region}, {dates}.")
    return found


def _line(line: CostItem) -> dict[str, Any]:
    usage, price = line.usage, line.price
    amounts = {"usd": line.usd, "usd_per_hour": line.usd_per_hour}
    return {
        **{name: getattr(line, name) for name in ("kind", "name", "status", "region", "lesson")},
        "of_the_course": line.mine,
        **usage._asdict(),
        **{name: None if usd is None else f"{usd:f}" for name, usd in amounts.items()},
        "price": price and {**price._asdict(), "usd": str(price.usd)},
    }


def _sum(total: CostTotal) -> dict[str, Any]:
    return {
        "usd": f"{total.usd:f}",
        "cents": str(round_to_cent(total.usd)),
        "complete": total.complete,
    }


def _grouped(lines: list[CostItem]) -> list[tuple[tuple[str | None, str, str], list[CostItem]]]:
    def key(line: CostItem) -> tuple[str, str, str]:
        return (line.usage.item or "", line.usage.component, line.region)

    return [(k, list(group)) for k, group in groupby(sorted(lines, key=key), key)]


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
