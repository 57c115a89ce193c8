"""Scores of models on a data set: the criterion in each epoch, and the metrics at the end."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from helpers.local.containers.linear_learner import calibration
from helpers.local.containers.linear_learner.hyperparameters import BINARY, MULTICLASS, REGRESSOR
from helpers.local.containers.linear_learner.losses import Loss, sigmoid, softmax

BLOCK_VALUES = 4_000_000  # scores that are computed at once


@dataclass(frozen=True)
class Linear:
    """Linear functions of scaled features.

    Parameters
    ----------
    weights
        Shape (columns + 1, models * classes); the last row is the bias.
    center
        What is still to be subtracted from the columns of the features, shape (columns,).
    classes
        Outputs of each model.
    """

    weights: np.ndarray
    center: np.ndarray
    classes: int = 1

    def scores(self, features: Any) -> np.ndarray:
        """Return scores of shape (rows, models), or (rows, models, classes) with classes."""
        slopes = self.weights[:-1]
        scores = features @ slopes
        scores += self.weights[-1] - self.center @ slopes
        return scores.reshape(len(scores), -1, self.classes) if self.classes > 1 else scores


def mean_losses(linear: Linear, data: Any, loss: Loss, weights: Any) -> np.ndarray:
    """Return the mean loss of each model, shape (models,).

    Parameters
    ----------
    linear
        The models.
    data
        Scaled features, and labels in the units of the scores.
    loss
        The loss function.
    weights
        ``weights(labels)`` returns the weight of each row and model, in a shape like (rows, 1).
    """
    features, labels = data
    total, rows = 0.0, features.shape[0]
    block = max(1, BLOCK_VALUES // linear.weights.shape[1])
    for start in range(0, rows, block):
        part = labels[start : start + block, None]
        values = loss.value(linear.scores(features[start : start + block]), part)
        total = total + (values * weights(part)).sum(axis=0, dtype=float)
    return np.asarray(total / rows)


def to_output(scores: np.ndarray, settings: SimpleNamespace) -> np.ndarray:
    """Return what the model answers for raw scores: probabilities, except for hinge loss."""
    if settings.loss == "logistic":
        return sigmoid(scores)
    return softmax(scores) if settings.loss == "softmax_loss" else scores


def final_metrics(
    output: np.ndarray, labels: np.ndarray, threshold: float, settings: SimpleNamespace
) -> dict[str, float]:
    """Return the metrics of the best model, in the order of the log.

    Parameters
    ----------
    output
        The model's answers: shape (rows,), or (rows, classes), in the units of the labels.
    labels
        Shape (rows,).
    threshold
        Of a binary classifier.
    settings
        Validated hyperparameters.
    """
    metrics = {REGRESSOR: _regression, BINARY: _binary, MULTICLASS: _multiclass}
    return metrics[settings.predictor_type](output.astype(float), labels, threshold, settings)


def _regression(
    output: np.ndarray, labels: np.ndarray, threshold: float, settings: SimpleNamespace
) -> dict[str, float]:
    error = labels - output
    return {"mse": float(np.mean(error**2)), "absolute_loss": float(np.mean(np.abs(error)))}


def _binary(
    output: np.ndarray, labels: np.ndarray, threshold: float, settings: SimpleNamespace
) -> dict[str, float]:
    predicted, positive = output >= threshold, labels > 0
    hits = float((predicted & positive).sum())
    precision = hits / max(float(predicted.sum()), 1.0)
    recall = hits / max(float(positive.sum()), 1.0)
    score = calibration.f_score(np.array(precision), np.array(recall), settings.f_beta)
    metrics = {
        "binary_classification_accuracy": float(np.mean(predicted == positive)),
        f"binary_f_{settings.f_beta:.3f}": float(score),
        "precision": precision,
        "recall": recall,
    }
    if 0 < positive.sum() < len(positive):  # else there is no pair to compare
        metrics["roc_auc_score"] = _roc_auc(output, positive)
    return metrics


def _roc_auc(output: np.ndarray, positive: np.ndarray) -> float:
    """Return the share of pairs of a positive and a negative row that are in the right order."""
    count = int(positive.sum())
    _, rank, sizes = np.unique(output, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[rank]
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(rank) - count)))


def _multiclass(
    output: np.ndarray, labels: np.ndarray, threshold: float, settings: SimpleNamespace
) -> dict[str, float]:
    rows, classes = np.arange(len(labels)), labels.astype(int)
    own = output[rows, classes]
    rank = (output > own[:, None]).sum(axis=1)  # 0 if the label's class has the highest score
    predicted = output.argmax(axis=1)
    table = np.zeros((output.shape[1], output.shape[1]))
    np.add.at(table, (classes, predicted), 1)
    present = table.sum(axis=1) > 0
    recall = np.diag(table)[present] / table.sum(axis=1)[present]
    precision = np.diag(table)[present] / np.maximum(table.sum(axis=0)[present], 1)
    f_scores = calibration.f_score(precision, recall, settings.f_beta)
    return {
        "multiclass_accuracy": float(np.mean(predicted == classes)),
        f"multiclass_top_k_accuracy_{settings.accuracy_top_k}": float(
            np.mean(rank < settings.accuracy_top_k)
        ),
        "dcg": float(np.mean(1 / np.log2(rank + 2))),
        "macro_recall": float(recall.mean()),
        "macro_precision": float(precision.mean()),
        f"macro_f_{settings.f_beta:.3f}": float(f_scores.mean()),
        "multiclass_balanced_accuracy": float(recall.mean()),
        "multiclass_log_loss": float(-np.mean(np.log(np.maximum(own, 1e-15)))),
    }
