"""botocore's model of SageMaker is parsed once in a process, and only read."""

import json

import boto3
import pytest
from botocore import loaders
from botocore.stub import Stubber

from helpers.session import botocore_models

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
ENDED = {
    "TrainingJobName": "job",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/job",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"},
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "ResourceConfig": {"VolumeSizeInGB": 5},
    "StoppingCondition": {},
    "CreationTime": 0,
}
ORIGINAL = loaders.JSONFileLoader


@pytest.fixture(autouse=True)
def sessions_with_their_own_cache(monkeypatch):
    """Give sessions their own caches, as outside of tests; support/fast_workers.py shares one."""
    init = loaders.Loader.__init__
    monkeypatch.setattr(loaders.Loader, "__init__", getattr(init, "__wrapped__", init))


@pytest.fixture
def parsed(monkeypatch):
    """Share the models; return the list of the files that botocore has parsed since."""
    files = []
    load = ORIGINAL._load_file

    def watched(self, path, *args):
        content = load(self, path, *args)
        files.extend([] if content is None else [path])
        return content

    monkeypatch.setattr(ORIGINAL, "_load_file", watched)
    monkeypatch.setattr(loaders.Loader, "FILE_LOADER_CLASS", ORIGINAL)
    botocore_models.share()
    return files


def test_a_second_session_parses_no_model(parsed):
    """The second client reads the first one's model, also if share() is called again."""
    first = boto3.Session(**KEYS).client("sagemaker")
    assert sum("sagemaker/2017-07-24/service-2" in file for file in parsed) == 1
    parsed.clear()
    botocore_models.share()
    second = boto3.Session(**KEYS).client("sagemaker")
    assert not any("service-2" in file for file in parsed)
    assert first.meta.service_model.metadata is second.meta.service_model.metadata


def test_requests_leave_the_model_as_it_is(parsed):
    """After a request, a paginator and a waiter of two sessions the model is unchanged."""
    for _ in range(2):
        sagemaker = boto3.Session(**KEYS).client("sagemaker")
        with Stubber(sagemaker) as stubber:
            stubber.add_response("list_training_jobs", {"TrainingJobSummaries": []})
            assert list(sagemaker.get_paginator("list_training_jobs").paginate())
            stubber.add_response("describe_training_job", ENDED)
            waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
            waiter.wait(TrainingJobName="job")
    shared = loaders.Loader.FILE_LOADER_CLASS.shared
    assert len(shared) == 1
    fresh = loaders.Loader(file_loader=ORIGINAL())
    assert [*shared.values()] == [fresh.load_service_model("sagemaker", "service-2")]


def test_other_models_are_not_shared(parsed):
    """Models that botocore changes when a client makes a request, such as S3's, aren't shared."""
    for _ in range(2):
        parsed.clear()
        boto3.Session(**KEYS).client("s3")
        assert any("s3/2006-03-01/service-2" in file for file in parsed)


def test_a_model_of_the_learner_is_read_again(parsed, tmp_path):
    """A model file that botocore does not bring is read again, as it may have changed."""
    folder = tmp_path / "sagemaker" / "2099-01-01"
    folder.mkdir(parents=True)
    for version in ("1", "2"):
        (folder / "service-2.json").write_text(json.dumps({"version": version}))
        loader = loaders.Loader(extra_search_paths=[str(tmp_path)])
        assert loader.load_service_model("sagemaker", "service-2") == {"version": version}


def test_a_botocore_that_reads_in_another_way_is_left_alone(monkeypatch):
    """If botocore lacks the class attribute that is replaced, nothing is replaced."""
    monkeypatch.delattr(loaders.Loader, "FILE_LOADER_CLASS")
    botocore_models.share()
    assert not hasattr(loaders.Loader, "FILE_LOADER_CLASS")
