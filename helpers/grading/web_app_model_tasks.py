"""Check what the web app's function relies on: the highest counts, and the endpoint."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import numpy
import scipy.sparse

from helpers.grading import reference, submitted_endpoint, submitted_files, submitted_model
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.training import IMAGE, artifacts_of, trained_model

MAX_COUNTS = "max_counts.json"
VARIANT = "AllTraffic"


def judge_max_counts(submission: Submission) -> dict[str, Any]:
    """Save the highest counts: a list with the highest count of each column of train/."""
    counts = max_counts_of(submission)
    train = _features(submission, "train")
    expected = _highest(train)
    if counts == expected:
        return {"columns": len(counts), "highest": max(counts)}
    validation = _features(submission, "validation")
    if counts == numpy.maximum(expected, _highest(validation)).tolist():
        raise TaskError(
            "These are the highest counts of all reviews. The model has learned from the rows of "
            "train/ alone, so a higher count in validation/ is as new to it as one that somebody "
            "types: whose highest counts does the task ask for?"
        )
    if counts == _highest(validation):
        raise TaskError("These are the highest counts of validation/; the task asks for train/.")
    if counts == train.sum(axis=0).ravel().tolist()[0]:
        raise TaskError("These are the sums of the columns: how often is a word in one review?")
    wrong = next(n for n, pair in enumerate(zip(counts, expected, strict=True)) if len({*pair}) > 1)
    raise TaskError(
        f"Column {wrong:,} has {counts[wrong]} in {MAX_COUNTS}; the highest count there in a row "
        f"of train/ is {expected[wrong]}."
    )


def max_counts_of(submission: Submission) -> list[int]:
    """Return the highest count of each column that the learner saved. Raises TaskError."""
    counts, columns = submission.read_json(MAX_COUNTS), len(vocabulary_of(submission))
    if not isinstance(counts, list):
        shown = textwrap.shorten(json.dumps(counts), 60, placeholder=" ...")
        raise TaskError(
            f"{MAX_COUNTS} holds {shown}. The task asks for a list of "
            f"{columns:,} numbers, one for each column."
        )
    if len(counts) != columns:
        raise TaskError(
            f"{MAX_COUNTS} has {len(counts):,} numbers, and vocabulary.json {columns:,} columns. "
            "Along which axis did you take the maximum?"
        )
    wrong = next((each for each in counts if type(each) is not int), None)
    if wrong is not None:
        raise TaskError(
            f"{MAX_COUNTS} holds {json.dumps(wrong)[:60]}: each item should be a whole number, "
            "such as 3."
        )
    return counts


def _features(submission: Submission, folder: str):
    columns = len(vocabulary_of(submission))
    return submitted_files.read_file(submission, folder, columns, labelled=True).features


def _highest(features) -> list[int]:
    return features.max(axis=0).toarray().ravel().astype(int).tolist()


def judge_app_serving(submission: Submission) -> dict[str, Any]:
    """Serve the model: the one of the training job, in service, with tags."""
    job = submission.newest_job("training")
    serving = submitted_endpoint.find(submission)
    submitted_endpoint.check_in_service(serving)
    model = serving.model["ModelName"]
    if serving.artifacts != artifacts_of(job):
        raise TaskError(
            f"The endpoint's model, {model}, does not have the artifacts of training_job: create "
            "a model from those."
        )
    submitted_endpoint.check_image(serving, IMAGE, "train_uri")
    submitted_endpoint.check_plan(submission, serving, VARIANT)
    return {"endpoint": serving.endpoint["EndpointName"]}


def scores(submission: Submission, rows: list[dict[str, int]]) -> list[float]:
    """Return the trained model's score of each row, from term to count, without the endpoint."""
    vocabulary = vocabulary_of(submission)
    matrix = numpy.zeros((len(rows), len(vocabulary)), "float32")
    for number, row in enumerate(rows):
        for term, count in row.items():
            matrix[number, vocabulary[term]] = count
    features = scipy.sparse.csr_matrix(matrix)
    return submitted_model.predict(trained_model(submission), features).tolist()


def served_accuracy(submission: Submission) -> float:
    """Return the model's accuracy on the test reviews, 0 to 1. Raises TaskError."""
    vocabulary = vocabulary_of(submission)
    features = reference.split_features(submission.corpus, "test", vocabulary).features
    labels = reference.load(submission.corpus).splits["test"].labels
    predicted = submitted_model.predict(trained_model(submission), features) > 0.5
    return float(numpy.mean(predicted == (labels == 1)))
