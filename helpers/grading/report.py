"""The outcome of a check, as a table for people and as JSON for scripts."""

from __future__ import annotations

import json
import textwrap
from typing import Any, NamedTuple

from helpers.grading.tasks import TaskResult

WIDTH = 96


class Report(NamedTuple):
    """What was judged, where, and how it went.

    backend: "local" or "aws"; reviews: "real", "synthetic", or "no" if none were loaded; ran:
    whether the notebook was run for it; stopped_at: the cell that stopped that run, or None;
    executed: where the executed copy is, or None; accuracy: as recomputed by the checker, or None
    where no answers are.
    """

    notebook: str
    lesson: str
    backend: str
    place: str
    reviews: str
    ran: bool
    stopped_at: str | None
    executed: str | None
    verdicts: list[TaskResult]
    accuracy: float | None

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)


def as_json(report: Report) -> str:
    """One object: the members of Report, but for `verdicts`, and

    - ``tasks``: a list, in order, of ``{"name", "passed", "hint", "details"}``. The hint is empty
      if the task is passed; the details are figures of what was found, and empty if it is not.
    - ``passed``: whether all of them are.

    A later version may add members, and takes none away.
    """
    found: dict[str, Any] = report._asdict()
    verdicts = found.pop("verdicts")
    found["tasks"] = [
        {"name": v.task, "passed": v.passed, "hint": v.hint, "details": v.details} for v in verdicts
    ]
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
    # not before the learner has worked it out: it is what a task asks for
    if report.accuracy is not None and report.passed:
        lines.append(
            f"Accuracy on the {report.reviews} test reviews, as recomputed: {report.accuracy:.3f}"
        )
    if report.executed:
        lines.append(f"The executed notebook: {report.executed}")
    return "\n".join(lines)
