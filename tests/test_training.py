"""A training job in this process, with a small program as its container."""

import os
import sys

import pytest
from support.polling import eventually

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.containers.contract import Command, Container, Image
from helpers.local.home import Home
from helpers.local.runtime import artifacts
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.training import TrainingJob, registry
from helpers.local.runtime.workloads import ABANDONED
from helpers.local.state.database import Database

pytestmark = pytest.mark.usefixtures("forkserver")

ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/job"
DOCUMENT = {
    "TrainingJobName": "job",
    "TrainingJobArn": ARN,
    "TrainingJobStatus": "InProgress",
    "SecondaryStatusTransitions": [],
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "InputDataConfig": [],
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/output", "CompressionType": "GZIP"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
SAVE_HALF_A_MODEL = "import sys, time; open(sys.argv[1], 'w').write('half'); time.sleep(60)"


class Logs:
    """Collects log lines."""

    def stream(self, region, group, name):
        return self

    def write(self, *lines):
        pass


def container(script: str) -> Container:
    """Return a container that runs a Python script with the path of the model file."""

    def train(opt_ml, image, environment):
        argv = (sys.executable, "-c", script, str(opt_ml / "model" / "model"))
        return Command(argv, dict(os.environ))

    return Container(
        repositories=(),
        train=train,
        serve=train,
        metric_definitions=lambda image: [],
        check_training=lambda request: None,
        failure_reason=lambda image, code, text: text,
    )


def test_shutdown_uploads_nothing(tmp_path, monkeypatch):
    """A job that is killed at the server's end does not upload its incomplete model."""
    uploads = []
    monkeypatch.setattr(artifacts, "upload", lambda file, uri, region: uploads.append(uri))
    monkeypatch.setattr(registry, "resolve", lambda uri, region: Image(uri, "", "", "", "", ""))
    monkeypatch.setattr(registry, "container_of", lambda image: container(SAVE_HALF_A_MODEL))
    home = Home(tmp_path / "home")
    home.prepare()
    database = Database(home.database)
    database.insert(TRAINING_JOB.arn_type, "us-east-1", "job", DOCUMENT, [], ARN)
    runner = Runner(Context(home, database, Logs()), slots=1)
    job = TrainingJob(runner.context, "us-east-1", "job", ARN)
    runner.start(job)
    model = job.folder / "algo-1/opt_ml/model/model"
    eventually(lambda: model.exists() and model.stat().st_size)
    runner.close()
    document = job.document()
    database.close()
    assert (document["TrainingJobStatus"], document["FailureReason"]) == ("Failed", ABANDONED)
    assert uploads == []
