"""Which variables the later cells of each exercise use, and what form they need."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from helpers.grading import word_ids

COLUMNS = {"review", "sentiment", "score", "text"}  # of mistakes


class LaterName(NamedTuple):
    """A variable that a later cell uses: what it should be, and whether a value is that."""

    name: str
    form: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_sparse_matrix(value: Any) -> bool:
    import scipy.sparse

    return scipy.sparse.isspmatrix(value) and value.format in ("csr", "csc")


def _is_confusion_matrix(value: Any) -> bool:
    try:
        counts = numpy.asarray(value)
    except ValueError:  # rows of different lengths
        return False
    return counts.shape == (2, 2) and numpy.issubdtype(counts.dtype, numpy.number)


def _is_gains(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(term, str) and _is_number(gain) for term, gain in value.items()
    )


def _is_table_of_mistakes(value: Any) -> bool:
    import pandas

    if not isinstance(value, pandas.DataFrame) or not set(value.columns) >= COLUMNS:
        return False
    texts = all(isinstance(text, str) for text in value["text"])
    return texts and pandas.api.types.is_numeric_dtype(value["score"])


def _is_table_of_jobs(value: Any) -> bool:
    import pandas

    return isinstance(value, pandas.DataFrame) and {"trees", "TrainingJobStatus"} <= set(value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def _can_be_deleted(value: Any) -> bool:
    return callable(getattr(value, "delete", None))


def _are_numbers(value: Any) -> bool:
    try:
        return len(value) > 0 and all(map(_is_number, value))
    except TypeError:
        return False


def _are_padded_rows(value: Any) -> bool:
    try:
        return numpy.asarray(value)[:, 1:].shape[1] == word_ids.WORDS
    except (ValueError, IndexError, TypeError):
        return False


def _has(value: Any, *keys: str) -> bool:
    return isinstance(value, dict) and set(keys) <= set(value)


_BATCH = {
    "Count the words": (
        LaterName(
            "vectorizer",
            "the fitted CountVectorizer",
            lambda value: isinstance(getattr(value, "vocabulary_", None), dict),
        ),
        LaterName(
            "train_features", "the sparse matrix that the vectorizer returns", _is_sparse_matrix
        ),
        LaterName(
            "data_dir",
            "the pathlib.Path of a folder that exists",
            lambda value: isinstance(value, Path) and value.is_dir(),
        ),
    ),
    "Evaluate": (
        LaterName("accuracy", "a number", _is_number),
        LaterName("counts", "2 x 2 numbers, true labels in the rows", _is_confusion_matrix),
    ),
    "Which words decide": (
        LaterName("top_words", "a dict from term to total gain, a number", _is_gains),
    ),
    "Which reviews are wrong": (
        LaterName(
            "mistakes",
            "a DataFrame with the columns review, sentiment, score (numbers) and text",
            _is_table_of_mistakes,
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
    "Transform": (LaterName("model", "the Model that was created", _can_be_deleted),),
}
_BATCH_LOW = {
    "Train": (LaterName("training_job_name", "the name of the training job, a string", _is_name),),
}
_TUNING = {
    "Read the result": (
        LaterName("best_name", "the name of the best training job, a string", _is_name),
        LaterName("best_values", "a dict from hyperparameter to number", _is_gains),
    ),
    "Compare": (
        LaterName(
            "comparison",
            "the dict that was uploaded",
            lambda value: _has(value, "untuned", "tuned", "p_value"),
        ),
    ),
    "Stop early": (
        LaterName(
            "auto_jobs",
            "a DataFrame with the columns TrainingJobStatus and trees, among others",
            _is_table_of_jobs,
        ),
        LaterName(
            "saving", "the dict that was uploaded", lambda value: _has(value, "trees", "trees_auto")
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
        LaterName("ranges", "a dict with eta and others", lambda value: _has(value, "eta")),
    ),
}
_TUNING_LOW = {
    "Train the untuned model": (
        LaterName("untuned_name", "the name of the training job, a string", _is_name),
    ),
    "Search": (
        LaterName("tuning_name", "the name of the tuning job, a string", _is_name),
        LaterName(
            "ranges",
            "the ParameterRanges of the request, a dict",
            lambda value: _has(value, "IntegerParameterRanges", "ContinuousParameterRanges"),
        ),
    ),
}
_WEB_APP = {
    "Save the highest counts": (
        LaterName(
            "max_counts",
            "a list with a number for each column",
            lambda value: isinstance(value, list) and all(map(_is_number, value)),
        ),
    ),
    "Serve the model": (
        LaterName("model", "the Model that was created", _can_be_deleted),
        LaterName("config", "the EndpointConfig that was created", _can_be_deleted),
        LaterName(
            "endpoint",
            "the Endpoint that was created",
            lambda value: callable(getattr(value, "invoke", None)),
        ),
    ),
}
_PYTORCH = {
    "Number the words": (
        LaterName("vocabulary", "a dict from word to id", _is_gains),
        LaterName(
            "data_dir",
            "the pathlib.Path of a folder that exists",
            lambda value: isinstance(value, Path) and value.is_dir(),
        ),
    ),
    "Pad and upload": (
        LaterName("train_rows", "rows of 501 whole numbers each", _are_padded_rows),
    ),
    "Train": (
        LaterName("hyperparameters", "a dict", lambda value: isinstance(value, dict)),
        LaterName("train", "a function of hyperparameters and a folder", callable),
    ),
    "Choose the epoch": (
        LaterName(
            "table",
            "a DataFrame with the columns epoch, train_loss and validation_accuracy",
            lambda value: {"epoch", "validation_accuracy"} <= set(getattr(value, "columns", ())),
        ),
        LaterName("best_epoch", "a number", _is_number),
    ),
    "Test": (LaterName("scores", "a list of numbers", _are_numbers),),
}
_PYTORCH_HIGH = {
    "Train": (
        LaterName(
            "job",
            "the TrainingJob that has ended",
            lambda value: bool(getattr(value, "training_job_name", None)),
        ),
    ),
    "Deploy": tuple(
        LaterName(
            name,
            f"the {what} that was created",
            lambda value: callable(getattr(value, "delete", None)),
        )
        for name, what in (
            ("model", "Model"),
            ("config", "EndpointConfig"),
            ("endpoint", "Endpoint"),
        )
    ),
}
_PYTORCH_LOW = {
    "Train": (
        LaterName(
            "job",
            "the description of the training job, a dict",
            lambda value: _has(value, "TrainingJobName", "ModelArtifacts"),
        ),
    ),
}

_REVIEWS = "IMDB Sentiment Analysis - XGBoost"
_NETWORK = "IMDB Sentiment Analysis - PyTorch (Deploy)"
EXERCISES = {  # by the lesson's title; an exercise that is not here has no such names
    f"{_REVIEWS} (Batch Transform) - High Level": (_BATCH, _BATCH_HIGH),
    f"{_REVIEWS} (Batch Transform) - Low Level": (_BATCH, _BATCH_LOW),
    f"{_REVIEWS} (Hyperparameter Tuning) - High Level": (_TUNING, _TUNING_HIGH),
    f"{_REVIEWS} (Hyperparameter Tuning) - Low Level": (_TUNING, _TUNING_LOW),
    f"{_REVIEWS} - Web App": (_WEB_APP,),
    f"{_NETWORK} - High Level": (_PYTORCH, _PYTORCH_HIGH),
    f"{_NETWORK} - Low Level": (_PYTORCH, _PYTORCH_LOW),
}
