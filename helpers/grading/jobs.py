"""Judge the two tasks that run jobs: training and batch transform."""

from __future__ import annotations

import datetime
import functools
import io
import tarfile
import zlib
from typing import Any, NamedTuple

import numpy
import scipy.sparse

from helpers.grading import files, reference
from helpers.grading.evidence import CLOCKS, LARGE, Evidence
from helpers.grading.prepared import test_file, vocabulary_of
from helpers.grading.tasks import Hint
from helpers.s3 import parse

OBJECTIVE = "binary:logistic"
ROWS = 2000
"""Rows predicted at once: as dense numbers they take 40 MB."""


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
    _check_ended(job, "training", job["TrainingJobStatus"])
    for name in ("train", "validation"):
        _check_as_read(evidence, name, job["TrainingStartTime"])
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
    if not _covers(evidence, where, name):
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


def _check_ended(job: dict[str, Any], kind: str, status: str) -> None:
    if status == "Failed":
        reason = " ".join(job.get("FailureReason", "no reason is given").split())
        shown = reason if len(reason) < 300 else f"... {reason[-300:]}"
        raise Hint(f"The {kind} job failed: {shown}")
    if status == "InProgress":
        raise Hint(f"The {kind} job is still running: wait for its end.")
    if status != "Completed":
        raise Hint(f"The {kind} job is {status}, not Completed: run it again.")


def _covers(evidence: Evidence, where: str, folder: str) -> bool:
    """Whether a job that reads from this URI gets all of a folder, and nothing else."""
    keys = [item.key for item in evidence.objects(folder)]
    only = f"s3://{evidence.bucket}/{keys[0]}" if len(keys) == 1 else ""
    return where in (only, evidence.uri(folder), evidence.uri(f"{folder}/"))


def _check_as_read(evidence: Evidence, folder: str, read: datetime.datetime) -> None:
    """A folder is still as the job has read it. Raises Hint."""
    for item in evidence.objects(folder):
        if item.modified > read:
            raise Hint(
                f"{folder}/ was written anew after the job had begun to read it: what is there now "
                "isn't what the job worked with. Run the job again."
            )


def judge_transform(evidence: Evidence) -> dict[str, Any]:
    """Transform: the model of the training job, all of test/, one answer a review."""
    found = answers(evidence)
    return {"job": transform_job(evidence)["TransformJobName"], "answers": len(found.scores)}


class Answers(NamedTuple):
    """The scores that a transform job wrote, and the true labels of the same rows."""

    scores: numpy.ndarray
    labels: numpy.ndarray
    names: list[str]


