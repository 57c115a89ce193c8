"""One thing wrong in a report that a learner writes to S3."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple


class Change(NamedTuple):
    """A mistake: what is wrong, the change (see the table) that makes it, and the hint."""

    task: str
    wrong: str
    make: Callable[..., object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def put(name: str, value) -> Callable[[dict, Any], object]:
    """Return an edit that sets a member of a report; value: or a function of the learner."""
    return lambda report, it: report.update({name: value(it) if callable(value) else value})


def put_in(part: str, name: str, value) -> Callable[[dict, Any], object]:
    """Return an edit that sets a member of a part; value: a function of part and learner."""
    return lambda report, it: report[part].update({name: value(report[part], it)})


def edit_of(change: Change, learner: Any) -> Callable[[dict], dict]:
    """Return the edit of a report by a change whose `make` takes the report and the learner."""

    def edit(report: dict) -> dict:
        change.make(report, learner)
        return report

    return edit


def assert_hint(learner: Any, change: Change, write: Callable[[], object]) -> None:
    """Assert that a task with this change is not passed, and that its hint names the change.

    write: restores what the learner had written.
    """
    try:
        result = learner.judge(change.task)
        assert not result.passed
        assert change.hint in result.hint
        assert not re.search(r"Error: |Traceback", result.hint)
    finally:
        write()
