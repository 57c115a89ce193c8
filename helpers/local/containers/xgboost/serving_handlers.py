"""What XGBoost's container does in script mode where the user's module has no function for it.

It runs in the Python of the image, and reads requests by the package that the image's scripts
import. Source: aws/sagemaker-xgboost-container, `serving.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_model_server.worker import DefaultFunctions, WorkerService

if TYPE_CHECKING:  # a script that makes no use of it starts sooner without it
    import numpy as np
    import xgboost


def service(model_dir: Path) -> WorkerService:
    """Load the model and return what answers with it."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the script imports xgboost
    return WorkerService(model_dir, DefaultFunctions(input_fn, predict_fn))


def input_fn(content: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Return a DMatrix of CSV, libsvm or RecordIO-protobuf. Raises UnsupportedFormatError."""
    from sagemaker_xgboost_container import encoder

    return encoder.decode(content, content_type)


def predict_fn(matrix: xgboost.DMatrix, model: Any) -> np.ndarray:
    """Predict with what `model_fn` returned, a Booster."""
    return model.predict(matrix, validate_features=False)
