"""The tags that every create call of a lesson passes, so that its resources can be found."""

from __future__ import annotations

from datetime import UTC, datetime

from helpers.s3 import lesson_prefix

COURSE = "sagemaker-course"
LOADED = datetime.now(UTC)  # in a kernel: what was created earlier is of an earlier run


def tags(lesson: str) -> list[dict[str, str]]:
    """Return the tags of a lesson, to pass to each call that creates something.

    No tag is added automatically: what AWS creates itself has none, and is found by the lesson's
    prefix and the job's name.

    Parameters
    ----------
    lesson : str
        The lesson's title.

    Returns
    -------
    list of dict
        Tags in AWS's form, ``{"Key": ..., "Value": ...}``.

    Raises
    ------
    ValueError
        If the title has no word in it.

    Examples
    --------
    >>> tags("Boston Housing - XGBoost (Batch Transform) - Low Level")[1]
    {'Key': 'lesson', 'Value': 'boston-xgboost-batch-transform-low'}
    """
    return [
        {"Key": "course", "Value": COURSE},
        {"Key": "lesson", "Value": lesson_prefix(lesson)},
    ]