def answers(evidence: Evidence) -> Answers:
    """Return what the newest transform job wrote, beside the checker's own labels. Raises Hint."""
    job = transform_job(evidence)
    scores = _scores(evidence, job)
    expected = reference.half(evidence.corpus, "test")
    if len(scores) != len(expected.labels):
        raise Hint(
            f"The transform job wrote {len(scores):,} answers for {len(expected.labels):,} test "
            "reviews: is each line of the file a record of its own?"
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise Hint("Some answers lie outside of 0 and 1: they are no probabilities.")
    data = test_file(evidence, vocabulary_of(evidence))
    own = predict(booster(evidence), data.features, data.format)
    if not numpy.abs(own - scores).max() <= 1e-4:
        raise Hint(
            "The answers are not those that your model gives for the rows of test/. Only what the "
            "job wrote counts: run it again. (In libsvm, does each line of test/ hold column 0? "
            "Image 3.2-0 takes a file without it for one that counts columns from 1.)"
        )
    order = _order(evidence)
    return Answers(scores, expected.labels[order], [expected.names[place] for place in order])


def transform_job(evidence: Evidence) -> dict[str, Any]:
    """Describe the newest transform job of the exercise. Raises Hint unless it is as asked for."""
    trained = training_job(evidence)
    found = evidence.jobs("transform")
    if not found:
        raise Hint(
            f"There is no transform job yet that writes below {evidence.uri('')}, created since "
            "the notebook began."
        )
    job = found[0]
    given = job["TransformInput"]
    where = given["DataSource"]["S3DataSource"]["S3Uri"]
    if not _covers(evidence, where, "test"):
        raise Hint(
            f"The transform job reads {where}. Which reviews has the model never seen, and where "
            "did you put them?"
        )
    if not given.get("ContentType"):
        raise Hint("The transform job isn't told in which format its rows are.")
    if given.get("SplitType", "None") != "Line":
        raise Hint(
            "The transform job isn't told where a row ends: it sends the whole file as one record."
        )
    _check_ended(job, "transform", job["TransformJobStatus"])
    _check_as_read(evidence, "test", job["TransformStartTime"])
    artifacts = trained.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if evidence.model_data(job["ModelName"]) != artifacts:
        raise Hint(
            f"The transform job's model, {job['ModelName']}, does not hold the artifacts of your "
            "newest training job: make a model from those."
        )
    return job


def _scores(evidence: Evidence, job: dict[str, Any]) -> numpy.ndarray:
    """Read what the job wrote, and nobody else since. Raises Hint."""
    written = []
    bucket, prefix = parse(job["TransformOutput"]["S3OutputPath"])
    for item in evidence.objects("test"):
        name = item.key.rpartition("/")[2]
        stored = evidence.stored(bucket, f"{prefix.rstrip('/')}/{name}.out")
        if not job["TransformStartTime"] - CLOCKS <= stored.modified:
            raise Hint(f"{stored.key} is older than the transform job: it did not write it.")
        if stored.modified > job["TransformEndTime"] + CLOCKS:
            raise Hint(
                f"{stored.key} was changed after the transform job had ended. Only what the job "
                "wrote counts: run the job again."
            )
        text = evidence.content(stored, LARGE, bucket).decode(errors="replace")
        try:
            written += [float(line) for line in text.replace(",", "\n").split()]
        except ValueError as error:
            raise Hint(f"{stored.key} holds something else than scores: {error}.") from None
    return numpy.array(written)


def _order(evidence: Evidence) -> list[int]:
    """Which review each row of test/ is: by its counts, and among equal ones by their order."""
    vocabulary = vocabulary_of(evidence)
    data = test_file(evidence, vocabulary)
    known = reference.rows(evidence.corpus, "test", vocabulary).places
    left = {key: list(places) for key, places in known.items()}
    keys = reference.row_keys(data.features)
    found = [left[key].pop(0) if left.get(key) else -1 for key in keys]
    spare = iter([place for places in left.values() for place in places])
    return [place if place >= 0 else next(spare) for place in found]


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
    return _load(evidence.content(stored, LARGE, where.bucket))


def predict(model, features: scipy.sparse.csr_matrix, written_as: str) -> numpy.ndarray:
    """The scores of a model for rows, as it saw them in a file of this format.

    In CSV each 0 is a value. In libsvm it is missing, but in column 0, which every row has.
    """
    found = []
    for start in range(0, features.shape[0], ROWS):
        part = features[start : start + ROWS].astype("float32")
        part.resize(part.shape[0], model.num_features())  # a last column may be in no row of train
        rows = part.toarray() if written_as == "csv" else _with_column_0(part)
        found.append(model.inplace_predict(rows))
    return numpy.concatenate(found)


def _with_column_0(features: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    count = features.shape[0]
    first = scipy.sparse.csr_matrix(
        (features[:, [0]].toarray().ravel(), numpy.zeros(count, int), numpy.arange(count + 1)),
        shape=(count, 1),
    )
    return scipy.sparse.hstack([first, features[:, 1:]], "csr")


@functools.lru_cache(maxsize=1)
def _load(packed: bytes):
    import xgboost

    try:
        content = _member(packed, "xgboost-model")
        if content is None:
            raise Hint("The model artifacts hold no file xgboost-model: train again.")
        model = xgboost.Booster(model_file=bytearray(content))
    except (tarfile.TarError, zlib.error, EOFError, OSError, xgboost.core.XGBoostError) as error:
        told = str(error).partition("Stack trace")[0][:200]
        raise Hint(f"The model artifacts hold no model of XGBoost: {told}.") from None
    model.feature_names = None  # a training job gives none: columns are f0, f1, ...
    return model


def _member(packed: bytes, name: str) -> bytes | None:
    """Read a file in an archive, which may be made to unpack to any size."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r|*") as file:
        for member in file:
            if member.offset + member.size > LARGE:
                return None
            if member.isfile() and member.name.removeprefix("./") == name:
                return file.extractfile(member).read()
    return None
