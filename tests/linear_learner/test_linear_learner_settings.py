"""What each hyperparameter of a training run does."""

import json
import re

import numpy as np
import pytest
from support.linear_learner_job import FEATURES, LABELS, NOISE_VARIANCE, mean_squared_error


def test_a_regressor(run):
    """A regressor nearly reaches the noise in the labels."""
    model, _ = run()
    assert mean_squared_error(model) < 1.1 * NOISE_VARIANCE
    assert model.weight.shape == (3, 1)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_each_optimizer_learns(run, optimizer):
    """Every optimizer reaches the solution, and the log names it."""
    model, log = run(optimizer=optimizer, num_models=4)
    assert mean_squared_error(model) < 1.1 * NOISE_VARIANCE
    assert f'"optimizer": "{optimizer}"' in log


@pytest.mark.parametrize("name", ["momentum", "beta_1", "beta_2"])
def test_settings_of_an_optimizer(run, name):
    """momentum changes sgd, beta_1 and beta_2 change adam, and none changes the other."""
    own, other = ("sgd", "adam") if name == "momentum" else ("adam", "sgd")
    for optimizer, changes in ((own, True), (other, False)):
        models = [run(optimizer=optimizer, epochs=2, **{name: value})[0] for value in (0.1, 0.6)]
        assert np.array_equal(models[0].weight, models[1].weight) != changes


def test_weight_decay_and_l1(run):
    """wd makes weights smaller, and l1 makes some of them exactly 0."""
    free, small, sparse = (
        run(wd=wd, l1=l1)[0].weight * FEATURES.std(axis=0)[:, None]
        for wd, l1 in ((0, 0), (1, 0), (0, 0.3))
    )
    assert np.abs(small).sum() < 0.8 * np.abs(free).sum()
    assert (sparse == 0).sum() == 1
    assert (free != 0).all()


def test_without_a_bias(run):
    """Without use_bias nothing is centered, and the score of a row of zeros is 0."""
    model, _ = run(use_bias="false")
    assert model.bias == [0]
    assert run()[0].bias[0] == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "mean", "deviation"),
    [
        ({}, True, True),
        ({"normalize_data": "false"}, True, False),
        ({"unbias_data": "false"}, False, True),
        ({"use_bias": "false"}, False, True),
    ],
)
def test_normalisation_of_features(run, changes, mean, deviation):
    """normalize_data scales the features, unbias_data shifts them; auto follows use_bias."""
    _, log = run(epochs=1, **changes)
    found = re.findall(r"'(stdev|mean)_weight': array\(\[([^]]*)\]", log)
    parameters = {name: [float(x) for x in text.split(",")] for name, text in found}
    expected_mean = FEATURES.mean(axis=0) if mean else np.zeros(3)
    expected_deviation = FEATURES.std(axis=0) if deviation else np.ones(3)
    np.testing.assert_allclose(parameters["mean"], expected_mean, rtol=1e-4)
    np.testing.assert_allclose(parameters["stdev"], expected_deviation, rtol=1e-4)


@pytest.mark.parametrize(
    ("changes", "mean", "deviation"),
    [
        ({}, LABELS.mean(), LABELS.std()),
        ({"normalize_label": "false"}, LABELS.mean(), 1),
        ({"unbias_label": "false"}, 0, LABELS.std()),
        ({"use_bias": "false"}, 0, LABELS.std()),
    ],
)
def test_normalisation_of_labels(run, changes, mean, deviation):
    """normalize_label scales the labels of a regressor, unbias_label shifts them."""
    _, log = run(epochs=1, **changes)
    [(found_deviation, found_mean)] = re.findall(r"'stdev_label': (\S+), 'mean_label': (\S+),", log)
    assert float(found_mean) == pytest.approx(mean, rel=1e-5)
    assert float(found_deviation) == pytest.approx(deviation, rel=1e-5)


def test_the_scaler_reads_the_first_full_batches(run):
    """num_point_for_scaler limits the rows of the scaler, in full batches."""
    _, log = run(epochs=1, num_point_for_scaler=49, mini_batch_size=20)
    [mean] = re.findall(r"'mean_label': (\S+),", log)
    assert float(mean) == pytest.approx(LABELS[:40].mean(), rel=1e-5)


