"""Training jobs of the built-in XGBoost, run in this process: values, log, failures."""

import json
import os
import re

import numpy as np
import pytest
import xgboost
from support.xgboost_job import FIVE_ROWS, Job

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


def rows(count: int, seed: int = 0) -> str:
    """Return a CSV of `count` rows whose label depends on the first of three features."""
    table = np.random.default_rng(seed).random((count, 4)).round(3)
    table[:, 0] = (table[:, 1] > 0.5) + table[:, 2] / 10
    return "\n".join(",".join(map(str, row)) for row in table) + "\n"


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


def test_failure_of_the_open_container(tmp_path, capsys):
    """A user's error gives exit code 1, and a log with a traceback that ends with the text."""
    job = Job(tmp_path, {"train": {"t.csv": rows(9)}}, silent=0)
    assert job.train() == 1
    text = job.failure
    assert text.startswith("framework error: \nTraceback (most recent call last):\n")
    assert text.endswith("\nExtraneous hyperparameter found: silent")
    assert "UserError: Extraneous hyperparameter found: silent" in text
    log = capsys.readouterr().out
    assert "Reporting training FAILURE" in log
    assert text in log
    assert str(tmp_path) not in log + text
    assert os.getcwd() not in log + text
    assert not job.model.exists()


def test_failure_in_xgboost(tmp_path):
    """Labels that don't fit the objective get 3.2.0's text, which the container doesn't list."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS.replace("1,", "7,")}},
              objective="binary:logistic")  # fmt: skip
    assert job.train() == 1
    assert "AlgorithmError: XGB train call failed with exception:\n " in job.failure
    assert "label must be in (0, 1) for logistic regression" in job.failure or (
        "base_score must be in (0,1) for the logistic loss" in job.failure
    )


def test_failure_that_the_container_blames_on_the_user(tmp_path):
    """An xgboost error that the container lists as the user's is shown without the prefix."""
    from helpers.local.containers.toolkit.errors import UserError
    from helpers.local.containers.xgboost import trainer

    error = trainer.to_container_error(
        ValueError("Parameter reg_lambda should be greater equal to 0"), versions.VERSIONS["3.2-0"]
    )
    assert isinstance(error, UserError)
    assert str(error) == "Parameter reg_lambda should be greater equal to 0"


def test_removed_settings_fail_in_xgboost(tmp_path):
    """gpu_hist passes the check of hyperparameters, and xgboost 3.2.0 refuses it."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, tree_method="gpu_hist")
    assert job.train() == 1
    assert "Invalid Input: 'gpu_hist', valid values are: " in job.failure


def test_old_settings_still_train(tmp_path, capsys):
    """reg:linear still trains, and settings that xgboost no longer knows only cause warnings."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, objective="reg:linear", sketch_eps=0.03)
    assert job.train() == 0
    assert 'Parameters: { "sketch_eps" } are not used.' in capsys.readouterr().out


def test_silent_of_the_old_family(tmp_path, capsys):
    """0.72 accepts `silent`, and writes metrics with six digits at most."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, silent=0, base_score=0.5)
    assert job.train("0.72") == 0
    log = capsys.readouterr().out
    assert "Arguments: train\n" in log
    assert re.search(r"^\[0\]\ttrain-rmse:0\.392548$", log, re.MULTILINE)
    assert "is run by xgboost 3.2.0" in log


def test_header_in_the_old_family(tmp_path, capsys):
    """0.72 refuses a header as the user's error, in its own words."""
    job = Job(tmp_path, {"train": {"train.csv": "medv,crim,zn\n24.0,0.006,18.0\n"}})
    assert job.train("0.72") == 1
    assert job.failure == (
        "Non-numeric value 'm' found in the header line 'medv,crim,zn...' of file 'train.csv'. CSV "
        "format require no header line in it. If header line is already removed, XGBoost does not "
        "accept non-numeric value in the data."
    )
    assert f"Customer Error: {job.failure}" in capsys.readouterr().out


def test_header_in_the_open_family(tmp_path, capsys):
    """With a header today's image completes, with one more row and a warning that helps."""
    text = "medv,crim,zn\n24.0,0.006,18.0\n21.6,0.027,yes\n"
    assert Job(tmp_path, {"train": {"train.csv": text}}).train() == 0
    log = capsys.readouterr().out
    assert "Train matrix has 3 rows and 2 columns" in log
    assert "train.csv, line 1: text 'medv' in column 1 (the label)" in log
    assert "is that a header?" in log
    assert "train.csv, line 3: text 'yes' in column 3" in log
    assert "without any message, on AWS too" in log
    assert "header=False, index=False" in log


def test_no_content_type(tmp_path):
    """A CSV on a channel without content type is refused as libsvm, by each family's text."""
    job = Job(tmp_path, {"train": {"train.csv": "24.0,0.00632,18.0\n"}}, content_type=None)
    assert job.train() == 1
    assert job.failure.endswith(
        "First line '24.0,0.00632,18.0\n...' of file 'train.csv' is not 'LIBSVM' format. Please "
        "ensure the file is in 'LIBSVM' format."
    )
    assert job.train("0.72") == 1
    assert job.failure == (
        "Blankspace and colon not found in firstline '24.0,0.00632,18.0...' of file 'train.csv'. "
        "ContentType by defaullt is in libsvm. Please ensure the file is in libsvm format."
    )


def test_index_as_label_is_noticed(tmp_path, capsys):
    """Labels 0, 1, 2, ... are most likely an index that was written by mistake."""
    text = "".join(f"{i},{i * 7 % 5},{i * 3 % 7}\n" for i in range(10))
    assert Job(tmp_path, {"train": {"train.csv": text}}).train() == 0
    assert "The labels of channel 'train' are 0, 1, 2, ..." in capsys.readouterr().out


@pytest.mark.parametrize("channel", ["train", "validation"])
def test_empty_channel(tmp_path, channel):
    """A declared channel without data fails with its path as AWS shows it."""
    channels = {"train": {"t.csv": rows(9)}, "validation": {"v.csv": rows(9)}, channel: {}}
    kind = "training" if channel == "train" else "validation"
    for files in ({}, {"empty.csv": ""}):
        job = Job(tmp_path, {**channels, channel: files})
        assert job.train() == 1
        assert job.failure.endswith(
            f"\nNo data in {kind} channel path /opt/ml/input/data/{channel}"
        )


def test_unsupported_settings_are_refused(tmp_path):
    """A setting that isn't supported (folds on two hosts, GPU) is refused with the remedy."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, _kfold=2)
    job.configure("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]})
    assert job.train() == 1
    assert "set the instance count to 1" in job.failure
    job = Job(tmp_path / "gpu", {"train": {"t.csv": FIVE_ROWS}}, use_dask_gpu_training="true")
    assert job.train() == 1
    assert "leave out use_dask_gpu_training" in job.failure


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
