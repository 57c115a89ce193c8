"""The model that a training job left, and the scores that it gives."""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import TYPE_CHECKING

import numpy
import scipy.sparse

from helpers.grading.errors import TaskError
from helpers.grading.submission import MAX_DATA_BYTES

if TYPE_CHECKING:
    import xgboost  # takes seconds: only where a model is read

MODEL_FILE = "xgboost-model"
_BROKEN_ARCHIVE = (tarfile.TarError, zlib.error, EOFError, OSError, KeyError, AttributeError)
ROWS_PER_BATCH = 2000  # so that a batch needs little memory
ONE_THREAD = {"nthread": 1}  # a batch takes 5 ms; to start threads may take more on a busy machine


def load(artifacts: bytes) -> xgboost.Booster:
    """Return the model in the content of a model.tar.gz.

    It is read in XGBoost's own format and never unpickled. Raises TaskError if there is none.
    """
    import xgboost

    try:
        with tarfile.open(fileobj=io.BytesIO(artifacts)) as archive:
            content = archive.extractfile(MODEL_FILE).read(MAX_DATA_BYTES)
        model = xgboost.Booster(ONE_THREAD, model_file=bytearray(content))
    except (*_BROKEN_ARCHIVE, xgboost.core.XGBoostError) as error:
        message = str(error).partition("Stack trace")[0][:200]
        raise TaskError(
            f"The model artifacts contain no {MODEL_FILE} that XGBoost can read ({message}): train "
            "again."
        ) from None
    model.feature_names = None  # a training job sets none: columns are f0, f1, ...
    return model


def predict(model: xgboost.Booster, features: scipy.sparse.csr_matrix) -> numpy.ndarray:
    """Return the scores (rows,) that a model gives for counts (rows, columns) in a libsvm file.

    Columns that the model does not know are ignored. A count of 0 is a missing value, except in
    column 0, which `helpers.text.write_libsvm` writes in each row.
    """
    scores = []
    for start in range(0, features.shape[0], ROWS_PER_BATCH):
        batch = features[start : start + ROWS_PER_BATCH].astype("float32")
        batch.resize(batch.shape[0], model.num_features())
        scores.append(model.inplace_predict(_with_column_0(batch)))
    return numpy.concatenate(scores)


def _with_column_0(features: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Store a value in column 0 of each row, even where it is 0."""
    rows = features.shape[0]
    column_0 = scipy.sparse.csr_matrix(
        (features[:, [0]].toarray().ravel(), numpy.zeros(rows, int), numpy.arange(rows + 1)),
        shape=(rows, 1),
    )
    return scipy.sparse.hstack([column_0, features[:, 1:]], "csr")
