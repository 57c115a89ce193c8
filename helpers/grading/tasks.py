"""What a task is, and what becomes of it when it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.grading.evidence import Evidence


MOST = 1000
"""Characters of a hint: it may quote what was found, which may be of any length."""


class Hint(Exception):
    """A task is not done: what was seen, and which idea to think about, but not the code."""


@dataclass(frozen=True)
class Task:
    """A task of an exercise.

    `judge` looks at what was left behind. It returns figures for a teacher, or raises Hint.
    """

    name: str
    judge: Callable[[Evidence], dict[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """The outcome for a task: `hint` is empty if it is passed, `details` if it is not."""

    task: str
    passed: bool
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercise:
    """The tasks of an exercise in order, and how accurate its model must be, by kind of reviews."""

    tasks: tuple[Task, ...]
    accuracy: dict[str, float] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """Raises ValueError, which lists the names, for another one."""
        for task in self.tasks:
            if task.name == name:
                return task
        names = ", ".join(f'"{task.name}"' for task in self.tasks)
        raise ValueError(f"There is no task {name!r}. The tasks are {names}.")


def judge(task: Task, evidence: Evidence) -> Verdict:
    """Judge one task. What can't be read is a hint, too, and so is a request that AWS refuses."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return Verdict(task.name, True, details=task.judge(evidence))
    except (Hint, BotoCoreError, ClientError) as hint:
        told = str(hint)
        return Verdict(task.name, False, told if len(told) <= MOST else f"{told[:MOST]} ...")
