"""Judge the training job."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy

from helpers.grading import submitted_files, submitted_model
from helpers.grading.job_checks import check_completed, check_unchanged_since, reads_exactly
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import CLOCKS, LARGE, Submission
from helpers.grading.tasks import TaskError
from helpers.s3 import parse

OBJECTIVE = "binary:logistic"
NEAR = 0.002
"""A log has five digits; and in libsvm written by others a 0 in column 0 may be missing."""


def judge_training(evidence: Submission) -> dict[str, Any]:
    """Train: XGBoost on both channels, for a probability, stopped early; completed."""
    job = training_job(evidence)
    if "xgboost" not in job["AlgorithmSpecification"].get("TrainingImage", ""):
        raise TaskError("The training job does not run the XGBoost image: use train_uri.")
    channels = {channel["ChannelName"]: channel for channel in job.get("InputDataConfig", [])}
    if "train" not in channels:
        raise TaskError(
            'The training job has no channel "train": XGBoost knows its data by that name.'
        )
    if "CheckpointConfig" in job:
        raise TaskError(
            "The training job may go on from a checkpoint: let it learn from train/ alone."
        )
    settings = job.get("HyperParameters", {})
    _check_stopping(settings, channels)
    _check_objective(settings)
    for name in ("train", "validation"):
        _check_channel(evidence, name, channels[name])
    check_completed(job, "training", job["TrainingJobStatus"])
    for name in ("train", "validation"):
        check_unchanged_since(evidence, name, job["TrainingStartTime"])
    return {"job": job["TrainingJobName"], "trees": trained_model(evidence).num_boosted_rounds()}


def training_job(evidence: Submission) -> dict[str, Any]:
    """Describe the newest training job of the exercise. Raises TaskError if there is none."""
    found = evidence.jobs("training")
    if not found:
        raise TaskError(
            f"There is no training job yet that writes below {evidence.uri('')}, created since the "
            "notebook began."
        )
    return found[0]


def _check_stopping(settings: dict[str, str], channels: dict[str, dict]) -> None:
    rounds = settings.get("early_stopping_rounds", "")
    if not rounds.isdigit() or int(rounds) < 1:
        raise TaskError(
            "Nothing tells the job to stop when more trees don't help: it builds all of them. "
            "The hyperparameters have a name for how many rounds to wait."
        )
    if "validation" not in channels:
        raise TaskError(
            "The job shall stop early, but has no rows to see by that it is time: there is no "
            'channel "validation".'
        )
    metrics = [metric for metric in settings.get("eval_metric", "").split(",") if metric]
    if not metrics:
        raise TaskError(
            "The job shall stop early, but not by which figure: name what it measures on the "
            "validation rows."
        )


def _check_objective(settings: dict[str, str]) -> None:
    objective = settings.get("objective", "")
    if objective != OBJECTIVE:
        said = f"The objective is {objective}" if objective else "No objective is set"
        raise TaskError(
            f"{said}. The answer is 0 or 1, and we want to know how probable a 1 is: look for an "
            "objective of two classes that gives a probability."
        )


def _check_channel(evidence: Submission, name: str, channel: dict[str, Any]) -> None:
    where = channel["DataSource"].get("S3DataSource", {}).get("S3Uri", "")
    if not reads_exactly(evidence, where, name):
        raise TaskError(
            f'The channel "{name}" reads {where}, and what begins so is something else than all '
            f"of {evidence.uri(name)}/, where it belongs."
        )
    kind = channel.get("ContentType", "")
    if not kind:
        raise TaskError(
            f'The channel "{name}" does not say in which format its file is. XGBoost then guesses, '
            "and doesn't always guess right: what does a channel call that?"
        )
    data = submitted_files.read_folder(evidence, name, len(vocabulary_of(evidence)), labelled=True)
    if kind not in submitted_files.FORMATS[data.format]:
        raise TaskError(
            f'The channel "{name}" says {kind}, but its file is written as {data.format}.'
        )


@functools.lru_cache(maxsize=1)
def trained_model(evidence: Submission):
    """Return the training job's model if it has learnt from train/. Raises TaskError."""
    job = training_job(evidence)
    check_completed(job, "training", job["TrainingJobStatus"])
    artifacts = job.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if not artifacts:
        raise TaskError("The training job has left no model artifacts.")
    where = parse(artifacts)
    stored = evidence.stored(where.bucket, where.key)
    if stored.modified > job["TrainingEndTime"] + CLOCKS:
        raise TaskError(f"{stored.key} was changed after the training job had ended.")
    model = submitted_model.load(evidence.content(stored, LARGE, where.bucket))
    _check_as_logged(evidence, evidence.log(job["TrainingJobName"]), model)
    return model


def _check_as_logged(evidence: Submission, log: str, model) -> None:
    """The job's log fits its model and the files: none of them was exchanged. Raises TaskError.

    The log tells how many rows were read, and how good the model was after each tree.
    """
    last = re.search(rf"^\[{model.num_boosted_rounds() - 1}\](.*)", log, re.MULTILINE)
    for name, word in (("train", "Train"), ("validation", "Validation")):
        data = submitted_files.read_folder(
            evidence, name, len(vocabulary_of(evidence)), labelled=True
        )
        read = re.search(rf"{word} matrix has (\d+) rows", log)
        if read and int(read[1]) != len(data.labels):
            raise TaskError(
                f"The training job read {int(read[1]):,} rows for {name}, but {name}/ has "
                f"{len(data.labels):,}. Train with the files that are there now."
            )
        told = last and re.search(rf"{name}-(error|logloss|auc):([\d.]+)", last[1])
        if not told:
            continue
        scores = submitted_model.predict(model, data.features, data.format)
        if not abs(_measured(told[1], data.labels, scores) - float(told[2])) <= NEAR:
            raise TaskError(
                f"By its log the training job's model has {name}-{told[1]} {told[2]}, but these "
                f"artifacts have another one for {name}/. Train with the files that are there now."
            )


def _measured(metric: str, labels: numpy.ndarray, scores: numpy.ndarray) -> float:
    """A metric as XGBoost measures it."""
    from sklearn import metrics

    if metric == "error":
        return float(((scores > 0.5) != (labels == 1)).mean())
    if metric == "auc":
        return float(metrics.roc_auc_score(labels, scores))
    return float(metrics.log_loss(labels, scores.astype(float), labels=[0, 1]))
