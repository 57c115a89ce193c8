"""The losses: value and derivative for the scores of many models at once.

Scores are arrays of shape (rows, models), or (rows, models, classes) for softmax. The hinge loss is
the one of AWS's notebook on class weights: with margin 1 a score of 1 is right for label 1, and 0
for label 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Loss:
    """A loss function.

    Parameters
    ----------
    objective
        Its name in the log, before `_objective`.
    value
        ``value(scores, labels)`` returns the loss of each row and model, shape (rows, models).
    derivative
        ``derivative(scores, labels)`` returns the derivative by the scores, in their shape.
    """

    objective: str
    value: Function
    derivative: Function


def build(settings: SimpleNamespace, label_scale: float = 1.0) -> Loss:
    """Return the loss of a job.

    Parameters
    ----------
    settings
        Validated hyperparameters.
    label_scale
        The unit of the labels and scores: `huber_delta` and `loss_insensitivity` are in the units
        of the data.
    """
    delta = settings.huber_delta / label_scale
    epsilon = settings.loss_insensitivity / label_scale
    losses = {
        "squared_loss": lambda: _squared(0.0, "mse"),
        "absolute_loss": lambda: _quantile(0.5, 2.0, "absolute_loss"),
        "eps_insensitive_squared_loss": lambda: _squared(epsilon, "eps_insensitive_squared_loss"),
        "eps_insensitive_absolute_loss": lambda: _insensitive(epsilon),
        "quantile_loss": lambda: _quantile(settings.quantile, 1.0, "quantile_loss"),
        "huber_loss": lambda: _huber(delta),
        "logistic": lambda: _logistic(settings.positive_example_weight_mult == 1.0),
        "hinge_loss": lambda: _hinge(settings.margin),
        "softmax_loss": lambda: Loss("multiclass_cross_entropy", _softmax_value, _softmax_slope),
    }
    return losses[settings.loss]()


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-scores)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * scores))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the probabilities of the classes, which are the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _squared(epsilon: float, name: str) -> Loss:
    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.maximum((scores - labels) ** 2 - epsilon**2, 0)

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        error = scores - labels
        return 2 * error * (np.abs(error) > epsilon) if epsilon else 2 * error

    return Loss(name, value, derivative)


def _quantile(quantile: float, factor: float, name: str) -> Loss:
    """Return `quantile` times the error where the score is too low, else the rest times it."""
    low, high = factor * quantile, factor * (1 - quantile)

    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        error = labels - scores
        return np.maximum(low * error, -high * error)

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.where(scores < labels, -low, high).astype(scores.dtype) * (scores != labels)

    return Loss(name, value, derivative)


def _insensitive(epsilon: float) -> Loss:
    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.maximum(np.abs(scores - labels) - epsilon, 0)

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        error = scores - labels
        return np.sign(error) * (np.abs(error) > epsilon)

    return Loss("eps_insensitive_absolute_loss", value, derivative)


def _huber(delta: float) -> Loss:
    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        error = np.abs(scores - labels)
        return np.where(error <= delta, 0.5 * error**2, delta * (error - 0.5 * delta))

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.clip(scores - labels, -delta, delta)

    return Loss("huber_loss", value, derivative)


def _logistic(plain: bool) -> Loss:
    name = "cross_entropy" if plain else "weighted_cross_entropy"

    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.logaddexp(0, scores) - labels * scores

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return sigmoid(scores) - labels

    return Loss(f"binary_classification_{name}", value, derivative)


def _hinge(margin: float) -> Loss:
    high, low = (margin + 1) / 2, (margin - 1) / 2

    def value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.maximum(np.where(labels > 0, high - scores, low + scores), 0)

    def derivative(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        sign = np.where(labels > 0, -1, 1).astype(scores.dtype)
        return sign * (value(scores, labels) > 0)

    return Loss("hinge_loss", value, derivative)


def _softmax_value(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    peak = scores.max(axis=-1)
    total = peak + np.log(np.exp(scores - peak[..., None]).sum(axis=-1))
    return total - np.take_along_axis(scores, labels[..., None].astype(int), -1)[..., 0]


def _softmax_slope(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    slope = softmax(scores)
    rows = np.arange(len(slope))
    slope[rows, :, labels[:, 0].astype(int)] -= 1
    return slope
