"""A model in a file: numbers and JSON in a zip, written atomically, read without running anything.

AWS's `model_algo-1` is a zip too, but of Apache MXNet's files. To write those takes MXNet, which is
retired, so neither side reads the other's model.
"""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format

NAME = "model_algo-1"
PARAMETERS, MANIFEST = "additional-params.json", "manifest.json"
FORMAT = {"format": "local-sagemaker-linear-learner", "version": 1}
AWS_SYMBOL = "mx-mod-symbol.json"
ARRAYS = ("weight", "bias")


class UnreadableModelError(Exception):
    """A file that isn't a model of this container; the text says what it is instead."""


@dataclass(frozen=True)
class Model:
    """A linear model of features as they are in the data.

    Parameters
    ----------
    weight, bias
        Shapes (columns, outputs) and (outputs,).
    predictor_type, loss
        Hyperparameters of the job.
    threshold
        From which score on a binary classifier predicts label 1.
    """

    weight: np.ndarray
    bias: np.ndarray
    predictor_type: str
    loss: str
    threshold: float

    def scores(self, features: Any) -> np.ndarray:
        """Return raw scores, shape (rows, outputs)."""
        return features @ self.weight + self.bias


def save(model: Model, folder: Path) -> None:
    """Write a model into the model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{NAME}.sagemaker-ignore"
    settings = {
        "predictor_type": model.predictor_type,
        "loss": model.loss,
        "threshold": model.threshold,
    }
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(FORMAT))
        archive.writestr(PARAMETERS, json.dumps(settings))
        for name in ARRAYS:
            content = io.BytesIO()
            numpy.lib.format.write_array(content, getattr(model, name), allow_pickle=False)
            archive.writestr(f"{name}.npy", content.getvalue())
    os.replace(unfinished, folder / NAME)


def load(folder: Path) -> Model:
    """Read the model of a folder. Raises UnreadableModelError."""
    path = folder / NAME
    if not path.is_file():
        raise UnreadableModelError(
            f"model.tar.gz must contain the file {NAME}, not in a subfolder. What to do: use the "
            "ModelArtifacts of a training job with this image."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except UnreadableModelError:
        raise
    except Exception as error:  # zipfile, zlib, json and numpy each have their own
        raise UnreadableModelError(f"{NAME} is damaged or not a model: {error}") from error


def _read(archive: zipfile.ZipFile) -> Model:
    if AWS_SYMBOL in archive.namelist():
        raise UnreadableModelError(
            f"{NAME} was trained on AWS: it is in Apache MXNet's format, which the Local SageMaker "
            "does not read. What to do: train it here, or deploy it on AWS."
        )
    if json.loads(archive.read(MANIFEST)) != FORMAT:
        raise UnreadableModelError(f"{NAME} has another format than {FORMAT}")
    arrays = {}
    for name in ARRAYS:
        content = io.BytesIO(archive.read(f"{name}.npy"))
        arrays[name] = numpy.lib.format.read_array(content, allow_pickle=False)
    model = Model(**arrays, **json.loads(archive.read(PARAMETERS)))
    if model.weight.ndim != 2 or model.bias.shape != model.weight.shape[1:]:
        raise UnreadableModelError(f"the arrays in {NAME} do not fit each other")
    return model
