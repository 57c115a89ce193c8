"""What a cleanup shows: the table before it, and what remains after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from helpers import cli
from helpers.account.cleanup.delete import REMAINS, DeletionResult
from helpers.account.cleanup.plan import Plan
from helpers.account.costs.pricing import CostTotal, add_totals, hourly_cost
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import LOG_STREAM, OBJECTS
from helpers.account.target import Target

MAX_NAMES = 3  # that are shown of a longer list


def plan_table(plan: Plan, region: str) -> str:
    """What is to be deleted, a line each; the log streams of a group in one."""
    rows = [("type", "name", "status", "USD an hour")]
    streams: Counter[str] = Counter()
    totals = []
    for resource in plan.delete:
        if resource.type == LOG_STREAM:
            streams[resource.described["logGroupName"]] += 1
            continue
        cost = hourly_cost(resource, plan.endpoint_configs, region)
        totals += [cost] if cost else []
        rows.append((resource.type.name, resource.name, _state(resource), _amount(resource, cost)))
    for group, number in streams.items():
        rows.append(("log streams", group, cli.count(number, "stream"), "storage"))
    running = "None of these is billed by the hour."
    if totals:
        running = f"Running resources cost, an hour: {add_totals(totals)}."
    return "\n".join([*cli.table(rows), running])


def other_lines(plan: Plan) -> list[str]:
    """What is not deleted, by type and reason: kept, not the course's, or not listed."""
    kept: dict[tuple[str, str], list[str]] = {}
    for resource, reason in plan.keep:
        kept.setdefault((resource.type.name, reason), []).append(resource.name)
    others: dict[str, list[str]] = {}
    for resource in plan.others:
        others.setdefault(resource.type.name, []).append(resource.name)
    return [
        *(f"Kept: {_names(label, names)}: {reason}." for (label, reason), names in kept.items()),
        *(f"Left alone, not the course's: {_names(*group)}." for group in others.items()),
        *(
            f"Could not list {cli.plural(problem.type.name)}: {problem}."
            for problem in plan.problems
        ),
    ]


def remaining_lines(remaining: list[Resource], results: list[DeletionResult]) -> list[str]:
    """What is still there after the deletion, and why."""
    if not remaining:
        return ["Checked again: nothing is left to delete."]
    reasons = {(r.resource.type, r.resource.name): r.reason for r in results if r.reason}
    default = "it was created after the first listing"
    return [
        f"{cli.count(len(remaining), 'resource')} could not be deleted:",
        *(
            f"  {resource.type.name} {resource.name}: "
            f"{reasons.get((resource.type, resource.name), default)}"
            for resource in remaining
        ),
        "Fix the problems above, then run the command again.",
    ]


def format_result(result: DeletionResult) -> str:
    """One result, as it comes."""
    line = f"{result.result}: {result.resource.type.name} {result.resource.name}"
    return f"{line}: {result.reason}" if result.result == REMAINS else line


def as_json(
    target: Target, plan: Plan, results: Iterable[DeletionResult], remaining: Iterable[Resource]
) -> dict[str, Any]:
    """The report for scripts."""
    return target.as_json() | {
        "delete": [
            _item(resource)
            | {"usd_per_hour": _number(hourly_cost(resource, plan.endpoint_configs, target.region))}
            for resource in plan.delete
        ],
        "keep": [_item(resource) | {"why": reason} for resource, reason in plan.keep],
        "others": [_item(resource) for resource in plan.others],
        "not_seen": [
            {"type": p.type.name, "action": p.action, "message": p.message} for p in plan.problems
        ],
        "outcomes": [
            _item(result.resource) | {"result": result.result, "why": result.reason}
            for result in results
        ],
        "remaining": [_item(resource) for resource in remaining],
    }


def _item(resource: Resource) -> dict[str, Any]:
    members = ("name", "arn", "status", "lesson", "reason")
    return {"type": resource.type.name} | {name: getattr(resource, name) for name in members}


def _state(resource: Resource) -> str:
    if resource.type != OBJECTS:
        return resource.status or "-"
    described = resource.described
    state = f"{described['Objects']:,} objects, {described['Bytes']:,} bytes"
    return f"{state}, {described['Uploads']} unfinished" if described["Uploads"] else state


def _amount(resource: Resource, cost: CostTotal | None) -> str:
    if cost is not None:
        return str(cost).removesuffix(" USD")
    return "storage" if resource.type.costs_while_existing else "-"


def _number(cost: CostTotal | None) -> str | None:
    """A string, since JSON has no decimals; "0": not billed by the hour; null: unknown."""
    if cost is None:
        return "0"
    return str(cost.usd) if cost.complete else None


def _names(type_name: str, names: list[str]) -> str:
    """For example ``2 models (a, b)``."""
    counted = cli.count(len(names), type_name)
    if type_name == OBJECTS.name:
        counted = f"{type_name} at {cli.count(len(names), 'place')}"
    more = ", ..." if len(names) > MAX_NAMES else ""
    return f"{counted} ({', '.join(names[:MAX_NAMES])}{more})"
