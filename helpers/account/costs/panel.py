"""The panel at the end of a lesson: what it used and cost, and whether anything still runs."""

from __future__ import annotations

import html
import os
import re
import sys

from helpers.account.costs.pricing import CostItem, format_quantity, format_seconds, total_spent
from helpers.account.costs.report import Report, format_rate, unpriced_usage
from helpers.account.target import Target, TargetError, resolve_target
from helpers.s3 import lesson_prefix
from helpers.session import backend as backends

SHOWN = 6  # resources, newest first
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_BOX = "border:1px solid #888;border-radius:4px;padding:0.6em 1em;max-width:44em"


class CostPanel:
    """Lines of text about a lesson's costs; a notebook shows them in a box, without scripts."""

    def __init__(self, title: str, facts: list[str], used: list[tuple[str, ...]]):
        self.title, self.used = title, used
        # Notebooks are shared: an account's id in AWS's error text must not be stored in one.
        self.facts = [_ACCOUNT.sub("<account>", fact) for fact in facts]

    def __repr__(self) -> str:
        rows = ["  " + "  ".join(cell for cell in row if cell) for row in self.used]
        return "\n".join([self.title, *rows, *self.facts])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.used
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
    """Tell what a lesson cost, or would have cost on AWS, and what still runs.

    `lesson` is the lesson's title, as passed to `helpers.tags`. Never raises for what AWS refuses:
    the end of a lesson must not fail for its bill. Raises ValueError if the title has no word.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from helpers.account.costs.collect import collect

    prefix = lesson_prefix(lesson)
    try:
        return from_report(collect(_connected_target()), prefix)
    except (BotoCoreError, ClientError, TargetError, OSError) as error:
        return CostPanel("What this lesson costs can't be told now.", [str(error)], [])


def from_report(report: Report, prefix: str) -> CostPanel:
    """The panel of the lesson with this prefix."""
    lines = [line for line in report.course if line.lesson == prefix]
    total = total_spent(lines)
    total = total._replace(complete=total.complete and report.complete)
    local = report.place.backend == "local"
    words = "would have cost on AWS" if local else "has cost so far"
    facts = []
    if apart := unpriced_usage(lines):
        facts.append(f"Not counted, since its price is unknown here: {'; '.join(apart)}.")
    if local and lines:
        facts.append(
            "By the seconds that it took here; AWS's machines take their own time, and a "
            "job there also waits for its image and data."
        )
    facts += [_still_running(report), *report.notes]
    newest = list(reversed(lines))
    used = [_row(line) for line in newest[:SHOWN]]
    if hidden := newest[SHOWN:]:
        used.append((f"{len(hidden)} earlier", "", "", str(total_spent(hidden))))
    return CostPanel(f"This lesson {words}: {total}", facts, used)


def _row(line: CostItem) -> tuple[str, ...]:
    used = line.usage
    return (
        line.name,
        format_quantity(used),
        format_seconds(used.seconds),
        str(total_spent([line])),
    )


def _still_running(report: Report) -> str:
    if not report.running:
        unseen = "" if report.complete else ", of what could be seen"
        return f"Nothing that costs is running now{unseen}."
    total = report.an_hour
    an_hour = format_rate(total.usd) if total.usd else "unknown"
    least = "" if total.complete or not total.usd else "at least "
    names = sorted({(line.kind, line.name, line.mine) for line in report.running})
    shown = ", ".join(
        f"{kind} {name}{'' if mine else ' (not of the course)'}" for kind, name, mine in names
    )
    how = ""
    if any(mine for _, _, mine in names):
        how = " Remove what is the course's: python -m helpers cleanup"
    return f"Still running: {shown}: {least}{an_hour} an hour{_on_aws(report)}.{how}"


def _on_aws(report: Report) -> str:
    return " on AWS" if report.place.backend == "local" else ""


def _connected_target() -> Target:
    """Where this kernel is connected, whatever the rule would choose for a new one."""
    if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1"):
        return resolve_target("local", os.environ.get("AWS_REGION"))
    # In a notebook nothing reaches AWS before connect("aws"), see session/network_guard.py.
    if backends.choose().backend == "aws" or "ipykernel" in sys.modules:
        return resolve_target("aws")
    return resolve_target()
