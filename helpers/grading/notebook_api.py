"""What an exercise calls in its cells: `helpers.begin` once, `helpers.check` after each task."""

from __future__ import annotations

import json

from helpers.grading.tasks import judge
from helpers.s3 import default_bucket, lesson_prefix

_lesson: str | None = None


class _LearnerError(Exception):
    """An error that is for the learner, and none of the course's code."""

    def _render_traceback_(self) -> list[str]:
        """How IPython shows it: the hint alone, since the learner's cell is not to blame."""
        return str(self).splitlines()


class TaskNotPassedError(_LearnerError):
    """A task is not done yet; the message is its hint."""


class ExerciseNotStartedError(_LearnerError):
    """The cell that begins the exercise was not run in this kernel."""


def begin(lesson: str) -> None:
    """Begin an exercise: what is on S3 and what ran before this moment does not count.

    Leaves ``began.json`` below the lesson's prefix, in the session's default bucket, whose time of
    modification is the beginning. Raises ValueError for a lesson that is no exercise.
    """
    global _lesson
    import boto3

    from helpers.grading import exercises
    from helpers.grading.submission import BEGAN

    exercises.find(lesson)
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    session.client("s3").put_object(
        Bucket=default_bucket(session.region_name, account),
        Key=f"{lesson_prefix(lesson)}/{BEGAN}",
        Body=json.dumps({"lesson": lesson}),
    )
    _lesson = lesson
    print("The exercise begins: what is made from now on counts.")


def check(task: str) -> None:
    """Judge a task by what it left on S3 and in SageMaker, and say that it is passed.

    Raises TaskNotPassedError with a hint if not, ValueError, which lists the names, for a task
    that the exercise has not, and ExerciseNotStartedError before `begin`.
    """
    if _lesson is None:
        raise ExerciseNotStartedError(
            "This kernel has not begun the exercise: run the cells above, from the first one. "
            "(After a restart: Run > Run All Above Selected Cell. What was made before the restart "
            "does not count.)"
        )
    import boto3

    from helpers.datasets import imdb
    from helpers.grading import exercises
    from helpers.grading.submission import Submission

    exercise = exercises.find(_lesson)
    found = exercise.task(task)
    try:
        corpus = imdb.last_used()
    except (imdb.DatasetError, OSError) as error:
        raise TaskNotPassedError(f"{task}: not yet. There are no reviews. {error}") from None
    evidence = Submission(boto3.Session(), _lesson, corpus, exercise.accuracy[corpus.kind])
    verdict = judge(found, evidence)
    if not verdict.passed:
        raise TaskNotPassedError(f"{task}: not yet. {verdict.hint}")
    print(f"{task}: passed.")
