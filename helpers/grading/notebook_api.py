"""What an exercise calls in its cells: `helpers.begin` once, `helpers.check` after each task."""

from __future__ import annotations

import json

from helpers.grading.errors import ExerciseNotStartedError, TaskNotPassedError
from helpers.s3 import default_bucket, lesson_prefix

_lesson: str | None = None


def begin(lesson: str) -> None:
    """Start an exercise: only what is made from now on counts.

    Writes ``began.json`` below the lesson's prefix in the session's default bucket. Its time of
    modification is the start.

    Parameters
    ----------
    lesson : str
        The lesson's title.

    Raises
    ------
    ValueError
        If no exercise has this title; the message lists those that there are.
    """
    global _lesson
    import boto3

    from helpers.grading import exercises
    from helpers.grading.submission import START_MARKER

    exercises.exercise_of(lesson)
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    session.client("s3").put_object(
        Bucket=default_bucket(session.region_name, account),
        Key=f"{lesson_prefix(lesson)}/{START_MARKER}",
        Body=json.dumps({"lesson": lesson}),
    )
    _lesson = lesson
    print("The exercise begins: what is made from now on counts.")


def check(task: str) -> None:
    """Check a task by what it left on S3 and in SageMaker, and print that it is passed.

    Parameters
    ----------
    task : str
        The task's name.

    Raises
    ------
    TaskNotPassedError
        If the task is not solved yet; the message is a hint, shown without a traceback.
    ExerciseNotStartedError
        If `begin` was not called in this kernel.
    ValueError
        If the exercise has no such task; the message lists its tasks.
    """
    if _lesson is None:
        raise ExerciseNotStartedError(
            "The exercise has not been started in this kernel: run the cells above, from the "
            "first one. (After a restart: Run > Run All Above Selected Cell. What was made before "
            "the restart does not count.)"
        )
    import boto3

    from helpers.datasets import imdb
    from helpers.grading import exercises
    from helpers.grading.submission import Submission
    from helpers.grading.tasks import judge

    exercise = exercises.exercise_of(_lesson)
    checked_task = exercise.task(task)
    try:
        corpus = imdb.last_used()
    except (imdb.DatasetError, OSError) as error:
        raise TaskNotPassedError(f"{task}: not yet. There are no reviews. {error}") from None
    submission = Submission(boto3.Session(), _lesson, corpus, exercise.accuracy[corpus.kind])
    result = judge(checked_task, submission)
    if not result.passed:
        raise TaskNotPassedError(f"{task}: not yet. {result.hint}")
    print(f"{task}: passed.")
