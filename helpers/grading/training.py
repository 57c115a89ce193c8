"""Judge the training job."""

from __future__ import annotations

from typing import Any

from helpers.grading import files, models
from helpers.grading.evidence import CLOCKS, LARGE, Evidence
from helpers.grading.jobs import check_as_read, check_ended, covers
from helpers.grading.prepared import vocabulary_of
from helpers.grading.tasks import Hint
from helpers.s3 import parse

OBJECTIVE = "binary:logistic"


def judge_training(evidence: Evidence) -> dict[str, Any]:
    """Train: XGBoost on both channels, for a probability, stopped early; completed."""
    job = training_job(evidence)
    if "xgboost" not in job["AlgorithmSpecification"].get("TrainingImage", ""):
        raise Hint("The training job does not run the XGBoost image: use train_uri.")
    channels = {channel["ChannelName"]: channel for channel in job.get("InputDataConfig", [])}
    if "train" not in channels:
        raise Hint('The training job has no channel "train": XGBoost knows its data by that name.')
    settings = job.get("HyperParameters", {})
    _check_stopping(settings, channels)
    _check_objective(settings)
    for name in ("train", "validation"):
        _check_channel(evidence, name, channels[name])
    check_ended(job, "training", job["TrainingJobStatus"])
    for name in ("train", "validation"):
        check_as_read(evidence, name, job["TrainingStartTime"])
    return {"job": job["TrainingJobName"], "trees": booster(evidence).num_boosted_rounds()}


def training_job(evidence: Evidence) -> dict[str, Any]:
    """Describe the newest training job of the exercise. Raises Hint if there is none."""
    found = evidence.jobs("training")
    if not found:
        raise Hint(
            f"There is no training job yet that writes below {evidence.uri('')}, created since the "
            "notebook began."
        )
    return found[0]


def _check_stopping(settings: dict[str, str], channels: dict[str, dict]) -> None:
    rounds = settings.get("early_stopping_rounds", "")
    if not rounds.isdigit() or int(rounds) < 1:
        raise Hint(
            "Nothing tells the job to stop when more trees don't help: it builds all of them. "
            "The hyperparameters have a name for how many rounds to wait."
        )
    if "validation" not in channels:
        raise Hint(
            "The job shall stop early, but has no rows to see by that it is time: there is no "
            'channel "validation".'
        )
    metrics = [metric for metric in settings.get("eval_metric", "").split(",") if metric]
    if not metrics:
        raise Hint(
            "The job shall stop early, but not by which figure: name what it measures on the "
            "validation rows."
        )


def _check_objective(settings: dict[str, str]) -> None:
    objective = settings.get("objective", "")
    if objective != OBJECTIVE:
        said = f"The objective is {objective}" if objective else "No objective is set"
        raise Hint(
            f"{said}. The answer is 0 or 1, and we want to know how probable a 1 is: look for an "
            "objective of two classes that gives a probability."
        )


def _check_channel(evidence: Evidence, name: str, channel: dict[str, Any]) -> None:
    where = channel["DataSource"].get("S3DataSource", {}).get("S3Uri", "")
    if not covers(evidence, where, name):
        raise Hint(
            f'The channel "{name}" reads {where}, but what you uploaded for it is at '
            f"{evidence.uri(name)}/."
        )
    kind = channel.get("ContentType", "")
    if not kind:
        raise Hint(
            f'The channel "{name}" does not say in which format its file is. XGBoost then guesses, '
            "and doesn't always guess right: what does a channel call that?"
        )
    data = files.read_folder(evidence, name, len(vocabulary_of(evidence)), labelled=True)
    if kind not in files.FORMATS[data.format]:
        raise Hint(f'The channel "{name}" says {kind}, but its file is written as {data.format}.')


def booster(evidence: Evidence):
    """The model that the training job left, read by xgboost's own format. Raises Hint."""
    job = training_job(evidence)
    artifacts = job.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if not artifacts:
        raise Hint("The training job has left no model artifacts.")
    where = parse(artifacts)
    stored = evidence.stored(where.bucket, where.key)
    if stored.modified > job["TrainingEndTime"] + CLOCKS:
        raise Hint(f"{stored.key} was changed after the training job had ended.")
    return models.load(evidence.content(stored, LARGE, where.bucket))
