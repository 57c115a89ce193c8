"""What an exercise calls in its cells: `helpers.begin` once, `helpers.check` after each task."""

from __future__ import annotations

import datetime
import functools
import json
import os
from typing import TYPE_CHECKING

from helpers.grading.errors import (
    ExerciseNotStartedError,
    TaskNotPassedError,
    UnknownTaskError,
)
from helpers.grading.report import NOT_YET, PASSED, wrapped
from helpers.s3 import default_bucket, lesson_prefix

if TYPE_CHECKING:
    import boto3

    from helpers.datasets import imdb

RESTART_VARIABLE = "SAGEMAKER_COURSE_RESTART"  # set by `helpers check`: begin() never continues
PAGINATED_OPERATIONS = {
    "s3": "list_objects_v2",
    "sagemaker": "list_training_jobs",
    "logs": "filter_log_events",
}
CONNECTION_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION")
MAX_RUN_AGE = datetime.timedelta(days=1)
WIDTH_CHARS = 88  # JupyterLab breaks longer lines anywhere, also in the middle of a word

_lesson: str | None = None


def begin(lesson: str, restart: bool = False) -> None:
    """Start an exercise, or continue a run of it that was started less than a day ago.

    Only what was made since the start counts. The start is the time of modification of
    ``began.json`` below the lesson's prefix in the session's default bucket, so a new kernel
    continues where the last one was.

    Parameters
    ----------
    lesson : str
        The lesson's title.
    restart : bool
        Start over even if there is a recent run.

    Raises
    ------
    ValueError
        If no exercise has this title; the message lists those that there are.
    """
    global _lesson
    from helpers.grading import exercises, unsolved
    from helpers.grading.submission import START_MARKER, account_of

    exercises.exercise_of(lesson)
    session = _session(*map(os.environ.get, CONNECTION_VARIABLES))
    bucket = default_bucket(session.region_name, account_of(session))
    key = f"{lesson_prefix(lesson)}/{START_MARKER}"
    s3 = session.client("s3")
    started_at = _started_at(s3, bucket, key)
    if started_at and not restart and not os.environ.get(RESTART_VARIABLE):
        print(
            f"The exercise continues: what was made since {started_at:%H:%M} UTC counts.\n"
            "helpers.begin(lesson, restart=True) starts over."
        )
    else:
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"lesson": lesson}))
        print("The exercise begins: what is made from now on counts.")
    unsolved.name_ellipsis()
    _lesson = lesson


@functools.lru_cache(maxsize=1)
def _session(*connection: str | None) -> boto3.Session:
    """Return a session that makes each client once, since that takes longer than most checks.

    Another connect(), which changes the variables, gets another session.
    """
    import boto3

    session = boto3.Session()
    session.client = functools.cache(session.client)
    for service, operation in PAGINATED_OPERATIONS.items():
        session.client(service).can_paginate(operation)  # reads the service's pagination rules
    return session


@functools.lru_cache(maxsize=1)
def _reviews(choice: str | None) -> imdb.Corpus:
    """Return the reviews that the exercise has loaded, looked for once. choice: for the cache."""
    from helpers.datasets import imdb

    return imdb.last_used()


def _started_at(s3, bucket: str, key: str) -> datetime.datetime | None:
    """Return when the recent run started, or None if there is none."""
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    oldest = datetime.datetime.now(datetime.UTC) - MAX_RUN_AGE
    return next((item["LastModified"] for item in listed if item["LastModified"] > oldest), None)


def check(task: str = "") -> None:
    """Check a task by what it left on S3 and in SageMaker, and print that it is passed.

    Parameters
    ----------
    task : str
        The task's name; without one, the tasks are listed.

    Raises
    ------
    TaskNotPassedError
        If the task is not solved yet; the message is a hint, shown without a traceback.
    ExerciseNotStartedError
        If `begin` was not called in this kernel.
    UnknownTaskError
        If the exercise has no such task; the message lists its tasks.
    """
    if _lesson is None:
        raise ExerciseNotStartedError(
            "The exercise has not been started in this kernel: run the cells above, from the\n"
            "first one. (After a restart, what you made on S3 and in SageMaker still counts: the\n"
            'cells of "1. Connect" are enough for a check.)'
        )
    from helpers.datasets import imdb
    from helpers.grading import exercises
    from helpers.grading.later_names import problem_with_names
    from helpers.grading.submission import Submission
    from helpers.grading.tasks import judge
    from helpers.grading.unsolved import UNSOLVED, unsolved_todo, variables

    exercise = exercises.exercise_of(_lesson)
    try:
        checked_task = exercise.task(task)
    except UnknownTaskError as error:
        raise UnknownTaskError(wrapped(str(error), WIDTH_CHARS)) from None
    try:
        choice = os.environ.get("SAGEMAKER_COURSE_DATA")
        corpus = _reviews(choice) if checked_task.needs_reviews else None
    except (imdb.DatasetError, OSError) as error:
        raise _not_passed(task, f"There are no reviews. {error}") from None
    accuracy = exercise.accuracy.get(corpus.kind, 0.0) if corpus else 0.0
    session = _session(*map(os.environ.get, CONNECTION_VARIABLES))
    submission = Submission(session, _lesson, corpus, accuracy)
    result = judge(checked_task, submission)
    if not result.passed:
        hint = result.hint
        if todo := unsolved_todo(task):
            hint = (
                f"Task {exercise.tasks.index(checked_task) + 1} is {UNSOLVED} in the cell that "
                f'begins with "{todo}".'
            )
        raise _not_passed(task, hint)
    if problem := problem_with_names(_lesson, task, variables()):
        raise _not_passed(task, problem)
    print(f"{PASSED} {task}: passed.")


def _not_passed(task: str, hint: str) -> TaskNotPassedError:
    return TaskNotPassedError(wrapped(f"{NOT_YET} {task}: not yet. {hint}", WIDTH_CHARS))
