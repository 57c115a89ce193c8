"""The exercises that can be checked, by the name of their lesson."""

from __future__ import annotations

from helpers.grading.drift_tasks import judge_drift, judge_weeks
from helpers.grading.drift_words_task import judge_drift_words
from helpers.grading.evaluation_tasks import judge_deciding_words, judge_evaluation, judge_mistakes
from helpers.grading.preparation_tasks import judge_files, judge_words
from helpers.grading.script_endpoint_tasks import judge_deployed, judge_predictions, scores_accuracy
from helpers.grading.script_training_tasks import judge_best_epoch, judge_script_training
from helpers.grading.tasks import Exercise, Task
from helpers.grading.training import judge_training
from helpers.grading.transform import judge_transform, transform_accuracy
from helpers.grading.tuning_comparison_task import judge_comparison
from helpers.grading.tuning_result_task import judge_result
from helpers.grading.tuning_search_task import judge_search, judge_untuned
from helpers.grading.tuning_stopping_task import judge_stopping
from helpers.grading.tuning_transform_task import judge_both_transforms, tuned_accuracy
from helpers.grading.update_tasks import (
    final_accuracy,
    judge_second_model,
    judge_serving,
    judge_update,
)
from helpers.grading.web_app_function_tasks import (
    judge_counts,
    judge_explanation,
    judge_request,
    judge_scores,
)
from helpers.grading.web_app_model_tasks import (
    judge_app_serving,
    judge_max_counts,
    served_accuracy,
)
from helpers.grading.word_ids_tasks import judge_padded, judge_vocabulary

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
    recompute=transform_accuracy,
    accuracy={"real": 0.80, "overlapping": 0.80, "synthetic": 0.75},
)

IMDB_UPDATING = Exercise(
    tasks=(
        Task("Serve the first model", judge_serving, needs_reviews=False),
        Task("Measure each week", judge_weeks),
        Task("Find the drift", judge_drift),
        Task("Find the words", judge_drift_words),
        Task("Train the second model", judge_second_model),
        Task("Update the endpoint", judge_update, needs_reviews=False),
    ),
    recompute=final_accuracy,
)

IMDB_TUNING = Exercise(
    tasks=(
        Task("Split and upload", judge_files),
        Task("Train the untuned model", judge_untuned),
        Task("Search", judge_search),
        Task("Read the result", judge_result, needs_reviews=False),
        Task("Transform with both models", judge_both_transforms),
        Task("Compare", judge_comparison),
        Task("Stop early", judge_stopping),
    ),
    recompute=tuned_accuracy,
)

IMDB_WEB_APP = Exercise(
    tasks=(
        Task("Save the highest counts", judge_max_counts, needs_reviews=False),
        Task("Serve the model", judge_app_serving, needs_reviews=False),
        Task("Read the request", judge_request, needs_reviews=False),
        Task("Count the words", judge_counts, needs_reviews=False),
        Task("Ask the endpoint", judge_scores, needs_reviews=False),
        Task("Explain the score", judge_explanation, needs_reviews=False),
    ),
    recompute=served_accuracy,
)

IMDB_PYTORCH = Exercise(
    tasks=(
        Task("Number the words", judge_vocabulary),
        Task("Pad and upload", judge_padded),
        Task("Train", judge_script_training),
        Task("Choose the epoch", judge_best_epoch, needs_reviews=False),
        Task("Deploy", judge_deployed, needs_reviews=False),
        Task("Test", judge_predictions),
    ),
    recompute=scores_accuracy,
    accuracy={"real": 0.80, "overlapping": 0.80, "synthetic": 0.70},
)

EXERCISES = {
    f"IMDB Sentiment Analysis - {what} - {level} Level": exercise
    for what, exercise in (
        ("XGBoost (Batch Transform)", IMDB_BATCH_TRANSFORM),
        ("XGBoost (Updating a Model)", IMDB_UPDATING),
        ("XGBoost (Hyperparameter Tuning)", IMDB_TUNING),
        ("PyTorch (Deploy)", IMDB_PYTORCH),
    )
    for level in ("High", "Low")
} | {"IMDB Sentiment Analysis - XGBoost - Web App": IMDB_WEB_APP}


def exercise_of(lesson: str) -> Exercise:
    """Return the exercise of a lesson. Raises ValueError, which lists them, if it has none."""
    if lesson not in EXERCISES:
        titles = "; ".join(EXERCISES)
        raise ValueError(f"{lesson!r} is not an exercise. The exercises are: {titles}.")
    return EXERCISES[lesson]
