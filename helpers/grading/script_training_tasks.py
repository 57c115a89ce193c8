"""Check the training job of the PyTorch project, and the epoch that its log shows to be best."""

from __future__ import annotations

import functools
import io
import re
import tarfile
import zlib
from typing import Any

from helpers.grading import job_checks
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_reports import read_report
from helpers.grading.submitted_tables import number, read_table
from helpers.grading.word_ids_tasks import FILES, judge_padded
from helpers.s3 import parse

OUTPUT = "output"
"""The folder of the job that counts; a job that is only a comparison writes elsewhere."""

IMAGE = "pytorch-training:2.10-cpu-py313"
METRIC = "validation:accuracy"
MIN_EPOCHS, MAX_RUNTIME_SECONDS = 2, 3600
MODEL_FILES = {"model.pth", "vocabulary.json", "code/inference.py"}
EPOCHS_HEADER = "epoch,train_loss,validation_accuracy"
TOLERANCE = 5e-4  # an accuracy may be rounded to three digits
_EPOCH = re.compile(r"epoch=(\d+) train_loss=([\d.]+) .*validation_accuracy=([\d.]+)")


def training_job(submission: Submission) -> dict[str, Any]:
    """Return the newest training job that writes to the folder of the task. Raises TaskError."""
    return submission.newest_job("training", OUTPUT)


def judge_script_training(submission: Submission) -> dict[str, Any]:
    """Train: the script, in the PyTorch image, with a metric read from its log; completed."""
    job = training_job(submission)
    with job_checks.judging(job, "training"):
        job_checks.check_training_image(job, IMAGE)
        _check_script(job)
        _check_channels(submission, job)
        _check_hyperparameters(job)
        settings = job_checks.request_settings(job, MAX_RUNTIME_SECONDS)
        job_checks.check_settings("training", settings)
        job_checks.check_tags(submission, job["TrainingJobArn"], "training job")
        job_checks.check_completed(job, "training")
        for name in FILES:
            job_checks.check_unchanged_since(submission, name, job["TrainingStartTime"])
        _check_metric(job)
        _check_artifacts(submission, job)
    return {"job": job["TrainingJobName"], "epochs": len(logged_epochs(submission))}


def logged_epochs(submission: Submission) -> list[tuple[int, float, float]]:
    """Return epoch, training loss and validation accuracy of each epoch. Raises TaskError."""
    job = training_job(submission)
    log = submission.training_log(job["TrainingJobName"])
    epochs = [(int(n), float(loss), float(share)) for n, loss, share in _EPOCH.findall(log)]
    if not epochs:
        raise TaskError("The log of your training job has no line for an epoch: train again.")
    return epochs


def judge_best_epoch(submission: Submission) -> dict[str, Any]:
    """Choose the epoch: the log's epochs as a table, and the one that validates best."""
    expected = logged_epochs(submission)
    rows = read_table(submission, "epochs.csv", EPOCHS_HEADER)
    columns = EPOCHS_HEADER.split(",")
    reported = [tuple(number(row, column, "epochs.csv") for column in columns) for row in rows]
    if len(reported) != len(expected):
        raise TaskError(
            f"epochs.csv has {len(reported)} rows; the log of your newest training job has "
            f"{len(expected)} epochs. Was the log read to its end, and is it that job's?"
        )
    for row, logged in zip(reported, expected, strict=True):
        if any(abs(one - other) > TOLERANCE for one, other in zip(row, logged, strict=True)):
            raise TaskError(
                f"epochs.csv says {row} of an epoch, and the log of your newest training job "
                f"{logged}: which job's log was read?"
            )
    best = read_report(submission, "best.json", ["epoch"])["epoch"]
    accuracy = {epoch: share for epoch, _, share in expected}
    highest = max(accuracy, key=accuracy.get)
    if best != highest:
        raise TaskError(_explain_best(best, expected))
    return {"epoch": highest, "accuracy": accuracy[highest]}


