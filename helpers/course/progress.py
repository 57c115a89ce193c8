"""How far the learner is, read from what was run: nothing is stored for it.

A lesson is done when a resource of each type that it makes has ended well. Finished jobs stay in
the list, here as on AWS, so a lesson stays done after its clean-up. An exercise is done when,
besides, its last reports are on S3, or everything of it was removed from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from helpers.course.lesson import Lesson
from helpers.course.lesson_list import LESSONS


class Run(NamedTuple):
    """Something that a lesson has made: its type, the lesson's prefix, whether it ended well."""

    type: str
    prefix: str
    succeeded: bool
    created: datetime


class History(NamedTuple):
    """What was run, and the keys of the lessons' reports and start markers that are on S3."""

    runs: list[Run]
    keys: Collection[str] = ()


class State(StrEnum):
    """How far a lesson is."""

    NOT_STARTED = "not started yet"
    STARTED = "started"
    DONE = "done"


class Progress(NamedTuple):
    """The state of a lesson, and when it was last worked on; None: never."""

    state: State
    when: datetime | None = None


def progress_of(lesson: Lesson, history: History) -> Progress:
    """Return how far the learner is with a lesson."""
    runs = [run for run in history.runs if run.prefix == lesson.prefix]
    keys = [key for key in history.keys if key.startswith(f"{lesson.prefix}/")]
    if not runs and not keys:
        return Progress(State.NOT_STARTED)
    succeeded = {run.type for run in runs if run.succeeded}
    missing = set(lesson.makes) - succeeded
    if keys:
        missing |= {name for name in lesson.reports if f"{lesson.prefix}/{name}" not in keys}
    when = max((run.created for run in runs), default=None)
    return Progress(State.STARTED if missing else State.DONE, when)


def progress(history: History, lessons: Iterable[Lesson] = LESSONS) -> list[Progress]:
    """Return how far the learner is with each lesson."""
    return [progress_of(lesson, history) for lesson in lessons]
