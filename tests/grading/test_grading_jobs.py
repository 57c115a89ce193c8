"""Mistakes with the training job and the transform job, each made and hinted at."""

import datetime
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from support.learner import EVALUATE, FILES, TRAIN, TRANSFORM

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission


def test_the_newest_training_job_counts(prepared):
    """A learner who fixes a mistake and trains again passes."""
    prepared.train(objective=None)
    assert not prepared.judge(TRAIN).passed
    prepared.train()
    assert prepared.judge(TRAIN).hint == ""


def test_a_model_of_an_earlier_training_job(prepared):
    """A transform job with an earlier training job's model gets a hint."""
    prepared.train()
    first = prepared.job["ModelArtifacts"]["S3ModelArtifacts"]
    prepared.train(max_depth="2")
    prepared.transform(artifacts=first)
    assert "does not hold the artifacts of your newest training job" in prepared.hint(TRANSFORM)


def test_predictions_that_are_not_the_models(trained):
    """Scores that were edited or replaced after the job are recognised as not the model's."""
    trained.transform()
    edited = "\n".join("0.99" if label else "0.01" for label in trained.test_half.labels)
    trained.put("predictions/test.libsvm.out", edited)
    trained.evaluate()
    assert "differ from those that your model gives" in trained.hint(TRANSFORM)
    assert "differ from those that your model gives" in trained.hint(EVALUATE)


def test_a_file_deleted_after_the_job_has_read_it(prepared):
    """A file that was deleted from train/ after the job is noticed from the job's log."""
    key = f"{prepared.prefix}/train/old.libsvm"
    body = (prepared.folder / "validation").read_bytes()
    prepared.put("train/old.libsvm", body)
    prepared.train()
    prepared.s3.delete_object(Bucket=prepared.bucket, Key=key)
    assert "read 1,000 rows for train, but train/ now has 800" in prepared.hint(TRAIN)


def test_files_uploaded_again_after_training(prepared):
    """A job that read other files than those that are in the bucket now gets a hint."""
    prepared.train()
    time.sleep(1.1)  # S3's times have whole seconds
    prepared.upload()
    assert "train/ was overwritten after the job started" in prepared.hint(TRAIN)


def test_a_test_file_uploaded_again_after_the_transform(trained):
    """A job that read another version of the test file gets a hint."""
    trained.transform()
    time.sleep(1.1)
    trained.put("test/test.libsvm", (trained.folder / "test").read_bytes())
    assert "test/ was overwritten after the job started" in trained.hint(TRANSFORM)


def test_a_folder_whose_name_starts_alike(prepared):
    """A channel that names "train" without a slash also reads train-more/, and gets a hint."""
    prepared.put("train-more/more.libsvm", "1 0:1\n")
    prepared.train(end="")
    assert "reads every object whose URI starts with" in prepared.hint(TRAIN)


def test_a_refused_call_makes_no_job(prepared):
    """After a call that SageMaker refused, the hint names the job before, which is judged."""
    prepared.train(objective=None)
    name = prepared.job["TrainingJobName"]
    with pytest.raises(ClientError, match="No S3 objects found"):
        prepared.train(channels={"train": "trian", "validation": "validation"})
    created = prepared.job["CreationTime"].astimezone(datetime.UTC)
    assert prepared.hint(TRAIN).startswith(
        f"Your newest training job, {name} of {created:%H:%M:%S} UTC (a call that was refused "
        "makes none): No objective is set"
    )


def test_a_file_that_only_an_earlier_run_wrote(prepared):
    """A file from before the start is named, with the code that deletes it."""
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    hint = prepared.hint(FILES, since=since)
    assert "vocabulary.json is older than this run" in hint
    assert hint.splitlines()[-1] == (
        'import boto3; boto3.client("s3").delete_object(Bucket=bucket, '
        'Key=f"{prefix}/vocabulary.json")'
    )


def test_all_files_that_an_earlier_run_wrote(prepared, monkeypatch):
    """Of several files from before the start, all are deleted by the code of the hint."""
    prepared.put("train/other.libsvm", "1 0:1\n")
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    with pytest.raises(TaskError) as refused:
        Submission(prepared.session, prepared.lesson, None, since=since).objects("train")
    hint, *code = str(refused.value).splitlines()
    assert "and 1 more are older than this run" in hint
    delete = 'boto3.client("s3").delete_object(Bucket=bucket, Key=f"{prefix}/train/'
    assert code == [f'import boto3; {delete}other.libsvm")', f'{delete}train.libsvm")']
    monkeypatch.setattr(boto3, "client", prepared.session.client)
    exec("\n".join(code), {"bucket": prepared.bucket, "prefix": prepared.prefix})
    assert prepared.hint(FILES).startswith("There is nothing at s3://<bucket>/<prefix>/train/ yet")


def test_all_files_that_are_left_over(prepared):
    """Of several files that a job would read too, all are deleted by the code of the hint."""
    for name in ("train/a.libsvm", "train/b.csv"):
        prepared.put(name, "1 0:1\n")
    _, first, second = prepared.hint(FILES).splitlines()
    assert first.endswith('Key=f"{prefix}/train/a.libsvm")')
    assert second.endswith('Key=f"{prefix}/train/b.csv")')
