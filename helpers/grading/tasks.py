"""What a task is, and what becomes of it when it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.grading.submission import Submission


MAX_HINT_CHARS = 1000
"""Characters of a hint: it may quote what was found, which may be of any length."""


class TaskError(Exception):
    """A task is not done: what was seen, and which idea to think about, but not the code."""


@dataclass(frozen=True)
class Task:
    """A task of an exercise.

    `judge` looks at what was left behind. It returns figures for a teacher, or raises Hint.
    """

    name: str
    judge: Callable[[Submission], dict[str, Any]]


@dataclass(frozen=True)
class TaskResult:
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


def judge(task: Task, evidence: Submission) -> TaskResult:
    """Judge one task. What can't be read is a hint, too, and so is a request that AWS refuses."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return TaskResult(task.name, True, details=task.judge(evidence))
    except (TaskError, BotoCoreError, ClientError) as hint:
        told = str(hint)
        return TaskResult(
            task.name,
            False,
            told if len(told) <= MAX_HINT_CHARS else f"{told[:MAX_HINT_CHARS]} ...",
        )
