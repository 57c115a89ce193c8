"""The tags that every create call of a lesson passes, so that its resources can be found again."""

from __future__ import annotations

from helpers.s3 import lesson_prefix

COURSE = "sagemaker-course"


def tags(lesson: str) -> list[dict[str, str]]:
    """Return the tags of a lesson in AWS's own shape: a list of ``{"Key": ..., "Value": ...}``.

    Pass it to each call that creates something. Nothing is added behind your back: what AWS makes
    itself carries no such tag and is found by the lesson's prefix and the job's name.

    Raises ValueError if `lesson` has no word in it.

    >>> tags("Boston Housing - XGBoost (Batch Transform) - Low Level")[1]
    {'Key': 'lesson', 'Value': 'boston-xgboost-batch-transform-low'}
    """
    return [
        {"Key": "course", "Value": COURSE},
        {"Key": "lesson", "Value": lesson_prefix(lesson)},
    ]
