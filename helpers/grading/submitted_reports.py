"""Read the JSON reports that a learner uploaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission


def read_report(submission: Submission, name: str, members: Iterable[str]) -> dict[str, Any]:
    """Return a report below the prefix that has these members. Raises TaskError, naming one."""
    report = submission.read_json(name)
    for member in members:
        if not isinstance(report, dict) or member not in report:
            raise TaskError(
                f'{name} does not have the form shown in the task: "{member}" is missing.'
            )
    return report
