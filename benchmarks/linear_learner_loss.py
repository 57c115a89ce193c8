"""The loss that Linear Learner reaches, beside that of an exact solution of the same problem.

    .venv/bin/python benchmarks/linear_learner_loss.py                  (two minutes)
    .venv/bin/python benchmarks/linear_learner_loss.py boston wine      (some of the tables)

Both minimize the mean loss on the train channel plus wd / 2 times the squared weights, for
normalised features and labels, with the bias left out of the penalty. Exact is: least squares for
the regressor, scikit-learn's lbfgs for both classifiers. Target: at most 2 % more than exact.

Of the IMDB reviews the features are counts of the 5,000 most frequent words. The real reviews are
left out unless SAGEMAKER_COURSE_DATA names them.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.sparse

from helpers.local.containers.linear_learner import (
    hyperparameters,
    losses,
    scaler,
    trainer,
    training_data,
)

REGRESSOR, BINARY, MULTICLASS = "regressor", "binary_classifier", "multiclass_classifier"
SETTINGS = {"epochs": "60", "mini_batch_size": "50", "l1": "0", "early_stopping_patience": "60"}
TABLES = {  # name: predictor_type, and hyperparameters besides SETTINGS
    "boston": (REGRESSOR, {"wd": "0.0001"}),
    "diabetes": (REGRESSOR, {"wd": "0.0001"}),
    "breast_cancer": (BINARY, {"wd": "0.01"}),
    "wine": (MULTICLASS, {"wd": "0.01"}),
    "digits": (MULTICLASS, {"wd": "0.01"}),
    "synthetic_reviews": (BINARY, {"wd": "0.01", "epochs": "60"}),
    "real_reviews": (BINARY, {"wd": "0.01", "mini_batch_size": "1000", "epochs": "15"}),
}


def main() -> int:
    print("| table | rows x columns | predictor_type | exact | Linear Learner | ratio |")
    print("|---|---|---|---|---|---|")
    has_real = os.environ.get("SAGEMAKER_COURSE_DATA", "synthetic") != "synthetic"
    for name in sys.argv[1:] or [name for name in TABLES if has_real or name != "real_reviews"]:
        kind, settings = TABLES[name]
        features, labels = load(name)
        ours, exact = compare(features, labels, kind, settings)
        shape = f"{features.shape[0]:,} x {features.shape[1]:,}"
        print(f"| {name} | {shape} | {kind} | {exact:.5f} | {ours:.5f} | {ours / exact:.4f} |")
    return 0


def load(name: str) -> tuple[Any, np.ndarray]:
    """Return the features and the labels of a table."""
    if name == "boston":
        from helpers.datasets import boston

        table = boston.load().to_numpy(float)
        return table[:, :-1], table[:, -1]
    if name.endswith("reviews"):
        return load_reviews("synthetic" if name == "synthetic_reviews" else None)
    import sklearn.datasets

    return getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)


def load_reviews(choice: str | None) -> tuple[Any, np.ndarray]:
    """Return the counts of words in the training reviews, in a random order, and their labels."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.datasets import imdb
    from helpers.text import words

    corpus = imdb.corpus(choice, quiet=True)
    table = imdb.load("train", corpus, quiet=True).sample(frac=1, random_state=0)
    counts = CountVectorizer(analyzer=words, max_features=5000).fit_transform(table["text"])
    return counts, table["sentiment"].to_numpy()


def compare(
    features: Any, labels: np.ndarray, kind: str, changes: dict[str, str]
) -> tuple[float, float]:
    """Return the objective of Linear Learner and of the exact solution.

    Parameters
    ----------
    features, labels
        Shapes (rows, columns), dense or CSR, and (rows,).
    kind
        The predictor_type.
    changes
        Hyperparameters besides SETTINGS; `wd` is one of them.
    """
    texts = SETTINGS | changes | {"predictor_type": kind}
    texts |= {"binary_classifier_model_selection_criteria": "loss_function"}
    if kind == MULTICLASS:
        texts["num_classes"] = str(int(labels.max()) + 1)
    settings = hyperparameters.validate(texts)
    features, labels = features.astype(np.float32), labels.astype(np.float32)
    scale = scaler.fit(features, labels, settings)
    scaled = scipy.sparse.csr_matrix(features / scale.deviation)
    targets = scale.scale_labels(labels)
    return (
        objective(scaled, targets, settings, *train(features, labels, settings)),
        objective(scaled, targets, settings, *solve(scaled, targets, settings)),
    )


def train(
    features: Any, labels: np.ndarray, settings: SimpleNamespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and the bias of the best model of a job, for scaled features."""
    data = training_data.Data(features, labels)
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        training = trainer.Trainer(settings, data, None)
        best = training.train()
    weight = best.weights[:-1].astype(float)
    shift = training.scaler.mean / training.scaler.deviation @ weight
    return weight, best.weights[-1] - shift


def objective(
    features: Any,
    targets: np.ndarray,
    settings: SimpleNamespace,
    weight: np.ndarray,
    bias: np.ndarray,
) -> float:
    """Return the mean loss plus the penalty."""
    scores = features @ weight + bias
    if settings.predictor_type == MULTICLASS:
        scores = scores[:, None, :]
    values = losses.build(settings).value(scores, targets[:, None])
    return float(values.mean() + settings.wd / 2 * (weight**2).sum())


def solve(
    features: Any, targets: np.ndarray, settings: SimpleNamespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and the bias of the exact solution."""
    rows = features.shape[0]
    if settings.predictor_type == REGRESSOR:
        table = features.toarray()
        centered = table - table.mean(axis=0)
        penalty = rows * settings.wd / 2 * np.eye(table.shape[1])
        weight = np.linalg.solve(centered.T @ centered + penalty, centered.T @ targets)
        return weight[:, None], np.atleast_1d(targets.mean() - table.mean(axis=0) @ weight)
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / (rows * settings.wd), max_iter=10_000, tol=1e-8)
    model.fit(features, targets.astype(int))
    return model.coef_.T, model.intercept_


if __name__ == "__main__":
    sys.exit(main())
