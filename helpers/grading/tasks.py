"""Tasks, exercises, and the result of checking a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from helpers.cli import did_you_mean
from helpers.datasets import imdb
from helpers.grading.errors import TaskError, UnknownTaskError
from helpers.grading.submission import Submission

MAX_HINT_CHARS = 1000  # a hint may quote what was found, which may be of any length
NO_ANSWER = (
    "SageMaker does not answer, so nothing could be checked. Run helpers.connect() again, then the "
    "check."
)


@dataclass(frozen=True)
class Task:
    """A task of an exercise.

    `judge` looks at a submission. It returns figures for a teacher, or raises TaskError.
    """

    name: str
    judge: Callable[[Submission], dict[str, Any]]
    needs_reviews: bool = True


@dataclass(frozen=True)
class TaskResult:
    """The result of a task: `hint` is empty if it is passed, `details` if it is not."""

    task: str
    passed: bool
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercise:
    """The tasks of an exercise in order, and the accuracy required for each kind of reviews.

    `recompute` returns the accuracy of the model that was trained, 0 to 1, or raises TaskError.
    """

    tasks: tuple[Task, ...]
    recompute: Callable[[Submission], float]
    accuracy: dict[str, float] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """Return a task by its name. Raises UnknownTaskError if no task has it."""
        for task in self.tasks:
            if task.name == name:
                return task
        names = [task.name for task in self.tasks]
        if isinstance(name, str) and name:
            problem = f'No task is called "{name}"{did_you_mean(name, names) or "."}'
        else:
            problem = f'helpers.check needs the name of a task: helpers.check("{names[0]}").'
        listed = ", ".join(f'"{name}"' for name in names)
        raise UnknownTaskError(f"{problem} The tasks are {listed}.")


def judge(task: Task, submission: Submission) -> TaskResult:
    """Check one task. Data that cannot be read and a request that AWS refuses give hints too."""
    try:
        return TaskResult(task.name, True, details=task.judge(submission))
    except EndpointConnectionError:
        return TaskResult(task.name, False, NO_ANSWER)
    except (TaskError, imdb.DatasetError, BotoCoreError, ClientError) as error:
        hint = submission.shorten(str(error))
        if len(hint) > MAX_HINT_CHARS:
            hint = f"{hint[:MAX_HINT_CHARS]} ..."
        return TaskResult(task.name, False, hint)
