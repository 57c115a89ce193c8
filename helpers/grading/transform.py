"""Check the batch transform, and read its predictions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from helpers.grading import job_checks, reference
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import test_file, vocabulary_of
from helpers.grading.submission import MAX_REPORT_BYTES, Submission
from helpers.grading.submitted_files import CONTENT_TYPES
from helpers.grading.submitted_model import predict
from helpers.grading.training import artifacts_of, trained_model
from helpers.s3 import model_data

if TYPE_CHECKING:
    import xgboost  # takes seconds: only where a model is read

SCORE_TOLERANCE = 1e-4  # a job writes its scores with as few digits as float32 needs
OUTPUT_NAME = "test.libsvm.out"  # a job adds ".out" to the name of the file that it reads


def judge_transform(submission: Submission) -> dict[str, Any]:
    """Transform: the model of the training job, all of test/, one prediction for each review."""
    submission.newest_job("training")
    job = submission.newest_job("transform")
    with job_checks.judging(job, "transform"):
        _check_model(submission, job["ModelName"])  # a wrong one makes the job fail
        check_job(submission, job)
        check_settings(submission, job)
    return {"job": job["TransformJobName"], "answers": len(predictions(submission).scores)}


def check_settings(submission: Submission, job: dict[str, Any]) -> None:
    """Raise TaskError unless a transform job has the instance, the strategy and the tags."""
    settings = {
        "instance type": (job["TransformResources"]["InstanceType"], job_checks.INSTANCE_TYPE)
    }
    if submission.is_low_level:
        settings["batch strategy"] = (job.get("BatchStrategy"), "MultiRecord")
    job_checks.check_settings("transform", settings)
    job_checks.check_tags(submission, job["TransformJobArn"], "transform job")


class Predictions(NamedTuple):
    """The scores that a transform job wrote, and label and name of each test review, in order."""

    scores: numpy.ndarray
    labels: numpy.ndarray
    names: list[str]

    @property
    def correct(self) -> numpy.ndarray:
        """Whether each score is on the right side of 0.5: booleans of shape (rows,)."""
        return (self.scores > 0.5) == (self.labels == 1)

    @property
    def accuracy(self) -> float:
        """The share of correct predictions, 0 to 1."""
        return float(self.correct.mean())


def transform_accuracy(submission: Submission) -> float:
    """Return the accuracy of what the newest transform job wrote, 0 to 1. Raises TaskError."""
    return predictions(submission).accuracy


@functools.lru_cache(maxsize=1)
def predictions(submission: Submission) -> Predictions:
    """Return what the newest transform job wrote, with the true labels. Raises TaskError."""
    submission.newest_job("training")
    job = submission.newest_job("transform")
    with job_checks.judging(job, "transform"):
        check_job(submission, job)
        return read_predictions(submission, trained_model(submission))


def read_predictions(
    submission: Submission, model: xgboost.Booster, folder: str = "predictions"
) -> Predictions:
    """Return what a transform job wrote to a folder, if the model gives that. Raises TaskError."""
    scores = _scores(submission, folder)
    expected = reference.load(submission.corpus).splits["test"]
    if len(scores) != len(expected.labels):
        raise TaskError(
            f"The transform job wrote {len(scores):,} predictions for {len(expected.labels):,} "
            "test reviews: is each line of the file a record of its own?"
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise TaskError("Some predictions are not between 0 and 1, so they are not probabilities.")
    table = test_file(submission, vocabulary_of(submission))
    own_scores = predict(model, table.features)
    if not numpy.abs(own_scores - scores).max() <= SCORE_TOLERANCE:
        raise TaskError(
            "The predictions differ from those that your model gives for the rows of test/. Only "
            "what the job wrote counts, so run it again. (In libsvm, does each line of test/ have "
            "column 0? Image 3.2-0 assumes that a file without it counts columns from 1.)"
        )
    return Predictions(scores, expected.labels, expected.names)


def check_job(submission: Submission, job: dict[str, Any], folder: str = "predictions") -> None:
    """Raise TaskError unless a transform job reads test/, writes to a folder, and is completed."""
    _check_input(submission, job["TransformInput"])
    _check_output(submission, job["TransformOutput"], folder)
    job_checks.check_completed(job, "transform")
    job_checks.check_unchanged_since(submission, "test", job["TransformStartTime"])


def _check_input(submission: Submission, settings: dict[str, Any]) -> None:
    uri = settings["DataSource"]["S3DataSource"]["S3Uri"]
    if not job_checks.reads_exactly(submission, uri, "test"):
        raise TaskError(
            f"The transform job reads {uri}. Which reviews has the model never seen, and where "
            "did you put them?"
        )
    content_type = settings.get("ContentType")
    if not content_type:
        raise TaskError("The transform job does not say in which format its rows are.")
    if content_type not in CONTENT_TYPES:
        raise TaskError(
            f"The transform job says {content_type}, but the test file is written as libsvm: which "
            "content type did the channels have?"
        )
    if settings.get("SplitType", "None") != "Line":
        raise TaskError(
            "The transform job does not say where a row ends, so it sends the whole file as one "
            "record."
        )


def _check_output(submission: Submission, output: dict[str, Any], folder: str) -> None:
    expected = submission.uri(folder)
    if output["S3OutputPath"].rstrip("/") != expected:
        raise TaskError(
            f"The transform job writes to {output['S3OutputPath']}. The cells below read "
            f"{expected}: what is different?"
        )
    if output.get("AssembleWith", "None") != "Line":
        raise TaskError(
            "The transform job does not say how to put the predictions of its requests together, "
            "so the last one of each and the first one of the next share a line. Which setting "
            "assembles them line by line?"
        )


def _check_model(submission: Submission, name: str) -> None:
    """Raise TaskError unless the job used the model of the newest training job."""
    training_job, model = submission.newest_job("training"), submission.model(name)
    artifacts = artifacts_of(training_job)
    if not artifacts or model_data(model.get("PrimaryContainer", {})) != artifacts:
        raise TaskError(
            f"The transform job's model, {name}, does not hold the artifacts of your newest "
            "training job: create a model from those."
        )
    check_model_settings(submission, model, training_job, "model_name")


def check_model_settings(
    submission: Submission, model: dict[str, Any], training_job: dict[str, Any], variable: str
) -> None:
    """Raise TaskError unless a model has its training job's image and name, and the tags.

    variable: which holds the name that the last cell removes.
    """
    image = model["PrimaryContainer"].get("Image")
    if image != training_job["AlgorithmSpecification"].get("TrainingImage"):
        raise TaskError(f"The model has the image {image}: use train_uri.")
    expected = training_job["TrainingJobName"]
    job_checks.check_name("model", model["ModelName"], expected, variable)
    job_checks.check_tags(submission, model["ModelArn"], "model")


def _scores(submission: Submission, folder: str) -> numpy.ndarray:
    """Read the job's output. Raises TaskError."""
    key = f"{submission.prefix}/{folder}/{OUTPUT_NAME}"
    content = submission.download(submission.bucket, key, MAX_REPORT_BYTES)
    try:
        return numpy.array([float(line) for line in content.decode(errors="replace").split()])
    except ValueError as error:
        raise TaskError(f"{key} contains something other than scores: {error}.") from None