def test_first_weights(run):
    """init_method, init_scale, init_sigma and init_bias decide where training starts."""
    slow = {"learning_rate": 1e-9, "epochs": 1, "normalize_data": "false", "unbias_data": "false",
            "normalize_label": "false", "unbias_label": "false"}  # fmt: skip
    uniform = run(init_scale=2, **slow)[0].weight
    normal = run(init_method="normal", init_sigma=5, **slow)[0].weight
    assert 0 < np.abs(uniform).max() <= 2
    assert np.abs(normal).max() > 2
    assert run(init_bias=7, **slow)[0].bias == [pytest.approx(7)]


def test_factors_of_the_bias(run):
    """bias_lr_mult and bias_wd_mult apply to the bias only."""
    plain = {"epochs": 1, "unbias_label": "false", "learning_rate": 0.01, "wd": 1}
    biases = [run(**plain, **change)[0].bias[0] for change in ({}, {"bias_lr_mult": 10})]
    assert abs(biases[1]) > 2 * abs(biases[0])
    # The features are centered, so that the mean score is the bias: with a penalty of b² / 2 the
    # mean loss (mean - b)² is lowest at b = mean / 1.5.
    long = plain | {"epochs": 60, "early_stopping_patience": 60, "learning_rate": 1}
    for factor, divisor in ((0, 1), (1, 1.5)):
        model, _ = run(**long, bias_wd_mult=factor)
        assert model.scores(FEATURES).mean() == pytest.approx(LABELS.mean() / divisor, rel=0.01)


@pytest.mark.parametrize(
    "changes",
    [
        {"use_lr_scheduler": "false"},
        {"lr_scheduler_step": 1, "lr_scheduler_factor": 0.5},
        {"lr_scheduler_step": 1, "lr_scheduler_factor": 0.5, "lr_scheduler_minimum_lr": 0.05},
    ],
)
def test_the_schedule_of_the_learning_rate(run, changes):
    """The scheduler's hyperparameters change the steps, and the log shows them."""
    model, log = run(epochs=2, learning_rate=0.1, **changes)
    assert not np.array_equal(model.weight, run(epochs=2, learning_rate=0.1)[0].weight)
    [chosen] = re.findall(r"Best model found for hyperparameters: (.*)", log)
    for name in ("lr_scheduler_step", "lr_scheduler_factor", "lr_scheduler_minimum_lr"):
        if name in changes:
            assert json.loads(chosen)[name] == changes[name]


def test_models_in_parallel(run):
    """num_models models are trained at once, 32 by default; the best of them is kept."""
    _, log = run(num_models="auto", epochs=2)
    models = re.findall(r'"epoch": 1, "model": (\d+)}, "Metrics": {"train_mse_objective"', log)
    assert models == [str(number) for number in range(32)]
    _, log = run(num_models=3, epochs=2)
    values = re.findall(r'"epoch": 1, "model": \d}, .*?"sum": ([^,]*)', log)
    assert len(values) == 3


def test_early_stopping(run):
    """Training stops when the criterion hasn't improved enough for so many epochs."""
    stop = {"early_stopping_patience": 2, "early_stopping_tolerance": 0.9, "epochs": 30}
    _, log = run(**stop)
    end = "INFO \\d+\\] Early stop condition met. Stopping training.\n.*completed 100 % epochs$"
    assert len(re.findall(end, log, re.M)) == 1
    epochs = re.findall(r"#early_stopping_criteria_metric: host=algo-1, epoch=(\d+)", log)
    assert 3 <= len(epochs) < 30
    assert run(**stop | {"early_stopping_patience": 30})[1].count("Early stop") == 0


def test_equal_jobs_give_equal_models(run):
    """Two jobs with the same data and settings give the same model."""
    assert np.array_equal(run(num_models=4)[0].weight, run(num_models=4)[0].weight)


def test_a_later_divergence_leaves_the_best_model(run):
    """Models that diverge after an epoch end the job well, with the best model until then."""
    steps = {"use_lr_scheduler": "false", "momentum": 0, "learning_rate": 3}
    model, log = run(optimizer="sgd", epochs=10, **steps)
    assert np.isfinite(model.weight).all()
    assert "value=inf" in log
