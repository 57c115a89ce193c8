"""The evaluation metrics that the container computes.

xgboost computes most (`metric_definitions.py` names all). Those in CONTAINER are computed by AWS's
container itself (`metrics/custom_metrics.py` there), from raw margins: a label is 1 where the
margin is above 0, or the class with the largest margin. So rmse of `binary:logistic` is on
log-odds. Since image 3.0-5 they get predictions instead, and still compare them with 0
(`metric_warnings.py`).
"""

from collections.abc import Callable, Sequence

import numpy as np


def to_labels(margin: np.ndarray) -> np.ndarray:
    """Return the predicted class of each row, shape (rows,).

    Parameters
    ----------
    margin
        Raw margins, shape (rows,) or (rows, classes).
    """
    return margin.argmax(axis=-1) if margin.ndim > 1 else (margin > 0).astype(int)


def majority(votes: np.ndarray, axis: int) -> np.ndarray:
    """Return the most frequent value along an axis; of equally frequent ones the smallest.

    >>> majority(np.array([[1.0, 2.0, 2.0], [3.0, 0.0, 3.0]]), axis=1).tolist()
    [2.0, 3.0]
    """

    def most_frequent(values: np.ndarray) -> float:
        distinct, counts = np.unique(values, return_counts=True)
        return distinct[counts.argmax()]

    return np.apply_along_axis(most_frequent, axis, votes)


def _by_sklearn(function: str, **options: str) -> Callable[[np.ndarray, np.ndarray], float]:
    def compute(labels: np.ndarray, margin: np.ndarray) -> float:
        import sklearn.metrics  # takes seconds: only for the jobs that use it

        return float(getattr(sklearn.metrics, function)(labels, to_labels(margin), **options))

    return compute


def _accuracy(labels: np.ndarray, margin: np.ndarray) -> float:
    if not np.array_equal(labels, np.floor(labels)):  # no classes: scikit-learn refuses them
        return _by_sklearn("accuracy_score")(labels, margin)
    return float(np.mean(labels == to_labels(margin)))


def _mse(labels: np.ndarray, margin: np.ndarray) -> float:
    _check_shapes(labels, margin)
    return float(np.mean((labels.astype(float) - margin) ** 2))


def _mae(labels: np.ndarray, margin: np.ndarray) -> float:
    _check_shapes(labels, margin)
    return float(np.mean(np.abs(labels.astype(float) - margin)))


def _r2(labels: np.ndarray, margin: np.ndarray) -> float:
    _check_shapes(labels, margin)
    spread = float(np.sum((labels.astype(float) - np.mean(labels, dtype=float)) ** 2))
    residual = float(np.sum((labels.astype(float) - margin) ** 2))
    if spread == 0:  # all labels equal: as scikit-learn defines it
        return 1.0 if residual == 0 else 0.0
    return 1 - residual / spread


def _check_shapes(labels: np.ndarray, margin: np.ndarray) -> None:
    if labels.shape != margin.shape:  # a column for each class: scikit-learn's text
        raise ValueError(
            "y_true and y_pred have different number of output "
            f"(1!={margin.shape[-1] if margin.ndim > 1 else 1})"
        )


CONTAINER: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _by_sklearn("balanced_accuracy_score"),
    "f1": _by_sklearn("f1_score", average="macro"),
    "f1_binary": _by_sklearn("f1_score", average="binary"),
    "f1_macro": _by_sklearn("f1_score", average="macro"),
    "mae": _mae,
    "mse": _mse,
    "precision": _by_sklearn("precision_score", average="binary"),
    "precision_macro": _by_sklearn("precision_score", average="macro"),
    "precision_micro": _by_sklearn("precision_score", average="micro"),
    "r2": _r2,
    "recall": _by_sklearn("recall_score", average="binary"),
    "recall_macro": _by_sklearn("recall_score", average="macro"),
    "recall_micro": _by_sklearn("recall_score", average="micro"),
    "rmse": lambda labels, margin: _mse(labels, margin) ** 0.5,
}


def split_metrics(
    eval_metric: Sequence[str] | None, tuned: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Return the metrics of a job that xgboost computes, and those that the container computes.

    The order is that of `eval_metric`; with a tuned metric the union of both is sorted, as in
    `algorithm_mode/train_utils.py` of the open container.
    """
    if eval_metric and tuned:
        union = sorted({*eval_metric, *tuned})
    else:
        union = list(dict.fromkeys([*(eval_metric or []), *(tuned or [])]))
    return (
        [metric for metric in union if metric not in CONTAINER],
        [metric for metric in union if metric in CONTAINER],
    )
