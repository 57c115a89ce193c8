"""The threshold of a binary classifier, and the criterion that selects its best model."""

from types import SimpleNamespace

import numpy as np

DEFAULT_THRESHOLD = 0.5
BEYOND = 1e-6  # how far a threshold is from the extreme score
BY_LOSS = ("loss_function", "cross_entropy_loss")


def calibrate(
    scores: np.ndarray, labels: np.ndarray, settings: SimpleNamespace
) -> tuple[float, float]:
    """Find the threshold that is best by `binary_classifier_model_selection_criteria`.

    Parameters
    ----------
    scores
        Shape (rows,): probabilities, or raw scores of the hinge loss.
    labels
        Shape (rows,), 0 or 1.
    settings
        Validated hyperparameters, with one of the criteria that need a threshold.

    Returns
    -------
    threshold : float
        A row is positive if its score is at least the threshold.
    value : float
        Of the criterion, the higher the better.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, positive = scores[order], labels[order] > 0
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of equal scores
    hits = np.concatenate(([0], np.cumsum(positive)[last]))  # none predicted, one, ...
    predicted = np.concatenate(([0], last + 1))
    values = _criterion(hits, predicted, int(positive.sum()), len(labels), settings)
    best = int(values.argmax())
    return _threshold(ranked, last, best), float(values[best])


def _threshold(ranked: np.ndarray, last: np.ndarray, cut: int) -> float:
    """Return the middle between the scores on both sides of a cut."""
    if cut == 0:  # no row is positive
        return float(ranked[0]) + BEYOND
    if cut == len(last):  # all are
        return float(ranked[-1]) - BEYOND
    above, below = float(ranked[last[cut - 1]]), float(ranked[last[cut - 1] + 1])
    middle = (above + below) / 2
    return middle if middle > below else above


def _criterion(
    hits: np.ndarray, predicted: np.ndarray, positives: int, rows: int, settings: SimpleNamespace
) -> np.ndarray:
    """Return the criterion for each cut.

    hits: true positives; predicted: all that are called positive.
    """
    criterion = settings.binary_classifier_model_selection_criteria
    precision = hits / np.maximum(predicted, 1)
    recall = hits / max(positives, 1)
    if criterion == "accuracy":
        return (rows - positives - predicted + 2 * hits) / rows
    if criterion in ("f1", "f_beta"):
        return f_score(precision, recall, 1.0 if criterion == "f1" else settings.f_beta)
    if criterion == "precision_at_target_recall":
        return np.where(recall >= settings.target_recall, precision, recall - 1)
    return np.where(precision >= settings.target_precision, recall, precision - 1)


def f_score(precision: np.ndarray, recall: np.ndarray, beta: float) -> np.ndarray:
    """Return the F score, 0 where both are 0."""
    below = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / np.where(below > 0, below, 1)
