"""The log of a training job has AWS's lines, and the metric definitions find them."""

import json
import re

import pytest
from support.linear_learner_job import CLASSES, CSV, FEATURES, LABELS, quality, to_csv

from helpers.local.containers.linear_learner import metric_definitions


def test_the_log_of_a_job_with_three_channels(run):
    """The lines are those that AWS prints: start, epochs, scores, best model, test."""
    _, log = run(more={"validation": CSV, "test": CSV}, epochs=2)
    lines = [re.sub(r"^\[\d\d/\d\d/\d{4} [\d:]{8} (INFO) \d+\] ", "", x) for x in log.split("\n")]
    text = "\n".join(lines)
    for expected in (
        r"Docker entrypoint called with argument\(s\): train",
        "Running default environment configuration script",
        r"Reading default configuration from /opt/amazon/.*/default-input.json: {.*}",
        r"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {.*}",
        "Final configuration: {.*}",
        r"#quality_metric: host=algo-1, epoch=0, train mse_objective <loss>=\d\S+",
        r"#quality_metric: host=algo-1, epoch=0, validation mse_objective <loss>=\d\S+",
        r"#early_stopping_criteria_metric: host=algo-1, epoch=0, criteria=mse_objective, "
        r"value=\d\S+",
        "Epoch 0: Loss improved. Updating best model",
        "#progress_metric: host=algo-1, completed 50.0 % of epochs",
        r"#throughput_metric: host=algo-1, train throughput=\d\S+ records/second",
        r"#validation_score \(algo-1\) : \('mse_objective', \d\S+\)",
        r"#quality_metric: host=algo-1, validation absolute_loss <loss>=\d\S+",
        'Best model found for hyperparameters: {"optimizer": "adam", "learning_rate": .*}',
        r"#test_score \(algo-1\) : \('mse', \d\S+\)",
        r"#quality_metric: host=algo-1, test mse <loss>=\d\S+",
    ):
        assert re.search(rf"^{expected}$", text, re.M), expected
    assert "Test data is not provided." not in text
    assert quality(log, "host=algo-1, validation mse") == quality(log, "host=algo-1, test mse")


def test_a_metrics_line(run):
    """A line of #metrics has the members, and their order, of AWS's log of 2024."""
    _, log = run(epochs=1)
    line = next(x for x in log.split("\n") if '"train_mse_objective"' in x)
    content = json.loads(line.removeprefix("#metrics "))
    assert list(content) == ["StartTime", "EndTime", "Dimensions", "Metrics"]
    assert content["Dimensions"] == {
        "Algorithm": "Linear Learner",
        "Host": "algo-1",
        "Operation": "training",
        "epoch": 0,
        "model": 0,
    }
    [metric] = content["Metrics"].values()
    assert metric["sum"] == metric["min"] == metric["max"]
    assert metric["count"] == 1


def test_units_of_the_objectives(run):
    """The train objective is in units of normalised labels, the validation objective in theirs."""
    _, log = run(more={"validation": CSV}, learning_rate=1e-9, epochs=1, init_scale=1e-9)
    [train] = quality(log, "epoch=0, train mse_objective")
    [validation] = quality(log, "epoch=0, validation mse_objective")
    assert train == pytest.approx(1, rel=0.01)
    assert validation == pytest.approx(LABELS.var(), rel=0.01)


@pytest.mark.parametrize(
    ("kind", "labels", "channel"),
    [
        ("regressor", LABELS, "train"),
        ("regressor", LABELS, "validation"),
        ("binary_classifier", CLASSES > 0, "train"),
        ("binary_classifier", CLASSES > 0, "validation"),
        ("multiclass_classifier", CLASSES, "validation"),
    ],
)
def test_the_regexes_find_all_scores(run, kind, labels, channel):
    """Each metric definition of the predictor_type finds the last value of its line."""
    csv = to_csv(FEATURES, labels)
    more = {"test": csv} | ({"validation": csv} if channel == "validation" else {})
    _, log = run(csv, more=more, predictor_type=kind, num_classes=3, epochs=2)
    found = {}
    for definition in metric_definitions.metric_definitions():
        if values := re.findall(definition["Regex"], log):
            found[definition["Name"]] = float(values[-1])
    groups = {
        "regressor": metric_definitions.REGRESSION,
        "binary_classifier": metric_definitions.BINARY,
        "multiclass_classifier": metric_definitions.MULTICLASS,
    }
    names = {f"{part}:{score}" for part in (channel, "test") for score in groups[kind]}
    names |= {"train:objective_loss", f"{channel}:objective_loss", "test:objective_loss"}
    names |= {f"{channel}:objective_loss:final", "train:progress", "train:throughput"}
    assert set(found) == names
    assert found["train:progress"] == 100


def test_selection_without_validation(run):
    """Without a validation channel the train channel selects and calibrates."""
    _, log = run()
    assert "#train_score (algo-1) : ('mse', " in log
    assert "Test data is not provided." in log
    assert "validation" not in log.split("Final configuration")[1]
