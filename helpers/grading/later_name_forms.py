"""The forms that later cells of an exercise need its variables in."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from helpers.grading import word_ids

MISTAKE_COLUMNS = {"review", "sentiment", "score", "text"}


class LaterName(NamedTuple):
    """A variable that a later cell uses: what it should be, and whether a value is that."""

    name: str
    form: str
    fits: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Tell whether a value is one number."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_sparse_matrix(value: Any) -> bool:
    """Tell whether a value is a SciPy matrix, not an array, in a format that has rows."""
    import scipy.sparse

    return scipy.sparse.isspmatrix(value) and value.format in ("csr", "csc")


def is_confusion_matrix(value: Any) -> bool:
    """Tell whether a value is 2 x 2 numbers, in lists or in an array."""
    try:
        counts = numpy.asarray(value)
    except ValueError:  # rows of different lengths
        return False
    return counts.shape == (2, 2) and numpy.issubdtype(counts.dtype, numpy.number)


def is_dict_of_numbers(value: Any) -> bool:
    """Tell whether a value maps strings to numbers."""
    return isinstance(value, dict) and all(
        isinstance(term, str) and is_number(gain) for term, gain in value.items()
    )


def is_table_of_mistakes(value: Any) -> bool:
    """Tell whether a value is a DataFrame with text and a numeric score in each row."""
    import pandas

    if not isinstance(value, pandas.DataFrame) or not set(value.columns) >= MISTAKE_COLUMNS:
        return False
    texts = all(isinstance(text, str) for text in value["text"])
    return texts and pandas.api.types.is_numeric_dtype(value["score"])


def is_table_of_jobs(value: Any) -> bool:
    """Tell whether a value is a DataFrame with a status and a number of trees in each row."""
    import pandas

    return isinstance(value, pandas.DataFrame) and {"trees", "TrainingJobStatus"} <= set(value)


def is_name(value: Any) -> bool:
    """Tell whether a value is a string."""
    return isinstance(value, str)


def can_be_deleted(value: Any) -> bool:
    """Tell whether a value is a resource of the SDK, which has a method `delete`."""
    return callable(getattr(value, "delete", None))


def are_numbers(value: Any) -> bool:
    """Tell whether a value is a sequence of at least one number, and of nothing else."""
    try:
        return len(value) > 0 and all(map(is_number, value))
    except TypeError:
        return False


def are_padded_rows(value: Any) -> bool:
    """Tell whether a value is rows of a label and the ids of a padded review."""
    try:
        return numpy.asarray(value).shape[1:] == (1 + word_ids.WORDS,)
    except ValueError:  # rows of different lengths
        return False


def has_keys(value: Any, *keys: str) -> bool:
    """Tell whether a value is a dict with these keys."""
    return isinstance(value, dict) and set(keys) <= set(value)


DATA_DIR = LaterName(
    "data_dir",
    "the pathlib.Path of a folder that exists",
    lambda value: isinstance(value, Path) and value.is_dir(),
)
MODEL = LaterName("model", "the Model that was created", can_be_deleted)
DEPLOYED = (
    MODEL,
    LaterName("config", "the EndpointConfig that was created", can_be_deleted),
    LaterName(
        "endpoint",
        "the Endpoint that was created",
        lambda value: callable(getattr(value, "invoke", None)),
    ),
)
