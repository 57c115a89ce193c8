"""Judge the batch transform, and read its answers."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy

from helpers.grading import reference
from helpers.grading.job_checks import check_completed, check_unchanged_since, reads_exactly
from helpers.grading.preparation_tasks import test_file, vocabulary_of
from helpers.grading.submission import CLOCKS, SMALL, Submission
from helpers.grading.submitted_model import predict
from helpers.grading.tasks import TaskError
from helpers.grading.training import trained_model, training_job
from helpers.s3 import parse


def judge_transform(evidence: Submission) -> dict[str, Any]:
    """Transform: the model of the training job, all of test/, one answer a review."""
    found = predictions(evidence)
    return {"job": transform_job(evidence)["TransformJobName"], "answers": len(found.scores)}


class Predictions(NamedTuple):
    """The scores that a transform job wrote, and the true labels of the same rows."""

    scores: numpy.ndarray
    labels: numpy.ndarray
    names: list[str]


@functools.lru_cache(maxsize=1)
def predictions(evidence: Submission) -> Predictions:
    """Return what the newest transform job wrote, and the true labels. Raises TaskError."""
    job = transform_job(evidence)
    scores = _scores(evidence, job)
    expected = reference.load_split(evidence.corpus, "test")
    if len(scores) != len(expected.labels):
        raise TaskError(
            f"The transform job wrote {len(scores):,} answers for {len(expected.labels):,} test "
            "reviews: is each line of the file a record of its own?"
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise TaskError("Some answers lie outside of 0 and 1: they are no probabilities.")
    data = test_file(evidence, vocabulary_of(evidence))
    own = predict(trained_model(evidence), data.features, data.format)
    if not numpy.abs(own - scores).max() <= 1e-4:
        raise TaskError(
            "The answers are not those that your model gives for the rows of test/. Only what the "
            "job wrote counts: run it again. (In libsvm, does each line of test/ hold column 0? "
            "Image 3.2-0 takes a file without it for one that counts columns from 1.)"
        )
    order = _order(evidence)
    return Predictions(scores, expected.labels[order], [expected.names[place] for place in order])


def transform_job(evidence: Submission) -> dict[str, Any]:
    """Describe the newest transform job. Raises TaskError unless it is as the task asks."""
    trained = training_job(evidence)
    found = evidence.jobs("transform")
    if not found:
        raise TaskError(
            f"There is no transform job yet that writes below {evidence.uri('')}, created since "
            "the notebook began."
        )
    job = found[0]
    given = job["TransformInput"]
    where = given["DataSource"]["S3DataSource"]["S3Uri"]
    if not reads_exactly(evidence, where, "test"):
        raise TaskError(
            f"The transform job reads {where}. Which reviews has the model never seen, and where "
            "did you put them?"
        )
    if not given.get("ContentType"):
        raise TaskError("The transform job isn't told in which format its rows are.")
    if given.get("SplitType", "None") != "Line":
        raise TaskError(
            "The transform job isn't told where a row ends: it sends the whole file as one record."
        )
    check_completed(job, "transform", job["TransformJobStatus"])
    processing = job.get("DataProcessing", {})
    if processing.get("JoinSource") == "Input" and processing.get("OutputFilter", "$") == "$":
        raise TaskError(
            "The transform job joins each answer with its whole row. The task asks for answers "
            "alone, one a line, and so do the cells below: what leaves the rest out?"
        )
    check_unchanged_since(evidence, "test", job["TransformStartTime"])
    artifacts = trained.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if evidence.model_data(job["ModelName"]) != artifacts:
        raise TaskError(
            f"The transform job's model, {job['ModelName']}, does not hold the artifacts of your "
            "newest training job: make a model from those."
        )
    return job


def _scores(evidence: Submission, job: dict[str, Any]) -> numpy.ndarray:
    """Read what the job wrote, and nobody else since. Raises TaskError."""
    written = []
    bucket, prefix = parse(job["TransformOutput"]["S3OutputPath"])
    given = parse(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]).key
    for item in evidence.objects("test"):
        name = _name_below(given, item.key)
        stored = evidence.stored(bucket, f"{prefix.rstrip('/')}/{name}.out")
        if not job["TransformStartTime"] - CLOCKS <= stored.modified:
            raise TaskError(f"{stored.key} is older than the transform job: it did not write it.")
        if stored.modified > job["TransformEndTime"] + CLOCKS:
            raise TaskError(
                f"{stored.key} was changed after the transform job had ended. Only what the job "
                "wrote counts: run the job again."
            )
        text = evidence.content(stored, SMALL, bucket).decode(errors="replace")
        try:
            written += [float(line) for line in text.replace(",", "\n").split()]
        except ValueError as error:
            raise TaskError(f"{stored.key} holds something else than scores: {error}.") from None
    return numpy.array(written)


def _name_below(given: str, key: str) -> str:
    """What of a key follows the prefix that a job was given: its answers get that name."""
    folder = given.rstrip("/") + "/"
    return key.removeprefix(folder if key.startswith(folder) else given[: given.rfind("/") + 1])


def _order(evidence: Submission) -> list[int]:
    """Which review each row of test/ is: by its counts, and among equal ones by their order."""
    vocabulary = vocabulary_of(evidence)
    data = test_file(evidence, vocabulary)
    known = reference.split_features(evidence.corpus, "test", vocabulary).places
    left = {key: list(places) for key, places in known.items()}
    keys = reference.row_hashes(data.features)
    found = [left[key].pop(0) if left.get(key) else -1 for key in keys]
    spare = iter([place for places in left.values() for place in places])
    return [place if place >= 0 else next(spare) for place in found]
