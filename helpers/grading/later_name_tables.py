"""Which variables the later cells of each exercise use, and what form they need."""

from __future__ import annotations

from helpers.grading.later_name_forms import (
    DATA_DIR,
    DEPLOYED,
    MODEL,
    LaterName,
    has_keys,
    is_confusion_matrix,
    is_dict_of_numbers,
    is_name,
    is_number,
    is_sparse_matrix,
    is_table_of_jobs,
    is_table_of_mistakes,
)
from helpers.grading.later_name_tables_pytorch import PYTORCH, PYTORCH_HIGH, PYTORCH_LOW

_BATCH = {
    "Count the words": (
        LaterName(
            "vectorizer",
            "the fitted CountVectorizer",
            lambda value: isinstance(getattr(value, "vocabulary_", None), dict),
        ),
        LaterName(
            "train_features", "the sparse matrix that the vectorizer returns", is_sparse_matrix
        ),
        DATA_DIR,
    ),
    "Evaluate": (
        LaterName("accuracy", "a number", is_number),
        LaterName("counts", "2 x 2 numbers, true labels in the rows", is_confusion_matrix),
    ),
    "Which words decide": (
        LaterName("top_words", "a dict from term to total gain, a number", is_dict_of_numbers),
    ),
    "Which reviews are wrong": (
        LaterName(
            "mistakes",
            "a DataFrame with the columns review, sentiment, score (numbers) and text",
            is_table_of_mistakes,
        ),
    ),
}
_TRAINER = LaterName(
    "trainer",
    "the ModelTrainer whose train() was called",
    lambda value: bool(getattr(value, "_latest_training_job", None)),
)
_BATCH_HIGH = {
    "Train": (_TRAINER,),
    "Transform": (MODEL,),
}
_BATCH_LOW = {
    "Train": (LaterName("training_job_name", "the name of the training job, a string", is_name),),
}
_TUNING = {
    "Read the result": (
        LaterName("best_name", "the name of the best training job, a string", is_name),
        LaterName("best_values", "a dict from hyperparameter to number", is_dict_of_numbers),
    ),
    "Compare": (
        LaterName(
            "comparison",
            "the dict that was uploaded",
            lambda value: has_keys(value, "untuned", "tuned", "p_value"),
        ),
    ),
    "Stop early": (
        LaterName(
            "auto_jobs",
            "a DataFrame with the columns TrainingJobStatus and trees, among others",
            is_table_of_jobs,
        ),
        LaterName(
            "saving",
            "the dict that was uploaded",
            lambda value: has_keys(value, "trees", "trees_auto"),
        ),
    ),
}
_TUNING_HIGH = {
    "Train the untuned model": (_TRAINER,),
    "Search": (
        LaterName(
            "tuner",
            "the HyperparameterTuner whose tune() was called",
            lambda value: callable(getattr(value, "analytics", None)),
        ),
        LaterName("ranges", "a dict with eta and others", lambda value: has_keys(value, "eta")),
    ),
}
_TUNING_LOW = {
    "Train the untuned model": (
        LaterName("untuned_name", "the name of the training job, a string", is_name),
    ),
    "Search": (
        LaterName("tuning_name", "the name of the tuning job, a string", is_name),
        LaterName(
            "ranges",
            "the ParameterRanges of the request, a dict",
            lambda value: has_keys(value, "IntegerParameterRanges", "ContinuousParameterRanges"),
        ),
    ),
}
_WEB_APP = {
    "Save the highest counts": (
        LaterName(
            "max_counts",
            "a list with a number for each column",
            lambda value: isinstance(value, list) and all(map(is_number, value)),
        ),
    ),
    "Serve the model": DEPLOYED,
}

_REVIEWS = "IMDB Sentiment Analysis - XGBoost"
_NETWORK = "IMDB Sentiment Analysis - PyTorch (Deploy)"
EXERCISES = {  # by the lesson's title; an exercise that is not here has no such names
    f"{_REVIEWS} (Batch Transform) - High Level": (_BATCH, _BATCH_HIGH),
    f"{_REVIEWS} (Batch Transform) - Low Level": (_BATCH, _BATCH_LOW),
    f"{_REVIEWS} (Hyperparameter Tuning) - High Level": (_TUNING, _TUNING_HIGH),
    f"{_REVIEWS} (Hyperparameter Tuning) - Low Level": (_TUNING, _TUNING_LOW),
    f"{_REVIEWS} - Web App": (_WEB_APP,),
    f"{_NETWORK} - High Level": (PYTORCH, PYTORCH_HIGH),
    f"{_NETWORK} - Low Level": (PYTORCH, PYTORCH_LOW),
}
