"""The errors of the checks. Their messages are hints, written for the learner."""

from __future__ import annotations


class TaskError(Exception):
    """A task is not solved. The message says what was seen and what to think about.

    `context` says what was looked at, such as the newest job, and is shown before the message.
    """

    context = ""

    def __str__(self) -> str:
        return f"{self.context}{super().__str__()}"


class LearnerError(Exception):
    """An error that IPython shows without a traceback: the cell itself is not to blame."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints instead of the traceback."""
        return str(self).splitlines()


class TaskNotPassedError(LearnerError):
    """Raised by `helpers.check` for a task that is not solved yet; the message is its hint."""


class UnknownTaskError(LearnerError):
    """Raised by `helpers.check` if no task has the name; the message lists the tasks."""


class ExerciseNotStartedError(LearnerError):
    """Raised by `helpers.check` if `helpers.begin` was not called in this kernel."""
