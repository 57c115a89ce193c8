"""Check the training job."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from helpers.grading import job_checks, submitted_files, submitted_model
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.s3 import parse

if TYPE_CHECKING:
    import xgboost  # takes seconds: only where a model is read

CHANNELS = ("train", "validation")
OBJECTIVE = "binary:logistic"
IMAGE = "sagemaker-xgboost:3.2-0"
EARLY_STOPPING_ROUNDS = 10
STOPPING_METRIC, PLOTTED_METRIC = "logloss", "error"
MAX_RUNTIME_SECONDS = 3600
VOLUME_GB = 5  # asked for at Low Level, as is input mode File


def judge_training(submission: Submission) -> dict[str, Any]:
    """Train: XGBoost on both channels, for a probability, with early stopping; completed."""
    return check_training(submission)


def check_training(submission: Submission, folder: str = "") -> dict[str, Any]:
    """Check the newest training job on the files below a folder, which ends with a slash.

    Raises TaskError.
    """
    job = submission.newest_job("training", folder)
    with job_checks.judging(job, "training"):
        rows = check_definition(submission, job, job.get("HyperParameters", {}), folder)
        job_checks.check_tags(submission, job["TrainingJobArn"], "training job")
        job_checks.check_completed(job, "training")
        for name in CHANNELS:
            start = job["TrainingStartTime"]
            job_checks.check_unchanged_since(submission, f"{folder}{name}", start)
        _check_rows_read(rows, submission.training_log(job["TrainingJobName"]))
        trees = trained_model(submission, folder).num_boosted_rounds()
    return {"job": job["TrainingJobName"], "trees": trees}


def check_definition(
    submission: Submission,
    definition: dict[str, Any],
    hyperparameters: dict[str, str],
    folder: str = "",
) -> dict[str, int]:
    """Check what a training job, or a tuning job's definition of its training jobs, asks for.

    Returns the number of rows of each channel. Raises TaskError.
    """
    job_checks.check_training_image(definition, IMAGE)
    channels = {
        channel["ChannelName"]: channel for channel in definition.get("InputDataConfig", [])
    }
    if "train" not in channels:
        raise TaskError(
            'The training job has no channel "train": XGBoost looks for its training rows in a '
            "channel of that name."
        )
    _check_stopping(hyperparameters, channels)
    _check_objective(hyperparameters)
    columns = len(vocabulary_of(submission, folder))
    rows = {
        name: _check_channel(submission, f"{folder}{name}", channels[name], columns)
        for name in CHANNELS
    }
    _check_request(submission, definition)
    return rows


def trained_model(submission: Submission, folder: str = "") -> xgboost.Booster:
    """Return the model of the newest training job on files below a folder. Raises TaskError."""
    return _load_model(submission, folder)


@functools.lru_cache(maxsize=2)
def _load_model(submission: Submission, folder: str) -> xgboost.Booster:
    job = submission.newest_job("training", folder)
    job_checks.check_completed(job, "training")
    return model_of(submission, job)


def artifacts_of(job: dict[str, Any]) -> str:
    """Return the S3 URI of the artifacts that a training job left, or ''; as `model_data`."""
    return job.get("ModelArtifacts", {}).get("S3ModelArtifacts", "").rstrip("/")


def model_of(submission: Submission, job: dict[str, Any]) -> xgboost.Booster:
    """Return the model that a completed training job left. Raises TaskError."""
    artifacts = parse(job["ModelArtifacts"]["S3ModelArtifacts"])
    return submitted_model.load(submission.download(artifacts.bucket, artifacts.key))


def _check_stopping(hyperparameters: dict[str, str], channels: dict[str, dict]) -> None:
    rounds = hyperparameters.get("early_stopping_rounds", "")
    if not rounds.isdigit() or int(rounds) < 1:
        raise TaskError(
            "Nothing tells the job to stop when more trees no longer help, so it builds all of "
            "them. Which hyperparameter says how many rounds to wait?"
        )
    job_checks.check_settings(
        "training", {"number of rounds to wait": (int(rounds), EARLY_STOPPING_ROUNDS)}
    )
    if "validation" not in channels:
        raise TaskError(
            'Early stopping needs a "validation" channel: without validation rows the job cannot '
            "see when to stop."
        )
    _check_metrics(hyperparameters.get("eval_metric", ""))


def _check_metrics(value: str) -> None:
    """Raise TaskError unless the metrics are those to plot and, named last, the one to stop by."""
    metrics = value.split(",")
    if not value.strip(", "):
        raise TaskError(
            "Early stopping needs a metric: what should the job measure on the validation rows?"
        )
    if value.startswith(("[", "(")) or " " in value:
        raise TaskError(
            f"eval_metric is {value}. A hyperparameter is one text: how do you separate two names "
            "in it by a comma and nothing else?"
        )
    if PLOTTED_METRIC not in metrics:
        raise TaskError(
            f"The job measures {value}. The task asks for two metrics, and the cells below draw "
            f'the curve of "{PLOTTED_METRIC}": where is it named?'
        )
    if metrics[-1] != STOPPING_METRIC:
        raise TaskError(
            f"The metrics are {value}, so {metrics[-1]} decides when to stop. Which metric does "
            "the task use for that, and in which position?"
        )


def _check_objective(hyperparameters: dict[str, str]) -> None:
    objective = hyperparameters.get("objective", "")
    if objective != OBJECTIVE:
        problem = f"The objective is {objective}" if objective else "No objective is set"
        raise TaskError(
            f"{problem}. The label is 0 or 1, and you want to know how likely a 1 is: look for an "
            "objective for two classes that gives a probability."
        )


def _check_request(submission: Submission, definition: dict[str, Any]) -> None:
    """Raise TaskError unless the rest of the request is as the task asks."""
    output, expected = definition["OutputDataConfig"]["S3OutputPath"], submission.uri("output")
    if not f"{output}/".startswith(f"{expected}/"):
        raise TaskError(f"The job writes to {output}. Is that below {expected}?")
    settings = job_checks.request_settings(definition, MAX_RUNTIME_SECONDS)
    if submission.is_low_level:
        mode = definition["AlgorithmSpecification"].get("TrainingInputMode")
        settings |= {
            "disk size in GB": (definition["ResourceConfig"].get("VolumeSizeInGB"), VOLUME_GB)
        }
        settings |= {"input mode": (mode, "File")}
    job_checks.check_settings("training", settings)


def _check_channel(
    submission: Submission, folder: str, channel: dict[str, Any], columns: int
) -> int:
    """Return the number of rows in the folder that a channel reads. Raises TaskError."""
    name = channel["ChannelName"]
    uri = channel["DataSource"].get("S3DataSource", {}).get("S3Uri", "")
    if not job_checks.reads_exactly(submission, uri, folder):
        raise TaskError(
            f'The channel "{name}" reads every object whose URI starts with {uri}. It should read '
            f"all of {submission.uri(folder)}/ and nothing else."
        )
    content_type = channel.get("ContentType", "")
    if not content_type:
        raise TaskError(
            f'The channel "{name}" does not say in which format its file is. XGBoost then guesses, '
            "and not always correctly: which setting of a channel names the format?"
        )
    table = submitted_files.read_file(submission, folder, columns, labelled=True)
    if content_type not in submitted_files.CONTENT_TYPES:
        raise TaskError(
            f'The channel "{name}" says {content_type}, but its file is written as libsvm.'
        )
    return table.features.shape[0]


def _check_rows_read(rows: dict[str, int], log: str) -> None:
    """Raise TaskError if the job's log tells that it has read files that were deleted since."""
    for name, expected in rows.items():
        match = re.search(rf"{name.title()} matrix has (\d+) rows", log)
        if match and int(match[1]) != expected:
            raise TaskError(
                f"The training job read {int(match[1]):,} rows for {name}, but {name}/ now has "
                f"{expected:,}. Train again with the files that are there now."
            )
