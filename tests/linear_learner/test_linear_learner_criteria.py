"""What the hyperparameters of losses, classes and model selection do."""

import re

import numpy as np
import pytest
from support.linear_learner_job import (
    BINARY,
    CLASSES,
    FEATURES,
    LABELS,
    NOISE_VARIANCE,
    binary_csv,
    mean_squared_error,
    quality,
    to_csv,
)


@pytest.mark.parametrize("criterion", ["precision_at_target_recall", "recall_at_target_precision"])
def test_targets_of_a_binary_classifier(run, criterion):
    """The calibrated threshold reaches the target on the train channel."""
    changes = {
        "binary_classifier_model_selection_criteria": criterion,
        "target_recall": 0.97,
        "target_precision": 0.97,
    }
    _, log = run(binary_csv(), **BINARY, **changes)
    part = criterion.rpartition("_")[2]
    assert 0.97 <= quality(log, f"train {part}")[-1] < 1
    assert f"criteria=sampled_{criterion}, value=0.9" in log


@pytest.mark.parametrize("criterion", ["accuracy", "f1", "f_beta"])
def test_calibrated_criteria(run, criterion):
    """The criterion of the log is the value that the calibrated model has at the end."""
    changes = {"binary_classifier_model_selection_criteria": criterion, "f_beta": 1}
    _, log = run(binary_csv(), **BINARY, **changes)
    name = "binary_classification_accuracy" if criterion == "accuracy" else "binary_f_1.000"
    values = re.findall(rf"criteria=sampled_{criterion}, value=(\S+)", log)
    assert quality(log, f"train {name}")[-1] == pytest.approx(max(map(float, values)))


@pytest.mark.parametrize("criterion", ["loss_function", "cross_entropy_loss"])
def test_criteria_by_loss(run, criterion):
    """Selection by the loss leaves the threshold at 0.5."""
    changes = {"binary_classifier_model_selection_criteria": criterion}
    model, log = run(binary_csv(), **BINARY, **changes)
    assert model.threshold == 0.5
    assert "criteria=binary_classification_cross_entropy_objective, value=" in log


def test_num_calibration_samples(run):
    """The threshold is calibrated on the first num_calibration_samples rows."""
    csv = binary_csv()
    head = "".join(csv.splitlines(keepends=True)[:30])
    few, _ = run(csv, more={"validation": csv}, num_calibration_samples=30, epochs=1, **BINARY)
    same, _ = run(csv, more={"validation": head}, epochs=1, **BINARY)
    assert few.threshold == same.threshold
    assert few.threshold != run(csv, more={"validation": csv}, epochs=1, **BINARY)[0].threshold


def test_weights_of_positive_examples(run):
    """positive_example_weight_mult moves the scores; balanced is negatives by positives."""
    csv = binary_csv()
    positive = sum(line.startswith("1") for line in csv.splitlines())
    ratio = (200 - positive) / positive
    by_loss = BINARY | {"binary_classifier_model_selection_criteria": "loss_function"}
    plain, heavy, balanced, same = (
        run(csv, positive_example_weight_mult=value, **by_loss)
        for value in (1, 20, "balanced", ratio)
    )
    assert heavy[0].bias[0] > plain[0].bias[0] + 1
    assert np.array_equal(balanced[0].weight, same[0].weight)
    assert "train binary_classification_weighted_cross_entropy_objective <loss>=" in heavy[1]


def test_automatic_weights_of_positive_examples(run):
    """The models of auto are compared without weights: lighter examples have less loss."""
    lines = binary_csv().splitlines(keepends=True)
    positive = [line for line in lines if line.startswith("1")]
    csv = "".join(positive + [line for line in lines if line.startswith("0")][:20])
    by_loss = BINARY | {"binary_classifier_model_selection_criteria": "loss_function"}
    plain, balanced, automatic = (
        run(csv, positive_example_weight_mult=value, num_models=models, **by_loss)[0].bias[0]
        for value, models in ((1, 1), ("balanced", 1), ("auto", 3))  # balanced: below 1
    )
    assert abs(automatic - plain) < 0.1 * abs(balanced - plain)


def test_balanced_classes(run):
    """balance_multiclass_weights raises the recall of a rare class."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [100, 100, 10])
    csv = to_csv(rng.normal(size=(210, 2)) + labels[:, None] * 0.7, labels)
    kind = {"predictor_type": "multiclass_classifier", "num_classes": 3}
    plain, balanced = (
        quality(run(csv, more={"test": csv}, balance_multiclass_weights=value, **kind)[1],
                "test macro_recall")[-1]
        for value in ("false", "true")
    )  # fmt: skip
    assert balanced > plain + 0.1


@pytest.mark.parametrize("top", [1, 2])
def test_accuracy_top_k(run, top):
    """The accuracy of the top k classes has k in its name."""
    kind = {"predictor_type": "multiclass_classifier", "num_classes": 3, "epochs": 5}
    csv = to_csv(FEATURES, CLASSES)
    _, log = run(csv, more={"validation": csv}, accuracy_top_k=top, **kind)
    accuracy = quality(log, "validation multiclass_accuracy")
    found = quality(log, f"validation multiclass_top_k_accuracy_{top}")
    assert (found == accuracy) if top == 1 else (found > accuracy)


def test_f_beta(run):
    """The F score has f_beta in its name."""
    _, log = run(binary_csv(), f_beta=2, epochs=2, **BINARY)
    assert len(quality(log, "train binary_f_2.000")) == 1


def test_hinge_loss_and_margin(run):
    """The hinge loss learns with any margin, and its score is not a probability."""
    models = [run(binary_csv(), loss="hinge_loss", margin=m, **BINARY) for m in (1, 5)]
    for _, log in models:
        assert quality(log, "train binary_classification_accuracy")[-1] > 0.9
    assert models[1][0].weight[0, 0] > 1.5 * models[0][0].weight[0, 0]


def test_quantile(run):
    """The quantile loss leaves the stated share of labels below the scores."""
    model, _ = run(loss="quantile_loss", quantile=0.9, epochs=100)
    assert np.mean(model.scores(FEATURES)[:, 0] > LABELS) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(
    "loss",
    [
        "absolute_loss",
        "huber_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
    ],
)
def test_robust_losses(run, loss):
    """The other losses of a regressor learn the same plane."""
    model, log = run(loss=loss, epochs=100)
    assert mean_squared_error(model) < 1.2 * NOISE_VARIANCE
    assert quality(log, f"epoch=0, train {loss}_objective")
