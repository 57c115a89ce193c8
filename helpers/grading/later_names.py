"""The names that later cells of an exercise use: do they exist, and have what those cells need?

A check looks at S3 and SageMaker. The cells that the exercise gives use some of the learner's
variables as well, and would fail far from the cell that has the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from helpers.grading.unsolved import TODO

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


def _has(value: Any, *keys: str) -> bool:
    return isinstance(value, dict) and set(keys) <= set(value)


COMMON = {
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
_TRAINER = LaterName(
    "trainer",
    "the ModelTrainer whose train() was called",
    lambda value: bool(getattr(value, "_latest_training_job", None)),
)
HIGH_LEVEL = {
    "Train": (_TRAINER,),
    "Train the untuned model": (_TRAINER,),
    "Search": (
        LaterName(
            "tuner",
            "the HyperparameterTuner whose tune() was called",
            lambda value: callable(getattr(value, "analytics", None)),
        ),
        LaterName("ranges", "a dict with eta and others", lambda value: _has(value, "eta")),
    ),
    "Transform": (
        LaterName(
            "model",
            "the Model that was created",
            lambda value: callable(getattr(value, "delete", None)),
        ),
    ),
}
LOW_LEVEL = {
    "Train": (LaterName("training_job_name", "the name of the training job, a string", _is_name),),
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


def problem_with_names(lesson: str, task: str, variables: Mapping[str, Any]) -> str | None:
    """Return a hint about the first variable of a task that later cells can't use, or None.

    Parameters
    ----------
    lesson : str
        The lesson's title.
    task : str
        The task's name.
    variables : mapping
        Those of the kernel, with the cells that it has run in "In". A variable may be missing if
        no cell that should make it was run: after a restart, what is on S3 is enough.
    """
    level = HIGH_LEVEL if lesson.endswith("High Level") else LOW_LEVEL
    for name, form, fits in (*COMMON.get(task, ()), *level.get(task, ())):
        if name in variables:
            value = variables[name]
            if not fits(value):
                return (
                    f"What you left on S3 and in SageMaker is right, but later cells use `{name}` "
                    f"as {form}. Yours is {_described(value)}."
                )
        elif _was_asked_for(name, variables.get("In", ())):
            return (
                f"What you left on S3 and in SageMaker is right, but later cells use `{name}`, "
                f"{form}. There is no such variable: give it that name."
            )
    return None


def _described(value: Any) -> str:
    """Return the class of a value, and what of it most often is the mistake."""
    text = f"of the class {type(value).__name__}"
    if isinstance(value, Path) and not value.is_dir():
        text += f", and {value} is not a folder"
    if (columns := getattr(value, "columns", None)) is not None:
        text += f" with the columns {', '.join(map(str, columns))}"
    return text


def _was_asked_for(name: str, cells: Iterable[str]) -> bool:
    """Tell whether a cell was run whose TODO asks for a variable of this name."""
    for source in cells:
        comments = [line for line in source.splitlines() if line.startswith("#")]
        words = " ".join(comments).replace(",", " ").replace(":", " ").split()
        if source.startswith(TODO) and name in words:
            return True
    return False
