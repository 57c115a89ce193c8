"""Checkpoints are written and resumed from, and a stopped job has a model."""

import re

import xgboost
from support.xgboost_job import FIVE_ROWS, Job

from helpers.local.containers.xgboost import callbacks, checkpoints, model_file

CHECKPOINTS = {"S3Uri": "s3://bucket/prefix", "LocalPath": "/opt/ml/checkpoints"}


def checkpointed(tmp_path, name, rounds, **more):
    job = Job(tmp_path / name, {"train": {"t.csv": FIVE_ROWS}}, num_round=rounds, **more)
    job.configure("checkpointconfig", CHECKPOINTS)
    return job


def test_the_newest_five_are_kept(tmp_path):
    """Each round writes a checkpoint, the newest five are kept, and none is incomplete."""
    job = checkpointed(tmp_path, "a", 8)
    assert job.train() == 0
    names = sorted(path.name for path in (job.opt_ml / "checkpoints").iterdir())
    assert names == [f"xgboost-checkpoint.{number}" for number in (3, 4, 5, 6, 7)]


def test_resumed_training_is_the_same(tmp_path, capsys):
    """A job resumed from checkpoints ends with the same model, and continues the count."""
    whole = checkpointed(tmp_path, "whole", 9)
    assert whole.train() == 0
    first = checkpointed(tmp_path, "first", 4)
    assert first.train() == 0
    capsys.readouterr()
    second = checkpointed(tmp_path, "second", 9)
    (first.opt_ml / "checkpoints").rename(second.opt_ml / "checkpoints")
    assert second.train() == 0
    log = capsys.readouterr().out
    assert "Checkpoint loaded from /opt/ml/checkpoints/xgboost-checkpoint.3" in log
    assert "Resuming from iteration 4" in log
    assert re.findall(r"^\[(\d+)\]", log, re.MULTILINE) == ["4", "5", "6", "7", "8"]
    models = [xgboost.Booster(model_file=job.model) for job in (whole, second)]
    assert models[0].get_dump() == models[1].get_dump()


def test_a_finished_job_has_nothing_left_to_do(tmp_path):
    """If all the rounds are in the checkpoint, it becomes the model without training."""
    job = checkpointed(tmp_path, "a", 3)
    assert job.train() == 0
    assert job.train() == 0
    assert xgboost.Booster(model_file=job.model).num_boosted_rounds() == 3


def test_broken_checkpoints_are_passed_over(tmp_path, capsys):
    """The newest readable checkpoint is used, and without one training starts over."""
    job = checkpointed(tmp_path, "a", 3)
    folder = job.opt_ml / "checkpoints"
    folder.mkdir()
    for number, content in enumerate([b"", b"junk"]):
        (folder / f"xgboost-checkpoint.{number}").write_bytes(content)
    assert job.train() == 0
    assert "Resuming" not in capsys.readouterr().out


def test_early_stopping_of_an_earlier_job_is_forgotten(tmp_path):
    """The best round of an earlier job doesn't cut the model of the one that resumes."""
    model = xgboost.train({}, xgboost.DMatrix([[1.0], [2.0]], label=[1, 2]), 1)
    model.set_attr(best_iteration="0", best_score="1")
    model_file.save(model, tmp_path / "xgboost-checkpoint.0")
    booster, rounds = checkpoints.load_newest(tmp_path)
    assert rounds == 1
    assert booster.attributes() == {}


def test_no_checkpoints_without_configuration(tmp_path):
    """A job without a checkpoint configuration writes none."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}})
    assert job.train() == 0
    assert not (tmp_path / "checkpoints").exists()


def test_intermediate_model(tmp_path):
    """save_model_on_termination writes the model after every round."""
    model = xgboost.train({}, xgboost.DMatrix([[1.0], [2.0]], label=[1, 2]), 2)
    path = tmp_path / "model" / "xgboost-model"
    checkpoints.SaveIntermediateModel(path).after_iteration(model, 0, {})
    assert xgboost.Booster(model_file=path).num_boosted_rounds() == 2


def test_leaving_cleans_the_model_folder(tmp_path, monkeypatch):
    """At SIGTERM only models stay in the folder, and the process ends with 0."""
    for name in ("xgboost-model", "xgboost-model.sagemaker-ignore", "other"):
        (tmp_path / name).touch()
    left = []
    monkeypatch.setattr(callbacks.os, "_exit", left.append)
    callbacks._exit_on_sigterm(tmp_path)
    assert left == [0]
    assert [path.name for path in tmp_path.iterdir()] == ["xgboost-model"]
