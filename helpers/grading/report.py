"""The outcome of a check, as a table for people and as JSON for scripts."""

from __future__ import annotations

import json
import textwrap
from typing import Any, NamedTuple

from helpers.grading.tasks import Verdict

WIDTH = 96


class Report(NamedTuple):
    """What was judged, where, and how it went.

    ran: whether the notebook was run for it; stopped_at: the cell that stopped that run, or None;
    accuracy: as recomputed by the checker, or None where no answers are.
    """

    notebook: str
    lesson: str
    place: str
    reviews: str
    ran: bool
    stopped_at: str | None
    executed: str | None
    verdicts: list[Verdict]
    accuracy: float | None

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)


def as_json(report: Report) -> str:
    """One object; its members are Report's, and of each task: name, passed, hint."""
    found: dict[str, Any] = report._asdict()
    verdicts = found.pop("verdicts")
    found["tasks"] = [{"name": v.task, "passed": v.passed, "hint": v.hint} for v in verdicts]
    found["passed"] = report.passed
    return json.dumps(found, indent=2)


def as_table(report: Report) -> str:
    """A line a task, its hint below, and the sum at the end."""
    names = max(len(verdict.task) for verdict in report.verdicts)
    lines = [report.place, f"{report.notebook} ({report.reviews} reviews)"]
    if report.stopped_at:
        lines.append(f"The notebook stopped at {report.stopped_at}")
    lines.append("")
    for number, verdict in enumerate(report.verdicts, start=1):
        state = "passed" if verdict.passed else "not yet"
        lines.append(f"{number}  {verdict.task:<{names}}  {state}")
        lines += textwrap.wrap(
            verdict.hint, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
        )
    done = sum(verdict.passed for verdict in report.verdicts)
    lines += ["", f"{done} of {len(report.verdicts)} tasks passed."]
    if report.accuracy is not None:
        lines.append(
            f"Accuracy on the {report.reviews} test reviews, as recomputed: {report.accuracy:.3f}"
        )
    if report.executed:
        lines.append(f"The executed notebook: {report.executed}")
    return "\n".join(lines)
