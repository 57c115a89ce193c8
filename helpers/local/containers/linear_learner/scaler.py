"""Normalisation of features and labels.

Dense features are shifted and scaled. Sparse ones are only scaled, since shifted zeros would not be
sparse: the shift becomes part of each product instead.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.sparse

from helpers.local.containers.linear_learner.hyperparameters import REGRESSOR

BLOCK_ROWS = 1000


@dataclass(frozen=True)
class Scaler:
    """Means and standard deviations.

    Parameters
    ----------
    mean, deviation
        Of each feature, shape (columns,): 0 and 1 where features keep their values.
    label_mean, label_deviation
        Of the label: 0 and 1 where labels keep their values.
    """

    mean: np.ndarray
    deviation: np.ndarray
    label_mean: float = 0.0
    label_deviation: float = 1.0

    def scale(self, features: Any) -> tuple[Any, np.ndarray]:
        """Return scaled features, float32, and what must still be subtracted from each column."""
        if scipy.sparse.issparse(features):
            values = features.data / self.deviation.astype(np.float32)[features.indices]
            parts = values, features.indices, features.indptr
            scaled = scipy.sparse.csr_matrix(parts, shape=features.shape)
            return scaled, (self.mean / self.deviation).astype(np.float32)
        scaled = np.empty(features.shape, np.float32)
        for start in range(0, len(scaled), BLOCK_ROWS):  # the difference is of 64 bits
            part = slice(start, start + BLOCK_ROWS)
            scaled[part] = (features[part] - self.mean) / self.deviation
        return scaled, np.zeros(len(self.mean), np.float32)

    def scale_labels(self, labels: np.ndarray) -> np.ndarray:
        return (labels - self.label_mean) / self.label_deviation

    def unscale(self, weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return weights (columns, outputs) and bias (outputs,) for features as in the data."""
        raw = weights.astype(float) / self.deviation[:, None]
        shifted = bias.astype(float) - self.mean @ raw
        return raw * self.label_deviation, shifted * self.label_deviation + self.label_mean


def fit(features: Any, labels: np.ndarray, settings: SimpleNamespace) -> Scaler:
    """Compute the scaler from the first full batches, at most `num_point_for_scaler` rows.

    auto means: scale features, and the labels of a regressor; shift them if there is a bias.
    """
    batch = settings.mini_batch_size
    rows = max(min(settings.num_point_for_scaler, features.shape[0]) // batch, 1) * batch
    mean, deviation = _moments(features[:rows])
    columns = features.shape[1]
    unbias = settings.use_bias if settings.unbias_data is None else settings.unbias_data
    if settings.normalize_data is False:
        deviation = np.ones(columns)
    if not unbias:
        mean = np.zeros(columns)
    if settings.predictor_type != REGRESSOR:
        return Scaler(mean, deviation)
    sample = labels[:rows].astype(float)
    shift = settings.use_bias if settings.unbias_label is None else settings.unbias_label
    return Scaler(
        mean,
        deviation,
        float(sample.mean()) if shift else 0.0,
        (float(sample.std()) or 1.0) if settings.normalize_label is not False else 1.0,
    )


def _moments(sample: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return means and population deviations of the columns; 1 for a constant column."""
    sample = sample.astype(float)
    mean = np.asarray(sample.mean(axis=0)).ravel()
    if scipy.sparse.issparse(sample):
        squares = np.asarray(sample.multiply(sample).mean(axis=0)).ravel()
        variance = np.maximum(squares - mean**2, 0)
        variance[variance < 1e-12 * squares] = 0
    else:
        variance = sample.var(axis=0)
        variance[variance < 1e-12 * mean**2] = 0
    return mean, np.where(variance > 0, np.sqrt(variance), 1.0)
