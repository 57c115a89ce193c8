"""Training jobs of the built-in XGBoost fail, or warn, as on AWS if settings or data are wrong."""

import os
import re
import time

import pytest
from support.xgboost_job import FIVE_ROWS, Job, rows

from helpers.local.containers.xgboost import versions


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


@pytest.mark.parametrize("version", ["0.72", "3.2-0"])
def test_the_time_of_a_failure_is_exact(tmp_path, monkeypatch, version):
    """The file with the reason has the system's time, not that of the file system's clock."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
    job = Job(tmp_path, {"train": {"t.csv": rows(9)}}, objective="no such")
    assert job.train(version) != 0
    stat = (tmp_path / "output/failure").stat()
    assert stat.st_mtime_ns == 1_800_000_000_000_000_000


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
