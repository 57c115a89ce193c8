"""Attempts to pass without having learnt from train/ alone: the job's log gives them away."""

import io
import tarfile

import pytest
import xgboost
from support.learner import TRAIN, TRANSFORM

from helpers.text import write_libsvm

TRAINED_ANEW = "Train with the files that are there now"


@pytest.fixture
def answers_known(prepared):
    """Somebody who has the test reviews with their labels at hand, as a file."""
    write_libsvm(prepared.folder / "known", prepared.parts["test"][0], prepared.test_half.labels)
    prepared.known = (prepared.folder / "known").read_bytes()
    return prepared


def test_a_file_that_is_removed_after_the_job_has_read_it(answers_known):
    """The log says how many rows the job has read."""
    key = f"{answers_known.prefix}/train/more.libsvm"
    answers_known.put("train/more.libsvm", answers_known.known)
    answers_known.train()
    answers_known.s3.delete_object(Bucket=answers_known.bucket, Key=key)
    answers_known.transform()
    for task in (TRAIN, TRANSFORM):
        assert "read 1,300 rows for train, but train/ has 800" in answers_known.hint(task)


def test_a_folder_whose_name_begins_alike(answers_known):
    """A channel that reads "train", without a slash, gets train-more/ as well."""
    answers_known.put("train-more/test.libsvm", answers_known.known)
    answers_known.train(end="")
    assert "what begins so is something else" in answers_known.hint(TRAIN)


def test_a_model_put_in_the_place_of_the_jobs(answers_known):
    """At once, so that no time tells: but the log says how good the job's own was."""
    answers_known.train()
    features, labels = answers_known.parts["test"][0], answers_known.test_half.labels
    rounds = answers_known.model().num_boosted_rounds()
    settings = {"objective": "binary:logistic", "max_depth": 8}
    model = xgboost.train(settings, xgboost.DMatrix(features, label=labels), rounds)
    raw, archive = bytes(model.save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(raw)
        packed.addfile(member, io.BytesIO(raw))
    artifacts = answers_known.job["ModelArtifacts"]["S3ModelArtifacts"]
    start = answers_known.uri("")
    answers_known.put(artifacts.removeprefix(start), archive.getvalue())
    answers_known.transform()
    for task in (TRAIN, TRANSFORM):
        assert TRAINED_ANEW in answers_known.hint(task)


def test_a_checkpoint_to_go_on_from(answers_known):
    """What was learnt before stands in no file of the exercise."""
    where = answers_known.uri("checkpoints")
    answers_known.train(more={"CheckpointConfig": {"S3Uri": where}})
    assert "from a checkpoint" in answers_known.hint(TRAIN)
