"""Job folders for the tests of the built-in Linear Learner: /opt/ml as the runtime makes it."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.sparse

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.containers.linear_learner import model_file
from helpers.local.containers.linear_learner.train import train
from helpers.local.containers.toolkit import recordio
from support.job_folder import Files, JobFolder

IMAGE_URI = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"


def image() -> Image:
    return registry.resolve(IMAGE_URI, "us-east-1")


class Job(JobFolder):
    """A training job's folder, and the outcome of its run."""

    def __init__(
        self,
        opt_ml: Path,
        channels: Mapping[str, Files],
        content_type: str | None = "text/csv",
        mode: str = "File",
        **hyperparameters: object,
    ):
        hyperparameters = {"predictor_type": "regressor", "mini_batch_size": 10, **hyperparameters}
        super().__init__(opt_ml, channels, content_type, mode, hyperparameters)

    def train(self) -> int:
        """Run the container's train in this process; return its exit code."""
        return train(self.opt_ml, image())

    @property
    def model(self) -> model_file.Model:
        return model_file.load(self.opt_ml / "model")


SMALL = {"num_models": "4"}  # fewer models than by default make a test's log short


def to_csv(features: np.ndarray, labels: np.ndarray) -> str:
    """Return rows with the label first."""
    rows = np.column_stack([labels, features]).astype(float).tolist()
    return "".join(",".join(map(repr, row)) + "\n" for row in rows)


def binary_csv() -> str:
    """Return 200 rows of two classes, which a line separates almost."""
    random = np.random.default_rng(0)
    features = random.normal(size=(200, 3))
    labels = features @ [2.0, -1.0, 0.5] + 0.3 * random.normal(size=200) > 0.2
    return to_csv(features, labels)


def to_records(features: np.ndarray | scipy.sparse.csr_matrix, labels: np.ndarray | None) -> bytes:
    """Return RecordIO-protobuf with float32 values, as the SDK writes it."""
    sparse = scipy.sparse.issparse(features)
    records = []
    for row in range(features.shape[0]):
        part = features[row]
        values = part.data if sparse else part
        tensor = _field(1, np.asarray(values, "<f4").tobytes())
        if sparse:
            tensor += _field(2, b"".join(map(_varint, part.indices.tolist())))
            tensor += _field(3, _varint(features.shape[1]))
        record = _field(1, _field(1, b"values") + _field(2, _field(2, tensor)))
        if labels is not None:
            scalar = _field(2, _field(1, np.asarray(labels[row], "<f4").tobytes()))
            record += _field(2, _field(1, b"values") + _field(2, scalar))
        records.append(recordio.write_frame(record))
    return b"".join(records)


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 127:
        content.append(number & 127 | 128)
        number >>= 7
    return bytes([*content, number])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.normal(size=(120, 3)) * [1, 10, 0.1] + [5, -20, 0]
LABELS = FEATURES @ [3.0, 0.2, -4.0] + 100 + 0.5 * RANDOM.normal(size=120)
CSV = to_csv(FEATURES, LABELS)
CLASSES = np.digitize(LABELS, np.quantile(LABELS, [0.4, 0.7]))
NOISE_VARIANCE = 0.25
BINARY = {"predictor_type": "binary_classifier"}
FAST = {"num_models": 1, "epochs": 40, "early_stopping_patience": 40}


def quality(log: str, line: str) -> list[float]:
    """Return the values of the quality lines that start so."""
    return [float(value) for value in re.findall(rf"{line} <\w+>=(\S+)", log)]


def mean_squared_error(model: model_file.Model) -> float:
    """Return the error of a regressor of LABELS."""
    return float(np.mean((model.scores(FEATURES)[:, 0] - LABELS) ** 2))
