"""Training jobs of the built-in XGBoost, run in this process: values, models and log."""

import json
import re

import numpy as np
import pytest
import xgboost
from support.xgboost_job import FIVE_ROWS, Job, rows

from helpers.local.containers.xgboost import versions
from helpers.local.containers.xgboost.metric_definitions import metric_definitions

SQUARED = "reg:squarederror"
# What AWS printed for the five rows (image 1.3-1; a public notebook).
FIVE_ROWS_RMSE = [
    0.39255, 0.30834, 0.24231, 0.19052, 0.14987, 0.11796, 0.09289, 0.07318, 0.05768, 0.04549,
    0.03589, 0.02833, 0.02238, 0.01768, 0.01398, 0.01106, 0.00875, 0.00693, 0.00549, 0.00435,
    0.00345, 0.00273, 0.00217, 0.00172, 0.00137, 0.00109, 0.00086, 0.00068, 0.00054,
]  # fmt: skip
# What AWS printed for iris (image "latest").
IRIS_TRAIN = [0.03, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01]
IRIS_VALIDATION = [0.06, 0.02, 0.02, 0.02, 0.02, 0.04, 0.04, 0.06, 0.06, 0.06]


def scores(log: str, name: str) -> list[float]:
    """Return the values of a metric in a log, one for each round."""
    return [float(value) for value in re.findall(rf"\t{name}:(\S+)", log)]


def test_five_rows_print_what_aws_printed(tmp_path, capsys):
    """The metrics of 50 rounds are AWS's, and so is the line about the matrix."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, num_round=50, base_score=0.5)
    assert job.train() == 0
    log = capsys.readouterr().out
    assert "Train matrix has 5 rows and 11 columns" in log
    found = scores(log, "train-rmse")
    assert found[:29] == pytest.approx(FIVE_ROWS_RMSE, abs=1.01e-5)
    assert found[30:] == pytest.approx([0.00053] * 20, abs=1.01e-5)


def test_iris_prints_what_aws_printed(tmp_path, capsys):
    """Errors of training and validation equal AWS's in each round."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split

    features, labels = load_iris(return_X_y=True)
    parts = train_test_split(features, labels, test_size=0.33, random_state=42, stratify=labels)
    tables = {
        name: "\n".join(f"{y},{','.join(map(str, x))}" for x, y in zip(xs, ys, strict=True))
        for name, xs, ys in (("train", parts[0], parts[2]), ("validation", parts[1], parts[3]))
    }
    job = Job(
        tmp_path,
        {name: {"data.csv": text} for name, text in tables.items()},
        objective="multi:softmax", num_class=3, max_depth=5, num_round=10,
        eval_metric="merror", tree_method="exact", base_score=0.5,
    )  # fmt: skip
    assert job.train() == 0
    log = capsys.readouterr().out
    assert scores(log, "train-merror") == IRIS_TRAIN
    assert scores(log, "validation-merror") == IRIS_VALIDATION
    booster = xgboost.Booster(model_file=job.model)
    assert booster.predict(xgboost.DMatrix([[7.7, 3.0, 6.1, 2.3]])).tolist() == [2.0]


def test_model_is_what_plain_xgboost_trains(tmp_path):
    """The artifact is UBJSON and predicts what the same training by hand predicts."""
    text = rows(40)
    job = Job(tmp_path, {"train": {"t.csv": text}}, num_round=5, eta=0.2)
    assert job.train() == 0
    assert job.model.read_bytes()[:2] == b"{L"
    table = np.array([line.split(",") for line in text.split()], float)
    matrix = xgboost.DMatrix(table[:, 1:], label=table[:, 0])
    plain = xgboost.train({"eta": 0.2}, matrix, 5)
    assert np.array_equal(
        xgboost.Booster(model_file=job.model).predict(matrix), plain.predict(matrix)
    )


def test_start_value_in_the_artifact_is_a_list(tmp_path):
    """xgboost 3.1 and later write base_score as a list: some readers of models fail on it."""
    job = Job(tmp_path, {"train": {"t.csv": rows(20)}}, objective=SQUARED)
    assert job.train() == 0
    config = json.loads(xgboost.Booster(model_file=job.model).save_config())
    assert config["learner"]["learner_model_param"]["base_score"].startswith("[")


def test_log_lines_in_order(tmp_path, capsys):
    """The log has AWS's lines in AWS's order, with AWS's paths instead of local ones."""
    channels = {"train": {"t.csv": rows(20)}, "validation": {"v.csv": rows(9, 1)}}
    assert Job(tmp_path, channels, objective="reg:squarederror").train() == 0
    log = capsys.readouterr().out
    expected = [
        "INFO] Imported framework sagemaker_xgboost_container.training",
        "Failed to parse hyperparameter objective value reg:squarederror to Json.",
        "Returning the value itself",
        "No GPUs detected (normal if no gpus installed)",
        "Running XGBoost Sagemaker in algorithm mode",
        "image sagemaker-xgboost:3.2-0 is run by xgboost 3.2.0",
        "Determined 0 GPU(s) available on the instance.",
        "Determined delimiter of CSV input is ','",
        "File path /opt/ml/input/data/train of input files",
        "Making smlinks from folder /opt/ml/input/data/train to folder "
        "/tmp/sagemaker_xgboost_input_data",
        "creating symlink between Path /opt/ml/input/data/train/t.csv and destination ",
        "files path: /tmp/sagemaker_xgboost_input_data",
        "File path /opt/ml/input/data/validation of input files",
        "Single node training.",
        "TRAIN_JOB_DEBUG: Received is_master=True",
        "Train matrix has 20 rows and 3 columns",
        "Validation matrix has 9 rows",
        "CALLBACK_SETUP_DEBUG: save_model_on_termination=false, is_master=True",
        "[0]\ttrain-rmse:",
        "[1]\ttrain-rmse:",
        "FINAL_MODEL_DEBUG: is_master=True, model_dir=/opt/ml/model",
        "FINAL_MODEL_SAVE: Saving final model as master",
    ]
    position = 0
    for line in expected:
        assert line in log[position:], line
        position = log.index(line, position)
    assert re.search(r"^\[\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d:INFO\] ", log)
    assert str(tmp_path) not in log


