"""What a cleanup shows: the table before it, and what remains after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from helpers.account.cleanup.delete import REMAINS, DeletionResult
from helpers.account.cleanup.plan import Plan
from helpers.account.costs import hourly
from helpers.account.costs.pricing import CostTotal
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import ENDPOINT_CONFIG, LOG_STREAM, OBJECTS

Row = tuple[str, str, str, str]
HEAD: Row = ("type", "name", "status", "USD an hour")
FIRST = 3  # names that are shown of a longer list


def table(plan: Plan, region: str) -> str:
    """What is to be deleted, a line each; the log streams of a group in one."""
    rows = [HEAD]
    streams = Counter(
        found.described["logGroupName"] for found in plan.delete if found.kind == LOG_STREAM
    )
    configs = [found for found in _all(plan) if found.kind == ENDPOINT_CONFIG]
    sums = []
    for found in plan.delete:
        if found.kind != LOG_STREAM:
            cost = hourly.cost(found, configs, region)
            sums += [cost] if cost else []
            rows.append((found.kind.name, found.name, _state(found), _amount(found, cost)))
    rows += [
        ("log streams", group, f"{n} stream{'s' * (n > 1)}", "storage")
        for group, n in streams.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)) for row in rows]
    total = CostTotal(sum((s.usd for s in sums), Decimal(0)), all(s.complete for s in sums))
    running = f"What runs costs an hour: {total}." if sums else "Nothing of it costs by the hour."
    return "\n".join([*(format_result.rstrip() for format_result in lines), running])


def kept_lines(plan: Plan) -> list[str]:
    """What of the course stays, by type and reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for found, why in plan.keep:
        groups.setdefault((found.kind.name, why), []).append(found.name)
    return [
        f"Stays: {_count(kind, names)} ({_first(names)}): {why}."
        for (kind, why), names in groups.items()
    ]


def foreign_lines(plan: Plan) -> list[str]:
    """What was seen and is not the course's, by type."""
    groups: dict[str, list[str]] = {}
    for found in plan.others:
        groups.setdefault(found.kind.name, []).append(found.name)
    return [
        f"Left alone, not the course's: {_count(kind, names)} ({_first(names)})."
        for kind, names in groups.items()
    ]


def unlisted_lines(plan: Plan) -> list[str]:
    """What could not be looked at."""
    return [
        f"Not seen: {problem.kind.name}: "
        + (f"allow the action {problem.action}." if problem.action else problem.message)
        for problem in plan.problems
    ]


def as_json(
    place: Any, plan: Plan, outcomes: Iterable[DeletionResult], remaining: Iterable[Resource]
) -> dict[str, Any]:
    """The same for scripts."""
    configs = [found for found in _all(plan) if found.kind == ENDPOINT_CONFIG]
    return {
        "place": {"backend": place.backend, "account": place.account, "region": place.region},
        "delete": [
            _item(found) | {"usd_per_hour": _number(hourly.cost(found, configs, place.region))}
            for found in plan.delete
        ],
        "keep": [_item(found) | {"why": why} for found, why in plan.keep],
        "others": [_item(found) for found in plan.others],
        "not_seen": [
            {"type": p.kind.name, "action": p.action, "message": p.message} for p in plan.problems
        ],
        "outcomes": [
            _item(outcome.found) | {"result": outcome.result, "why": outcome.why}
            for outcome in outcomes
        ],
        "remaining": [_item(found) for found in remaining],
    }


def format_result(outcome: DeletionResult) -> str:
    """One outcome, as it happens."""
    said = f"{outcome.result}: {outcome.found.kind.name} {outcome.found.name}"
    return f"{said}: {outcome.why}" if outcome.result == REMAINS else said


def _all(plan: Plan) -> list[Resource]:
    return [*plan.delete, *(found for found, _ in plan.keep), *plan.others]


def _item(found: Resource) -> dict[str, Any]:
    return {
        "type": found.kind.name,
        "name": found.name,
        "arn": found.arn,
        "status": found.status,
        "lesson": found.lesson,
        "reason": found.reason,
    }


def _state(found: Resource) -> str:
    if found.kind != OBJECTS:
        return found.status or "-"
    described = found.described
    state = f"{described['Objects']:,} objects, {described['Bytes']:,} bytes"
    return f"{state}, {described['Uploads']} unfinished" if described["Uploads"] else state


def _amount(found: Resource, cost: CostTotal | None) -> str:
    if cost is not None:
        return str(cost).removesuffix(" USD")
    return "storage" if found.kind.costs else "-"


def _number(cost: CostTotal | None) -> str | None:
    """A text, since JSON has no decimals; null: nothing by the hour, or unknown."""
    if cost is None:
        return "0"
    return str(cost.usd) if cost.complete else None


def _count(kind: str, names: list[str]) -> str:
    if kind == OBJECTS.name:
        return f"{kind} at {len(names)} place{'s' if len(names) > 1 else ''}"
    return f"{len(names)} {kind}{'s' if len(names) > 1 else ''}"


def _first(names: list[str]) -> str:
    return ", ".join(names[:FIRST]) + (", ..." if len(names) > FIRST else "")
