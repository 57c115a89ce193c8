"""The right answer to a task with one thing wrong: a change, and the hint that names it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from support.learner import Learner


class Change(NamedTuple):
    task: str
    wrong: str
    make: Callable[[Learner], object]
    hint: str
    level: str = "both"

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def elsewhere(key: str, other: str) -> Callable[[Learner], object]:
    """Return a change that moves an object to another key."""

    def move(it: Learner):
        it.put(other, it.get(key))
        it.s3.delete_object(Bucket=it.bucket, Key=f"{it.prefix}/{key}")

    return move


def assert_hint(it: Learner, change: Change) -> str:
    """Assert that the task is not passed and the hint names the change; return the hint."""
    result = it.judge(change.task)
    assert not result.passed, change
    assert change.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)
    return result.hint