def test_metric_definitions_read_the_log(tmp_path, capsys):
    """CloudWatch's form of a line (#011 for a tab) gives each metric to its own regex."""
    channels = {"train": {"t.csv": rows(20)}, "validation": {"v.csv": rows(9, 1)}}
    job = Job(tmp_path, channels, objective=SQUARED, eval_metric="mae,mape", num_round=1)
    assert job.train() == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("[0]"))
    stored = line.replace("\t", "#011")
    found = {}
    for definition in metric_definitions():
        match = re.search(definition["Regex"], stored)
        if match:
            found[definition["Name"]] = float(match[1])
    assert set(found) == {
        "train:mape", "train:mae", "validation:mape", "validation:mae",
    }  # fmt: skip
    assert found["validation:mae"] == scores(line, "validation-mae")[0]
    # All of a channel's metrics are adjacent, xgboost's before the container's.
    names = re.findall(r"\t([a-z]+-[a-z]+):", line)
    assert names == ["train-mape", "train-mae", "validation-mape", "validation-mae"]


def test_default_metric_is_printed_beside_a_container_metric(tmp_path, capsys):
    """With the metric mse alone, the objective's own metric is printed too, before it."""
    channels = {"train": {"t.csv": rows(20)}}
    assert Job(tmp_path, channels, objective=SQUARED, eval_metric="mse").train() == 0
    log = capsys.readouterr().out
    assert re.search(r"^\[0\]\ttrain-rmse:\S+\ttrain-mse:\S+$", log, re.MULTILINE)
    pairs = zip(scores(log, "train-rmse"), scores(log, "train-mse"), strict=True)
    assert all(rmse**2 == pytest.approx(mse, abs=1e-4) for rmse, mse in pairs)


def test_rmse_of_a_logistic_model_is_on_margins(tmp_path, capsys):
    """Up to 1.7-1 the container computes rmse from raw margins: it can exceed 1."""
    text = "\n".join(f"{i % 2},{i % 2}" for i in range(40))
    job = Job(
        tmp_path, {"train": {"t.csv": text}},
        objective="binary:logistic", eval_metric="rmse,accuracy", num_round=30, min_child_weight=0,
    )  # fmt: skip
    assert job.train("1.7-1") == 0
    log = capsys.readouterr().out
    assert scores(log, "train-rmse")[-1] > 1
    assert scores(log, "train-accuracy")[-1] == 1
    assert "The values of rmse are not in the unit of the labels" in log


def test_early_stopping_keeps_the_best_round(tmp_path, capsys):
    """A model that stopped early is cut to its best round."""
    channels = {"train": {"t.csv": rows(30)}, "validation": {"v.csv": rows(30, 1)}}
    job = Job(
        tmp_path, channels,
        objective=SQUARED, num_round=200, early_stopping_rounds=4, eval_metric="rmse",
    )  # fmt: skip
    assert job.train() == 0
    values = scores(capsys.readouterr().out, "validation-rmse")
    assert len(values) < 200
    best = xgboost.Booster(model_file=job.model).num_boosted_rounds()
    assert len(values) == best + 4
    assert values[best - 1] == min(values)


@pytest.mark.parametrize("more", [{"eval_metric": None}, {"validation": False}])
def test_early_stopping_needs_a_metric_and_validation(tmp_path, capsys, more):
    """Without a named metric, or without the channel, the setting has no effect."""
    channels = {"train": {"t.csv": rows(30)}}
    if more.pop("validation", True):
        channels["validation"] = {"v.csv": rows(30, 1)}
    options = {"objective": SQUARED, "eval_metric": "rmse", **more}
    job = Job(tmp_path, channels, num_round=30, early_stopping_rounds=1, **options)
    assert job.train() == 0
    assert len(scores(capsys.readouterr().out, "train-rmse")) == 30


def test_tuning_metric_is_added(tmp_path, capsys):
    """The metric that a tuning job optimises is computed too, and named in the log."""
    channels = {"train": {"t.csv": rows(20)}, "validation": {"v.csv": rows(9, 1)}}
    job = Job(
        tmp_path, channels,
        objective=SQUARED, _tuning_objective_metric="validation:mae", eval_metric="rmsle",
    )  # fmt: skip
    assert job.train() == 0
    log = capsys.readouterr().out
    assert "Setting up HPO optimized metric to be : mae" in log
    assert len(scores(log, "validation-mae")) == 2


def test_every_version_trains(tmp_path):
    """All versions in the table train on the same data."""
    for version in versions.VERSIONS:
        job = Job(tmp_path / version, {"train": {"t.csv": FIVE_ROWS}})
        assert job.train(version) == 0
        assert job.model.exists()


def test_folder_with_any_name(tmp_path):
    """The folder's name may have characters with a meaning in xgboost's URIs."""
    job = Job(tmp_path / "o p#t?m;l&=", {"train": {"a b#?.csv": FIVE_ROWS}})
    assert job.train() == 0
