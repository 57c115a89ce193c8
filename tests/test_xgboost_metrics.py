"""The container's own metrics are right."""

import doctest

import numpy as np
import pytest
from sklearn import metrics as sk
from support import xgboost_job

from helpers.local.containers.toolkit import errors, headers, hyperparameters
from helpers.local.containers.xgboost import metrics

assert xgboost_job

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 2, 50).astype(np.float32)
MARGIN = (RNG.normal(size=50) + LABELS).astype(np.float32)
CLASSES = (MARGIN > 0).astype(int)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", sk.accuracy_score(LABELS, CLASSES)),
        ("balanced_accuracy", sk.balanced_accuracy_score(LABELS, CLASSES)),
        ("f1", sk.f1_score(LABELS, CLASSES, average="macro")),
        ("f1_binary", sk.f1_score(LABELS, CLASSES)),
        ("precision", sk.precision_score(LABELS, CLASSES)),
        ("recall_macro", sk.recall_score(LABELS, CLASSES, average="macro")),
        ("mse", sk.mean_squared_error(LABELS, MARGIN)),
        ("rmse", sk.mean_squared_error(LABELS, MARGIN) ** 0.5),
        ("mae", sk.mean_absolute_error(LABELS, MARGIN)),
        ("r2", sk.r2_score(LABELS, MARGIN)),
    ],
)
def test_same_as_scikit_learn(name, expected):
    """Each metric equals scikit-learn's, on labels or on margins."""
    assert metrics.CONTAINER[name](LABELS, MARGIN) == pytest.approx(expected, abs=1e-6)


def test_classes_of_many():
    """Of several classes, the one with the largest margin is predicted."""
    margin = np.array([[0.1, 0.9, 0.0], [2.0, 1.0, 3.0]])
    assert metrics.to_labels(margin).tolist() == [1, 2]
    assert metrics.CONTAINER["accuracy"](np.array([1, 0]), margin) == 0.5


@pytest.mark.parametrize(
    ("asked", "tuned", "by_xgboost", "by_container"),
    [
        (None, None, [], []),
        (["logloss", "auc"], None, ["logloss", "auc"], []),
        (["rmse"], None, [], ["rmse"]),
        (["logloss", "auc"], ["f1"], ["auc", "logloss"], ["f1"]),
        (None, ["rmse"], [], ["rmse"]),
    ],
)
def test_split(asked, tuned, by_xgboost, by_container):
    """Metrics are split between xgboost and the container; a tuned one is added, sorted."""
    assert metrics.split_metrics(asked, tuned) == (by_xgboost, by_container)


@pytest.mark.parametrize("module", [errors, headers, hyperparameters, metrics])
def test_examples(module):
    """The examples in the docstrings run."""
    results = doctest.testmod(module)
    assert results.attempted
    assert results.failed == 0
