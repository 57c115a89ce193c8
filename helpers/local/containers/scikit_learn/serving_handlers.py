"""What scikit-learn's container does where the user's module has no function for it.

It runs in the Python of the image. Source: aws/sagemaker-scikit-learn-container, `serving.py`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from local_model_server import encoders
from local_model_server.worker import DefaultFunctions, WorkerService


def service(model_dir: Path) -> WorkerService:
    """Load the model and return what answers with it."""
    defaults = DefaultFunctions(input_fn, predict_fn)
    return WorkerService(model_dir, defaults, has_execution_parameters=True)


def input_fn(content: str | bytes, content_type: str) -> np.ndarray:
    """Return an array of JSON, CSV or NPY; of text in 32 bits."""
    array = encoders.decode(content, content_type)
    return array.astype(np.float32) if content_type in encoders.UTF8_TYPES else array


def predict_fn(array: np.ndarray, model: Any) -> Any:
    """Predict with what `model_fn` returned."""
    return model.predict(array)