def _explain_best(best: Any, epochs: list[tuple[int, float, float]]) -> str:
    """Return what is most likely wrong with an epoch that is not the best one."""
    hint = f"best.json names epoch {best!r:.20}."
    if best == min(epochs, key=lambda epoch: epoch[1])[0]:
        return (
            f"{hint} That one has the lowest loss on the reviews that it has learned from. Which "
            "reviews show how the model does on others?"
        )
    if best == epochs[-1][0]:
        return f"{hint} That is the last one, which need not be the best. How do you tell?"
    highest = max(epoch[2] for epoch in epochs)
    if (best, highest) in [(epoch, share) for epoch, _, share in epochs]:
        return f"{hint} An earlier epoch is as accurate, and the script saves the first of them."
    return f"{hint} Another epoch labels more of the validation reviews correctly."


def _check_script(job: dict[str, Any]) -> None:
    """Raise TaskError unless the job runs a script, by either protocol."""
    specification = job["AlgorithmSpecification"]
    if "ContainerEntrypoint" in specification:
        return
    program = job.get("HyperParameters", {}).get("sagemaker_program", "").strip('"')
    if not program:
        raise TaskError(
            "The training job runs no script: an image of PyTorch has no algorithm of its own. "
            "What tells SageMaker which file to run?"
        )
    if program != "train.py":
        raise TaskError(f"The training job runs {program!r:.40}; the script is train.py.")


def _check_channels(submission: Submission, job: dict[str, Any]) -> None:
    """Raise TaskError unless both channels read exactly the files of task 2."""
    channels = {channel["ChannelName"]: channel for channel in job.get("InputDataConfig", [])}
    for name in FILES:
        if name not in channels:
            raise TaskError(
                f'The training job has no channel "{name}", and the script reads two: their names '
                "make the variables SM_CHANNEL_TRAIN and SM_CHANNEL_VALIDATION."
            )
        uri = channels[name]["DataSource"].get("S3DataSource", {}).get("S3Uri", "")
        if not job_checks.reads_exactly(submission, uri, name):
            raise TaskError(
                f'The channel "{name}" reads every object whose URI starts with {uri}. It should '
                f"read all of {submission.uri(name)}/ and nothing else."
            )
    judge_padded(submission)


def _check_hyperparameters(job: dict[str, Any]) -> None:
    """Raise TaskError if the job was told to train for too few epochs, or to read the padding."""
    hyperparameters = {k: v.strip('"') for k, v in job.get("HyperParameters", {}).items()}
    epochs = hyperparameters.get("epochs", "10")
    if epochs.isdigit() and int(epochs) < MIN_EPOCHS:
        raise TaskError(f"The job trains for {epochs} epoch: there is nothing to choose from.")
    if hyperparameters.get("pad-to") == "all":
        raise TaskError(
            'The job has the hyperparameter pad-to="all", which is for the comparison below. That '
            'one writes to <prefix>/comparison, this one to <prefix>/output and leaves "pad-to" '
            "out."
        )


def _check_metric(job: dict[str, Any]) -> None:
    """Raise TaskError unless SageMaker has read the accuracy from the log."""
    defined = job["AlgorithmSpecification"].get("MetricDefinitions", [])
    names = [definition["Name"] for definition in defined]
    if METRIC not in names:
        raise TaskError(
            f"The job defines {', '.join(names) or 'no metric'}. The task asks for one called "
            f'"{METRIC}": SageMaker finds it in the log by a regular expression.'
        )
    found = [metric["MetricName"] for metric in job.get("FinalMetricDataList", [])]
    if METRIC not in found:
        regex = next(d["Regex"] for d in defined if d["Name"] == METRIC)
        raise TaskError(
            f"The regular expression {regex!r:.80} of {METRIC} is found nowhere in the log. What "
            "does a line of the script look like, and is the number in a group?"
        )


def _check_artifacts(submission: Submission, job: dict[str, Any]) -> None:
    missing = sorted(
        MODEL_FILES - model_files(submission, job["ModelArtifacts"]["S3ModelArtifacts"])
    )
    if missing:
        raise TaskError(
            f"The model artifacts have no {missing[0]}, which inference needs: does train.py still "
            "save what it did?"
        )


@functools.lru_cache(maxsize=2)
def model_files(submission: Submission, uri: str) -> set[str]:
    """Return the paths of the files in a model.tar.gz. Raises TaskError."""
    artifacts = parse(uri)
    content = submission.download(artifacts.bucket, artifacts.key)
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            return {member.name.removeprefix("./") for member in archive if member.isfile()}
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise TaskError(f"{uri} cannot be read: {error}. Train again.") from None
