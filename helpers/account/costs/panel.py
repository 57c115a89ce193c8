"""The panel at the end of a lesson: what it used and cost, and whether anything still runs."""

from __future__ import annotations

import html
import os
import re
import sys

from botocore.exceptions import BotoCoreError, ClientError

from helpers.account.costs.collect import collect
from helpers.account.costs.pricing import CostItem, format_quantity, format_seconds, total_spent
from helpers.account.costs.report import Report, format_total_rate, unpriced_usage
from helpers.account.target import Target, TargetError, resolve_target
from helpers.s3 import lesson_prefix
from helpers.session import backend as backends

MAX_RESOURCES = 6  # that are shown, newest first
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_BOX = "border:1px solid #888;border-radius:4px;padding:0.6em 1em;max-width:44em"


class CostPanel:
    """Lines of text about a lesson's costs; a notebook shows them in a box, without scripts."""

    def __init__(self, title: str, facts: list[str], rows: list[tuple[str, ...]]):
        self.title, self.rows = title, rows
        # Notebooks are shared: an account's ID in AWS's error text must not be stored in one.
        self.facts = [_ACCOUNT_ID.sub("<account>", fact) for fact in facts]

    def __repr__(self) -> str:
        rows = ["  " + "  ".join(cell for cell in row if cell) for row in self.rows]
        return "\n".join([self.title, *rows, *self.facts])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        caption = "<caption>What this lesson used, newest first</caption>"
        head = "<tr><th>resource</th><th>used</th><th>time</th><th>amount</th></tr>"
        table = f"<table>{caption}{head}{rows}</table>" if rows else ""
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


def from_report(report: Report, prefix: str) -> CostPanel:
    """The panel of the lesson with this prefix."""
    items = [item for item in report.course if item.lesson == prefix]
    total = total_spent(items)
    total = total._replace(complete=total.complete and report.complete)
    is_local = report.target.is_local
    verb = "would have cost on AWS" if is_local else "has cost so far"
    facts = []
    if unpriced := unpriced_usage(items):
        facts.append(f"Not counted, since its price is unknown here: {'; '.join(unpriced)}.")
    if is_local and items:
        facts.append(
            "By the seconds that it took here; AWS's machines take their own time, and a "
            "job there also waits for its image and data."
        )
    facts += [_still_running(report), *report.notes]
    newest = list(reversed(items))
    rows = [_row(item) for item in newest[:MAX_RESOURCES]]
    if hidden := newest[MAX_RESOURCES:]:
        rows.append((f"{len(hidden)} earlier", "", "", str(total_spent(hidden))))
    return CostPanel(f"This lesson {verb}: {total}", facts, rows)


def _row(item: CostItem) -> tuple[str, ...]:
    usage = item.usage
    used = format_quantity(usage), format_seconds(usage.seconds)
    return (item.name, *used, str(total_spent([item])))


def _still_running(report: Report) -> str:
    if not report.running:
        return f"Nothing that costs is running now{report.if_incomplete}."
    total = report.per_hour
    rate = format_total_rate(total) if total.usd else "unknown"
    names = sorted({(item.type, item.name, item.is_course) for item in report.running})
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
