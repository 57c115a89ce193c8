"""The outcome of a check, as a table for people and as JSON for scripts."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from helpers.grading.tasks import TaskResult

WIDTH_CHARS = 90
PASSED, NOT_YET = "\N{CHECK MARK}", "\N{BALLOT X}"


class Report(NamedTuple):
    """What was checked, where, and with which results.

    backend: "local" or "aws"; place: backend, account and region in words; reviews: "real",
    "synthetic", or "no" if none were loaded; ran: whether the notebook was run for the check;
    stopped_at: the cell that stopped that run, or None; executed: the path of the executed copy, or
    None; accuracy: as computed by the checker, or None where there are no predictions.
    """

    notebook: str
    lesson: str
    backend: str
    place: str
    reviews: str
    ran: bool
    stopped_at: str | None
    executed: str | None
    results: list[TaskResult]
    accuracy: float | None

    @property
    def passed(self) -> bool:
        """Whether all tasks are passed."""
        return all(result.passed for result in self.results)


def as_json(report: Report) -> str:
    """Return a JSON object with the members of Report, except `results`, and

    - ``tasks``: a list, in order, of ``{"name", "passed", "hint", "details"}``. The hint is empty
      if the task is passed; the details are figures of what was found, and empty if it is not.
    - ``passed``: whether all tasks are passed.

    A later version may add members, but removes none.
    """
    members: dict[str, Any] = report._asdict()
    results = members.pop("results")
    members["tasks"] = [
        {"name": r.task, "passed": r.passed, "hint": r.hint, "details": r.details} for r in results
    ]
    members["passed"] = report.passed
    return json.dumps(members, indent=2)


def as_table(report: Report) -> str:
    """Return a line for each task, with its hint below, and the total at the end."""
    name_width = max(len(result.task) for result in report.results)
    lines = [report.place, f"{report.notebook} ({report.reviews} reviews)"]
    if report.stopped_at:
        lines.append(f"The notebook stopped at {report.stopped_at}")
    lines.append("")
    for number, result in enumerate(report.results, start=1):
        status = f"{PASSED} passed" if result.passed else f"{NOT_YET} not yet"
        lines.append(f"{number}  {result.task:<{name_width}}  {status}")
        if result.hint:
            lines.append(textwrap.indent(wrapped(result.hint, WIDTH_CHARS), " " * 6))
    passed = sum(result.passed for result in report.results)
    lines += ["", f"{passed} of {len(report.results)} tasks passed."]
    # not before the learner has worked it out: it is what a task asks for
    if report.accuracy is not None and report.passed:
        lines.append(
            f"Accuracy on the {report.reviews} test reviews, as recomputed: {report.accuracy:.3f}"
        )
    if report.executed:
        lines.append(f"The executed notebook: {report.executed}")
    return "\n".join(lines)


def wrapped(hint: str, width: int) -> str:
    """Break the lines of a hint between words only, so that no URI or name is cut."""
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in hint.splitlines()
    )
