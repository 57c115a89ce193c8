"""The log warns where training succeeds, on AWS too, but not as a user would expect."""

import re

import numpy as np
import pytest
from support.xgboost_job import Job

NOISE = np.random.default_rng(3).random((80, 3)).round(3)
POSITIVE = NOISE[:, 0] + NOISE[:, 1] > 1.3
BINARY = "".join(f"{int(y)},{a},{b},{c}\n" for y, (a, b, c) in zip(POSITIVE, NOISE, strict=True))
SHARE = f"{POSITIVE.mean():.5f}"


def scores(log: str, name: str) -> list[str]:
    """Return the values of a metric in a log, one for each round."""
    return re.findall(rf"\t{name}:(\S+)", log)


def test_accuracy_of_probabilities_is_the_share_of_positives(tmp_path, capsys):
    """Since 3.0-5 accuracy compares probabilities with 0, as on AWS, and the log says so."""
    job = Job(
        tmp_path, {"train": {"t.csv": BINARY}},
        objective="binary:logistic", eval_metric="accuracy", num_round=8,
    )  # fmt: skip
    assert job.train("3.2-0") == 0
    log = capsys.readouterr().out
    assert scores(log, "train-accuracy") == [SHARE] * 8
    assert "The values of accuracy are wrong with objective binary:logistic" in log
    assert job.train("1.7-1") == 0
    log = capsys.readouterr().out
    assert float(scores(log, "train-accuracy")[-1]) > 0.95
    assert "are wrong" not in log


@pytest.mark.parametrize(("version", "is_small"), [("3.2-0", True), ("1.7-1", False)])
def test_rmse_of_probabilities(tmp_path, capsys, version, is_small):
    """rmse of binary:logistic is on probabilities since 3.0-5, on log-odds before."""
    job = Job(
        tmp_path, {"train": {"t.csv": BINARY}},
        objective="binary:logistic", eval_metric="rmse", num_round=30,
    )  # fmt: skip
    assert job.train(version) == 0
    assert (float(scores(capsys.readouterr().out, "train-rmse")[-1]) < 0.4) is is_small


def test_accuracy_of_a_regression_fails(tmp_path):
    """The container's accuracy needs classes: the job fails as on AWS."""
    text = "".join(f"{a},{b}\n" for a, b, _ in NOISE)
    job = Job(
        tmp_path, {"train": {"t.csv": text}},
        objective="reg:squarederror", eval_metric="accuracy",
    )  # fmt: skip
    assert job.train() == 1
    assert "can't handle a mix of continuous and binary targets" in job.failure


def test_model_without_splits_is_named(tmp_path, capsys):
    """An objective whose start value is far off leaves a model that never split, and a warning."""
    text = "".join(f"{20 + 10 * a},{a},{b}\n" for a, b, _ in NOISE)
    data = {"train": {"t.csv": text}}
    job = Job(tmp_path, data, objective="reg:pseudohubererror", num_round=5)
    assert job.train() == 0
    assert "No tree of the model has a split" in capsys.readouterr().out
    job = Job(tmp_path / "fine", data, objective="reg:squarederror", num_round=5)
    assert job.train() == 0
    assert "No tree of the model has a split" not in capsys.readouterr().out


def stopping(tmp_path, metric: str, **more) -> Job:
    """Return a job with a validation channel that stops early."""
    rows = BINARY.splitlines(keepends=True)
    channels = {"train": {"t": "".join(rows[::2])}, "validation": {"v": "".join(rows[1::2])}}
    return Job(
        tmp_path, channels,
        **{"objective": "binary:logistic", "num_round": 30, "early_stopping_rounds": 3, **more},
        eval_metric=metric,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "logged"), [("error@0.5", "'error'"), ("error@0.30", "'error@0.3'")]
)
def test_metric_with_another_name_in_the_log(tmp_path, capsys, metric, logged):
    """Early stopping on a metric that xgboost logs by another name fails, with advice."""
    job = stopping(tmp_path, metric)
    assert job.train() == 1
    assert f"No metric named: {metric}" in job.failure
    assert f"stops by '{metric}', but xgboost logs {logged}" in capsys.readouterr().out


def test_ranking_with_a_cut_is_minimized(tmp_path, capsys):
    """ndcg@3 is minimized by early stopping, as on AWS, and the log says so."""
    lines = [f"{int(a * 4)} qid:{i // 8} 0:{b} 1:{c}\n" for i, (a, b, c) in enumerate(NOISE)]
    channels = {"train": {"t": "".join(lines)}, "validation": {"v": "".join(lines)}}
    job = Job(
        tmp_path, channels, "text/libsvm",
        objective="rank:ndcg", eval_metric="ndcg@3", num_round=30, early_stopping_rounds=3,
    )  # fmt: skip
    assert job.train() == 0
    log = capsys.readouterr().out
    values = scores(log, "validation-ndcg@3")
    assert len(values) == 4  # the first round is the worst, so the "best" one
    assert "Early stopping minimizes 'ndcg@3', although higher is better" in log


def test_metrics_are_rounded_twice(tmp_path, capsys, monkeypatch):
    """A container metric is written with six decimals before it is shown with five, as on AWS."""
    from helpers.local.containers.xgboost import metrics

    monkeypatch.setitem(metrics.CONTAINER, "mse", lambda labels, predicted: 0.1234547)
    job = Job(
        tmp_path, {"train": {"t.csv": BINARY}}, objective="reg:squarederror", eval_metric="mse"
    )
    assert job.train() == 0
    assert set(scores(capsys.readouterr().out, "train-mse")) == {f"{0.123455:.5f}"}
