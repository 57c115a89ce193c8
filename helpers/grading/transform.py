"""Check the batch transform, and read its predictions."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy

from helpers.grading import reference
from helpers.grading.errors import TaskError
from helpers.grading.job_checks import check_completed, check_unchanged_since, reads_exactly
from helpers.grading.preparation_tasks import test_file, vocabulary_of
from helpers.grading.submission import MAX_REPORT_BYTES, Submission
from helpers.grading.submitted_model import predict
from helpers.grading.training import trained_model
from helpers.s3 import parse

SCORE_TOLERANCE = 1e-4  # a job writes its scores with as few digits as float32 needs


def judge_transform(submission: Submission) -> dict[str, Any]:
    """Transform: the model of the training job, all of test/, one prediction for each review."""
    rows = len(predictions(submission).scores)
    return {"job": _transform_job(submission)["TransformJobName"], "answers": rows}


class Predictions(NamedTuple):
    """What a transform job wrote, one item for each row of test/, in that order.

    Attributes
    ----------
    scores : numpy.ndarray of shape (rows,)
        Probabilities that a review is positive, as the job wrote them.
    labels : numpy.ndarray of shape (rows,)
        The true labels, 0 or 1.
    names : list of str
        The reviews' names, such as "pos/123_9".
    """

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


@functools.lru_cache(maxsize=1)
def predictions(submission: Submission) -> Predictions:
    """Return what the newest transform job wrote, with the true labels. Raises TaskError."""
    scores = _scores(submission, _transform_job(submission))
    expected = reference.load_split(submission.corpus, "test")
    if len(scores) != len(expected.labels):
        raise TaskError(
            f"The transform job wrote {len(scores):,} predictions for {len(expected.labels):,} "
            "test reviews: is each line of the file a record of its own?"
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise TaskError("Some predictions are not between 0 and 1, so they are no probabilities.")
    table = test_file(submission, vocabulary_of(submission))
    own_scores = predict(trained_model(submission), table.features, table.format)
    if not numpy.abs(own_scores - scores).max() <= SCORE_TOLERANCE:
        raise TaskError(
            "The predictions differ from those that your model gives for the rows of test/. Only "
            "what the job wrote counts, so run it again. (In libsvm, does each line of test/ have "
            "column 0? Image 3.2-0 assumes that a file without it counts columns from 1.)"
        )
    order = _review_order(submission)
    return Predictions(scores, expected.labels[order], [expected.names[i] for i in order])


def _transform_job(submission: Submission) -> dict[str, Any]:
    """Describe the newest transform job. Raises TaskError unless it is as the task asks."""
    training_job = submission.newest_job("training")
    job = submission.newest_job("transform")
    transform_input = job["TransformInput"]
    uri = transform_input["DataSource"]["S3DataSource"]["S3Uri"]
    if not reads_exactly(submission, uri, "test"):
        raise TaskError(
            f"The transform job reads {uri}. Which reviews has the model never seen, and where "
            "did you put them?"
        )
    if not transform_input.get("ContentType"):
        raise TaskError("The transform job does not say in which format its rows are.")
    if transform_input.get("SplitType", "None") != "Line":
        raise TaskError(
            "The transform job does not say where a row ends, so it sends the whole file as one "
            "record."
        )
    check_completed(job, "transform")
    processing = job.get("DataProcessing", {})
    if processing.get("JoinSource") == "Input" and processing.get("OutputFilter", "$") == "$":
        raise TaskError(
            "The transform job joins each prediction with its whole row. The task and the cells "
            "below need predictions only, one per line: which setting filters the output?"
        )
    check_unchanged_since(submission, "test", job["TransformStartTime"])
    artifacts = training_job.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if submission.model_data(job["ModelName"]) != artifacts:
        raise TaskError(
            f"The transform job's model, {job['ModelName']}, does not hold the artifacts of your "
            "newest training job: create a model from those."
        )
    return job


def _scores(submission: Submission, job: dict[str, Any]) -> numpy.ndarray:
    """Read the job's output for each file of test/. Raises TaskError."""
    scores: list[float] = []
    bucket, prefix = parse(job["TransformOutput"]["S3OutputPath"])
    input_key = parse(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]).key
    for item in submission.objects("test"):
        key = f"{prefix.rstrip('/')}/{_output_name(input_key, item.key)}.out"
        text = submission.download(bucket, key, MAX_REPORT_BYTES).decode(errors="replace")
        try:
            scores += [float(score) for score in text.replace(",", "\n").split()]
        except ValueError as error:
            raise TaskError(f"{key} contains something other than scores: {error}.") from None
    return numpy.array(scores)


def _output_name(input_key: str, key: str) -> str:
    """Return the part of an input object's key that names its output.

    It is what follows the job's input key: below that folder, else after its last slash.
    """
    folder = input_key.rstrip("/") + "/"
    return key.removeprefix(
        folder if key.startswith(folder) else input_key[: input_key.rfind("/") + 1]
    )


def _review_order(submission: Submission) -> list[int]:
    """Return which review each row of test/ is: by its counts, equal ones in their order."""
    vocabulary = vocabulary_of(submission)
    table = test_file(submission, vocabulary)
    known = reference.split_features(submission.corpus, "test", vocabulary).positions
    unused = {key: list(positions) for key, positions in known.items()}
    order = [
        unused[key].pop(0) if unused.get(key) else None
        for key in reference.row_hashes(table.features)
    ]
    spare = iter([position for positions in unused.values() for position in positions])
    return [next(spare) if position is None else position for position in order]
