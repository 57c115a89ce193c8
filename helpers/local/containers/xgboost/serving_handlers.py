"""What XGBoost's container does in script mode where the user's module has no function for it.

It runs in the Python of the image. Source: aws/sagemaker-xgboost-container, `serving.py` and
`encoder.py`.
"""

from __future__ import annotations

import csv
import os
import tempfile
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from local_model_server.encoders import UnsupportedFormatError
from local_model_server.worker import DefaultFunctions, WorkerService

if TYPE_CHECKING:  # a script that makes no use of it starts sooner without it
    import xgboost

LIBSVM_TYPES = ("text/libsvm", "text/x-libsvm")


def service(model_dir: Path) -> WorkerService:
    """Load the model and return what answers with it."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the script imports xgboost
    return WorkerService(model_dir, DefaultFunctions(input_fn, predict_fn))


def input_fn(content: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Return a DMatrix of CSV or libsvm. Raises UnsupportedFormatError."""
    header = Message()
    header["content-type"] = content_type
    media_type = header.get_content_type()
    if media_type == "text/csv":
        return _from_csv(content.decode() if isinstance(content, bytes) else content)
    if media_type in LIBSVM_TYPES:
        return _from_libsvm(content)
    raise UnsupportedFormatError(media_type)


def predict_fn(matrix: xgboost.DMatrix, model: Any) -> np.ndarray:
    """Predict with what `model_fn` returned, a Booster."""
    return model.predict(matrix, validate_features=False)


def _from_csv(text: str) -> xgboost.DMatrix:
    delimiter = csv.Sniffer().sniff(text.split("\n")[0][:512]).delimiter
    delimiter = "," if delimiter.isalnum() else delimiter
    rows = [[cell or "nan" for cell in line.split(delimiter)] for line in text.split("\n")]
    return _matrix(np.array(rows).astype(float))


def _from_libsvm(content: bytes) -> xgboost.DMatrix:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return _matrix(f"{file.name}?format=libsvm")


def _matrix(content: Any) -> xgboost.DMatrix:
    import xgboost

    return xgboost.DMatrix(content)
