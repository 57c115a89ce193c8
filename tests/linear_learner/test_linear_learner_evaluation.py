"""The metrics at the end of a job are those of scikit-learn, or of their definition."""

import numpy as np
import pytest
import sklearn.metrics as reference

from helpers.local.containers.linear_learner import evaluation, hyperparameters

RANDOM = np.random.default_rng(2)


def metrics(output, labels, threshold: float = 0.5, **texts: str) -> dict[str, float]:
    settings = hyperparameters.validate(texts)
    return evaluation.final_metrics(np.asarray(output), np.asarray(labels), threshold, settings)


def test_a_regressor():
    """Of a regressor: mse and absolute_loss."""
    output, labels = RANDOM.normal(size=(2, 50))
    assert metrics(output, labels, predictor_type="regressor") == {
        "mse": pytest.approx(reference.mean_squared_error(labels, output)),
        "absolute_loss": pytest.approx(reference.mean_absolute_error(labels, output)),
    }


@pytest.mark.parametrize("digits", [1, 8])  # with one digit many scores are equal
def test_a_binary_classifier(digits):
    """Of a binary classifier, at its threshold; the area is that of all pairs."""
    output = RANDOM.random(200).round(digits)
    labels = (output + 0.4 * RANDOM.normal(size=200) > 0.6).astype(float)
    predicted = output >= 0.7
    assert metrics(output, labels, 0.7, predictor_type="binary_classifier", f_beta="2") == {
        "binary_classification_accuracy": pytest.approx((predicted == labels).mean()),
        "binary_f_2.000": pytest.approx(reference.fbeta_score(labels, predicted, beta=2)),
        "precision": pytest.approx(reference.precision_score(labels, predicted)),
        "recall": pytest.approx(reference.recall_score(labels, predicted)),
        "roc_auc_score": pytest.approx(reference.roc_auc_score(labels, output)),
    }


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_only(label):
    """With rows of one class there is no area, and nothing is divided by 0."""
    found = metrics([0.2, 0.8], [label, label], predictor_type="binary_classifier")
    assert "roc_auc_score" not in found
    assert np.isfinite(list(found.values())).all()


def test_a_multiclass_classifier():
    """Of a multiclass classifier; macro values are means over the classes that the labels have."""
    labels = RANDOM.integers(0, 4, 300)
    output = RANDOM.random((300, 5)) * [1, 1, 1, 1, 0.1] + 0.5 * np.eye(5)[labels]
    output /= output.sum(axis=1, keepdims=True)
    predicted = output.argmax(axis=1)
    kinds = {"predictor_type": "multiclass_classifier", "num_classes": "5", "accuracy_top_k": "2"}
    macro = {"average": "macro", "labels": range(4)}
    top = reference.top_k_accuracy_score(labels, output, k=2, labels=range(5))
    recall = reference.recall_score(labels, predicted, **macro)
    assert metrics(output, labels, **kinds) == {
        "multiclass_accuracy": pytest.approx((predicted == labels).mean()),
        "multiclass_top_k_accuracy_2": pytest.approx(top),
        "dcg": pytest.approx(reference.dcg_score(np.eye(5)[labels], output)),
        "macro_recall": pytest.approx(recall),
        "macro_precision": pytest.approx(reference.precision_score(labels, predicted, **macro)),
        "macro_f_1.000": pytest.approx(reference.f1_score(labels, predicted, **macro)),
        "multiclass_balanced_accuracy": pytest.approx(recall),
        "multiclass_log_loss": pytest.approx(reference.log_loss(labels, output, labels=range(5))),
    }
