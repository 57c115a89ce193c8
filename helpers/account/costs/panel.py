"""The panel at the end of a lesson: what it used and cost, and whether anything still runs."""

from __future__ import annotations

import html
import os
import re
import sys
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.costs.collect import collect
from helpers.account.costs.pricing import (
    USES,
    CostItem,
    estimate,
    format_quantity,
    total_spent,
    unpriced_usage,
)
from helpers.account.costs.report import Report, format_total_rate
from helpers.account.target import Target, TargetError, resolve_target
from helpers.s3 import lesson_prefix
from helpers.session import backend as backends
from helpers.tagging import LOADED

MAX_ROWS = 6  # newest first
COLUMNS = ("what", "resource", "used", "time", "cost")
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_BOX = "border:1px solid #888;border-radius:4px;padding:0.6em 1em;max-width:52em"
_LEFT = 'style="text-align:left"'  # JupyterLab aligns cells to the right


class CostPanel:
    """Lines of text about a lesson's costs; a notebook shows them in a box, without scripts."""

    def __init__(self, title: str, facts: list[str], rows: list[tuple[str, ...]]):
        self.title, self.rows = title, rows
        # Notebooks are shared: an account's ID in AWS's error text must not be stored in one.
        self.facts = [_ACCOUNT_ID.sub("<account>", fact) for fact in facts]

    def __repr__(self) -> str:
        rows = cli.table([COLUMNS, *self.rows], indent="  ") if self.rows else []
        return "\n".join([self.title, *rows, *self.facts])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {_LEFT}>{name}</th>' for name in COLUMNS)
        rows = "".join(
            f'<tr><th scope="row" {_LEFT}>{html.escape(first)}</th>'
            + "".join(f"<td {_LEFT}>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for first, *cells in self.rows
        )
        caption = f"<caption {_LEFT}>What this run used, newest first</caption>"
        table = f"<table>{caption}<tr>{head}</tr>{rows}</table>" if rows else ""
        facts = "".join(f"<p>{html.escape(fact)}</p>" for fact in self.facts)
        title = html.escape(self.title)
        return (
            f'<div role="note" aria-label="{title}" style="{_BOX}">'
            f"<p><strong>{title}</strong></p>{table}{facts}</div>"
        )


def panel(lesson: str) -> CostPanel:
    """Show what a lesson cost, or would have cost on AWS, and what still runs.

    Parameters
    ----------
    lesson : str
        The lesson's title, as passed to `helpers.tags`.

    Returns
    -------
    CostPanel
        Amounts in US dollars, rounded to the cent. If AWS refuses or does not answer, the panel
        says so: the end of a lesson must not fail because of its bill.

    Raises
    ------
    ValueError
        If the title has no word.
    """
    prefix = lesson_prefix(lesson)
    try:
        return from_report(collect(_connected_target()), prefix)
    except (BotoCoreError, ClientError, TargetError, OSError) as error:
        return CostPanel("The cost of this lesson is not available.", [str(error)], [])


def from_report(report: Report, prefix: str, since: datetime = LOADED) -> CostPanel:
    """The panel of the lesson with this prefix, in the run that began at a time."""
    items = [item for item in report.course if item.resource.lesson == prefix]
    run = [item for item in items if (item.resource.created or since) >= since]
    is_local = report.target.is_local
    cost = report.qualify(total_spent(run))
    facts = [*(estimate(run) if is_local else []), *unpriced_usage(run)]
    if earlier := [item for item in items if item not in run]:
        total = report.qualify(total_spent(earlier))
        names = {(item.resource.type, item.resource.name) for item in earlier}
        facts.append(f"Earlier runs: {cli.count(len(names), 'resource')}, {total}.")
    facts += [_still_running(report), *report.notes]
    rows = [_row(item) for item in reversed(run)]
    if hidden := len(rows[MAX_ROWS:]):
        rows = [*rows[:MAX_ROWS], (f"{hidden} more", "", "", "", "")]
    title = f"would have cost {cost} on AWS" if is_local else f"has cost {cost} so far"
    return CostPanel(f"This run {title}.", facts, rows)


def _row(item: CostItem) -> tuple[str, ...]:
    used, time = format_quantity(item.usage), cli.count(item.usage.seconds, "second")
    cost = "price unknown" if item.usd is None else str(total_spent([item]))
    return (USES[item.usage.component], item.resource.name, used, time, cost)


def _still_running(report: Report) -> str:
    if not report.running:
        return f"Nothing that costs is running now{report.if_incomplete}."
    total = report.per_hour
    rate = format_total_rate(total) if total.usd else "unknown"
    resources = [item.resource for item in report.running]
    names = sorted({(r.type.name, r.name, r.is_course) for r in resources})
    shown = ", ".join(
        f"{type_name} {name}{'' if is_course else ' (not of the course)'}"
        for type_name, name, is_course in names
    )
    on_aws = " on AWS" if report.target.is_local else ""
    hint = ""
    if any(is_course for _, _, is_course in names):
        hint = " Remove what is the course's: python -m helpers cleanup"
    return f"Still running: {shown}: {rate} an hour{on_aws}.{hint}"


def _connected_target() -> Target:
    """Where this kernel is connected, whatever ``connect()`` would choose for a new one."""
    if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1"):
        return resolve_target("local", os.environ.get("AWS_REGION"))
    # In a notebook nothing reaches AWS before connect("aws"), see session/network_guard.py.
    if backends.choose().backend == "aws" or "ipykernel" in sys.modules:
        return resolve_target("aws")
    return resolve_target()
