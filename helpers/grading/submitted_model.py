"""The model that a training job left, and the scores that it gives."""

from __future__ import annotations

import io
import tarfile
import zlib

import numpy
import scipy.sparse

from helpers.grading.submission import LARGE
from helpers.grading.tasks import TaskError

ROWS = 2000
"""Rows predicted at once: as dense numbers they take 40 MB."""


def load(packed: bytes):
    """Return the Booster in model artifacts, read by xgboost's own format. Raises TaskError."""
    import xgboost

    try:
        content = _member(packed, "xgboost-model")
        if content is None:
            raise TaskError("The model artifacts hold no file xgboost-model: train again.")
        model = xgboost.Booster(model_file=bytearray(content))
    except (tarfile.TarError, zlib.error, EOFError, OSError, xgboost.core.XGBoostError) as error:
        told = str(error).partition("Stack trace")[0][:200]
        raise TaskError(f"The model artifacts hold no model of XGBoost: {told}.") from None
    model.feature_names = None  # a training job gives none: columns are f0, f1, ...
    return model


def _member(packed: bytes, name: str) -> bytes | None:
    """Read a file in an archive, which may be made to unpack to any size."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r|*") as file:
        for member in file:
            if member.offset + member.size > LARGE:
                return None
            if member.isfile() and member.name.removeprefix("./") == name:
                return file.extractfile(member).read()
    return None


def predict(model, features: scipy.sparse.csr_matrix, written_as: str) -> numpy.ndarray:
    """The scores of a model for rows, as it saw them in a file of this format.

    In CSV each 0 is a value. In libsvm it is missing, but in column 0, which every row has.
    """
    found = []
    for start in range(0, features.shape[0], ROWS):
        part = features[start : start + ROWS].astype("float32")
        part.resize(part.shape[0], model.num_features())  # a last column may be in no row of train
        rows = part.toarray() if written_as == "csv" else _with_column_0(part)
        found.append(model.inplace_predict(rows))
    return numpy.concatenate(found)


def _with_column_0(features: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    count = features.shape[0]
    first = scipy.sparse.csr_matrix(
        (features[:, [0]].toarray().ravel(), numpy.zeros(count, int), numpy.arange(count + 1)),
        shape=(count, 1),
    )
    return scipy.sparse.hstack([first, features[:, 1:]], "csr")
