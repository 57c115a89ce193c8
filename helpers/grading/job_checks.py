"""What the checks of all jobs share: how a job ended, and what it has read."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

from helpers import tagging
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission

MAX_REASON_CHARS = 300
INSTANCE_TYPE = "ml.m5.large"
JOB_WORDS = {"training": "Training", "transform": "Transform", "tuning": "HyperParameterTuning"}
"""How the members of each type of job begin, such as TrainingJobName."""


@contextlib.contextmanager
def judging(job: dict[str, Any], job_type: str) -> Iterator[None]:
    """Let each hint from within the block begin with the name and time of the job it is about."""
    try:
        yield
    except TaskError as error:
        if not error.context:
            error.context = (
                f"Your newest {job_type} job, {job[f'{JOB_WORDS[job_type]}JobName']} of "
                f"{job['CreationTime'].astimezone(datetime.UTC):%H:%M:%S} UTC (a call that was "
                "refused makes none): "
            )
        raise


def check_completed(job: dict[str, Any], job_type: str) -> None:
    """Raise TaskError unless a job is Completed, with the reason if it failed."""
    word = JOB_WORDS[job_type]
    status = job[f"{word}JobStatus"]
    if status == "Failed":
        reason = job.get("FailureReason", "no reason is given")
        message = " ".join(reason.strip().rpartition("\n\n")[2].split())  # after a traceback
        if len(message) >= MAX_REASON_CHARS:
            message = f"{message[:MAX_REASON_CHARS]} ..."
        if "See job logs" in message:
            name = job[f"{word}JobName"]
            message += f" (python -m helpers local logs {name}; on AWS: CloudWatch)"
        raise TaskError(f"The {job_type} job failed: {message}")
    if status == "InProgress":
        raise TaskError(f"The {job_type} job is still running: wait until it has finished.")
    if status != "Completed":
        raise TaskError(f"The {job_type} job is {status}, not Completed: run it again.")


def failure_reason(resource: dict[str, Any]) -> str:
    """Return why a resource failed, in one line of limited length."""
    reason = " ".join(resource.get("FailureReason", "no reason is given").split())
    return reason[:MAX_REASON_CHARS]


def check_settings(job_type: str, settings: dict[str, tuple[Any, Any]]) -> None:
    """Raise TaskError for the first setting, by its name, that is not what the task asks for."""
    for name, (value, expected) in settings.items():
        if value != expected:
            raise TaskError(
                f"The {name} of the {job_type} job is {value}. For which does the task ask, and "
                "where is it set?"
            )


def check_training_image(definition: dict[str, Any], image: str) -> None:
    """Raise TaskError unless a training job, or a definition of some, runs this repository:tag."""
    uri = definition["AlgorithmSpecification"].get("TrainingImage", "")
    if not uri.endswith(f"/{image}"):
        raise TaskError(f"The training job runs {uri or 'no image'}: use train_uri.")


def request_settings(
    definition: dict[str, Any], max_runtime_seconds: int
) -> dict[str, tuple[Any, Any]]:
    """Return instance type and, if it is too long, run time of a job, for `check_settings`."""
    settings = {"instance type": (definition["ResourceConfig"]["InstanceType"], INSTANCE_TYPE)}
    seconds = definition["StoppingCondition"].get("MaxRuntimeInSeconds", 0)
    if seconds > max_runtime_seconds:
        settings["longest run time in seconds"] = (seconds, max_runtime_seconds)
    return settings


def check_name(what: str, name: str, expected: str, variable: str) -> None:
    """Raise TaskError unless something has the name that the last cell removes."""
    if name != expected:
        raise TaskError(
            f"The {what} is called {name}, and the last cell removes {variable}: what is that?"
        )


def check_tags(submission: Submission, arn: str, what: str) -> None:
    """Raise TaskError unless a resource has the tags of the lesson."""
    tags = submission.tags(arn)
    missing = [
        tag for tag in tagging.tags(submission.lesson) if tags.get(tag["Key"]) != tag["Value"]
    ]
    if missing:
        raise TaskError(
            f'The {what} has no tag "{missing[0]["Key"]}" with the value "{missing[0]["Value"]}". '
            "Costs and clean-up find only what has the lesson's tags: which argument takes `tags`?"
        )


def reads_exactly(submission: Submission, uri: str, folder: str) -> bool:
    """Tell whether a job that reads from `uri` gets all objects of a folder and no others.

    SageMaker takes a URI as the start of keys, so "train" also matches "train-more/".
    """
    base = submission.uri("")
    keys = {item.key for item in submission.objects(folder)}
    return uri.startswith(base) and submission.keys(uri.removeprefix(base)) == keys


def check_unchanged_since(
    submission: Submission, folder: str, job_start: datetime.datetime
) -> None:
    """Raise TaskError if a file of a folder was written after the job started reading it."""
    if any(item.modified > job_start for item in submission.objects(folder)):
        raise TaskError(
            f"{folder}/ was overwritten after the job started reading it, so the job has worked "
            "with other files. Run the job again."
        )
