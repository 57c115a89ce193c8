"""Check the endpoint of the PyTorch project, and the scores that it gave the test reviews."""

from __future__ import annotations

from typing import Any

import numpy
from botocore.exceptions import ClientError

from helpers.grading import job_checks, submitted_endpoint, word_ids
from helpers.grading.errors import TaskError
from helpers.grading.script_training_tasks import training_job
from helpers.grading.submission import Submission
from helpers.grading.submitted_endpoint import Serving
from helpers.grading.submitted_tables import number, read_table
from helpers.grading.training import artifacts_of

IMAGE = "pytorch-inference:2.6-cpu-py312"
CODE = "/opt/ml/model/code"
VARIANT = "AllTraffic"
CONTENT_TYPE = "text/plain"
SPOT_CHECKS = 20  # reviews whose scores are asked for again
SCORE_TOLERANCE = 1e-4
PLAIN_REVIEWS = ("A wonderful film.", "A terrible film.")


def judge_deployed(submission: Submission) -> dict[str, Any]:
    """Deploy: in service with the artifacts of the job, the image for inference and the script."""
    serving = submitted_endpoint.find(submission)
    _check_model(submission, serving)
    submitted_endpoint.check_in_service(serving)
    submitted_endpoint.check_plan(submission, serving, VARIANT)
    name = serving.endpoint["EndpointName"]
    expected = training_job(submission)["TrainingJobName"]
    for what, actual in (
        ("endpoint", name),
        ("endpoint configuration", serving.config["EndpointConfigName"]),
        ("model", serving.model["ModelName"]),
    ):
        job_checks.check_name(what, actual, expected, "endpoint_name")
    scores = ask(submission, name, list(PLAIN_REVIEWS))
    return {"endpoint": name, "scores": [round(score, 4) for score in scores]}


def _check_model(submission: Submission, serving: Serving) -> None:
    """Raise TaskError unless the model holds what the job saved, and runs its inference code."""
    name, container = serving.model["ModelName"], serving.model.get("PrimaryContainer", {})
    if serving.artifacts != artifacts_of(training_job(submission)):
        raise TaskError(
            f"The endpoint's model, {name}, does not hold the artifacts of your newest training "
            "job: create a model from those."
        )
    image = container.get("Image", "")
    if "pytorch-training" in image:
        raise TaskError(
            f"The model {name} has the image for training, {image.rpartition('/')[2]}. AWS has "
            "another one that serves: use inference_uri."
        )
    submitted_endpoint.check_image(serving, IMAGE, "inference_uri")
    environment = container.get("Environment", {})
    if environment.get("SAGEMAKER_PROGRAM") != "inference.py":
        raise TaskError(
            f"The environment of the model {name} has SAGEMAKER_PROGRAM="
            f"{environment.get('SAGEMAKER_PROGRAM', '')!r:.40}. Which file has model_fn and its "
            "companions?"
        )
    if environment.get("SAGEMAKER_SUBMIT_DIRECTORY", CODE).rstrip("/") != CODE:
        raise TaskError(
            f"The environment of the model {name} has SAGEMAKER_SUBMIT_DIRECTORY="
            f"{environment['SAGEMAKER_SUBMIT_DIRECTORY']!r:.60}. Where in the container is the "
            "folder code of model.tar.gz?"
        )


def ask(submission: Submission, endpoint: str, reviews: list[str]) -> list[float]:
    """Return an endpoint's scores of some reviews. Raises TaskError."""
    try:
        response = submission.runtime.invoke_endpoint(
            EndpointName=endpoint,
            ContentType=CONTENT_TYPE,
            Body="\n".join(reviews).encode(),
        )
        scores = [float(line) for line in response["Body"].read().decode().split()]
    except ClientError as error:
        message = " ".join(error.response["Error"]["Message"].split())
        raise TaskError(
            f"The endpoint {endpoint} did not answer two lines of {CONTENT_TYPE}: {message[:300]}"
        ) from None
    except ValueError:
        raise TaskError(f"The endpoint {endpoint} answers something other than scores.") from None
    if len(scores) != len(reviews) or not all(0 <= score <= 1 for score in scores):
        raise TaskError(
            f"The endpoint {endpoint} answers {len(reviews)} reviews with {scores!r:.80}: expected "
            "a probability in each line."
        )
    return scores


def judge_predictions(submission: Submission) -> dict[str, Any]:
    """Test: the endpoint's score of each test review, and good enough."""
    scores = _reported_scores(submission)
    test = word_ids.load(submission.corpus, "test")
    name = submitted_endpoint.find(submission).endpoint["EndpointName"]
    chosen = numpy.linspace(0, len(test.names) - 1, SPOT_CHECKS).astype(int)
    asked = ask(submission, name, [test.texts[row] for row in chosen])
    differing = numpy.abs(scores[chosen] - asked) > SCORE_TOLERANCE
    if differing.mean() > 0.5:
        raise TaskError(
            "The scores are not those that the endpoint gives these reviews. Were scores and "
            "reviews combined in the same order?"
        )
    if differing.any():
        row = chosen[differing.argmax()]
        raise TaskError(
            f"The endpoint gives {test.names[row]} another score than predictions.csv has. Which "
            "reviews were asked for, and were they sent whole?"
        )
    accuracy = float(((scores > 0.5) == (test.labels == 1)).mean())
    if accuracy < submission.accuracy:
        raise TaskError(
            f"The scores are right, but only {accuracy:.3f} of the reviews are labelled correctly, "
            f"and {submission.accuracy:.2f} is within easy reach. Look at the accuracy by epoch: "
            "did the job train for long enough?"
        )
    return {"accuracy": round(accuracy, 4)}


def scores_accuracy(submission: Submission) -> float:
    """Return the accuracy of the reported scores, 0 to 1. Raises TaskError."""
    labels = word_ids.load(submission.corpus, "test").labels
    return float(((_reported_scores(submission) > 0.5) == (labels == 1)).mean())


def _reported_scores(submission: Submission) -> numpy.ndarray:
    """Return the score of each test review, in the order of the reviews. Raises TaskError."""
    rows = read_table(submission, "predictions.csv", "review,score")
    scores = {row["review"]: number(row, "score", "predictions.csv") for row in rows}
    names = word_ids.load(submission.corpus, "test").names
    unknown = sorted(set(scores) - set(names))
    if unknown:
        raise TaskError(
            f"{unknown[0][:40]!r} is not a test review: their names look like pos/123_9."
        )
    if len(scores) != len(names):
        raise TaskError(
            f"predictions.csv has {len(scores):,} of the {len(names):,} test reviews: were all "
            "parts sent to the endpoint?"
        )
    if len(rows) > len(scores):
        raise TaskError("predictions.csv lists a review twice.")
    values = numpy.array([scores[name] for name in names])
    if not ((values >= 0) & (values <= 1)).all():
        raise TaskError("Some scores are not between 0 and 1, so they are not probabilities.")
    if numpy.isin(values, [0, 1]).all():
        raise TaskError("All scores are 0 or 1: write what the endpoint answers, not the labels.")
    return values
