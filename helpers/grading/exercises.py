"""The exercises that can be checked, by the name of their lesson."""

from __future__ import annotations

from helpers.grading.evaluation_tasks import judge_deciding_words, judge_evaluation, judge_mistakes
from helpers.grading.preparation_tasks import judge_files, judge_words
from helpers.grading.tasks import Exercise, Task
from helpers.grading.training import judge_training
from helpers.grading.transform import judge_transform

IMDB_BATCH_TRANSFORM = Exercise(
    tasks=(
        Task("Count the words", judge_words),
        Task("Split and upload", judge_files),
        Task("Train", judge_training, needs_reviews=False),
        Task("Transform", judge_transform),
        Task("Evaluate", judge_evaluation),
        Task("Which words decide", judge_deciding_words, needs_reviews=False),
        Task("Which reviews are wrong", judge_mistakes),
    ),
    accuracy={"real": 0.80, "overlapping": 0.80, "synthetic": 0.75},
)

EXERCISES = {
    f"IMDB Sentiment Analysis - XGBoost (Batch Transform) - {level} Level": IMDB_BATCH_TRANSFORM
    for level in ("High", "Low")
}


def exercise_of(lesson: str) -> Exercise:
    """Return the exercise of a lesson. Raises ValueError, which lists them, if it has none."""
    if lesson not in EXERCISES:
        titles = "; ".join(EXERCISES)
        raise ValueError(f"{lesson!r} is not an exercise. The exercises are: {titles}.")
    return EXERCISES[lesson]
