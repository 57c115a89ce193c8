"""What the tests of endpoints share: three models, and endpoints that go when a test ends."""

import contextlib
import io
import tarfile

import pytest
from botocore.exceptions import ClientError
from support import course_image, jobs, script_models
from support.alarms import put_alarm
from support.clients import make_bucket
from support.endpoints import configure, wait_in_service


@pytest.fixture(scope="module")
def runtime(client):
    return client("sagemaker-runtime")


@pytest.fixture(scope="session")
def model_of(sagemaker, s3):
    """Return a function that trains a model whose predictions are near one number."""

    def make(value: float) -> str:
        bucket = make_bucket(s3)
        rows = "".join(f"{value},{number}\n" for number in range(20))
        s3.put_object(Bucket=bucket, Key="train/train.csv", Body=rows.encode())
        job = jobs.train(sagemaker, jobs.training_request(bucket))
        return jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])

    return make


@pytest.fixture(scope="session")
def ten(model_of) -> str:
    """Return a model that predicts 10."""
    return model_of(10)


@pytest.fixture(scope="session")
def twenty(model_of) -> str:
    """Return a model that predicts 20."""
    return model_of(20)


@pytest.fixture
def broken(sagemaker, s3, bucket) -> str:
    """Return a model whose archive holds something that the container can't load."""
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            member = tarfile.TarInfo("xgboost-model")
            member.size = 4
            archive.addfile(member, io.BytesIO(b"junk"))
        s3.put_object(Bucket=bucket, Key="junk.tar.gz", Body=buffer.getvalue())
    return jobs.create_model(sagemaker, f"s3://{bucket}/junk.tar.gz")


@pytest.fixture
def deploy(sagemaker):
    """Return a function that makes an endpoint of variants, and waits until it is in service."""
    made = []

    def make(*variants: dict) -> str:
        name = jobs.new_name("endpoint")
        configure(sagemaker, name, *variants)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        made.append(name)
        wait_in_service(sagemaker, name)
        return name

    yield make
    for name in made:
        with contextlib.suppress(ClientError):
            sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def alarm(client):
    """Return a function that sets the state of the alarm `errors`."""
    cloudwatch = client("cloudwatch")
    put_alarm(cloudwatch, "errors", "AWS/SageMaker", "Invocation5XXErrors", 0)

    def set_state(value: str) -> None:
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue=value, StateReason="test")

    set_state("OK")
    yield set_state
    cloudwatch.delete_alarms(AlarmNames=["errors"])


@pytest.fixture(scope="module")
def script_image(local):
    """Return the folder of the image, in the home folder of the Local SageMaker of these tests."""
    return course_image.pull(local.home)


@pytest.fixture(scope="module")
def script_model(sagemaker, s3, script_image):
    """Return a function that creates a model of a script, and of further files and variables."""
    bucket, made = make_bucket(s3), []

    def make(script: str, files: dict | None = None, **environment: str) -> str:
        made.append(f"{len(made)}/model.tar.gz")
        content = script_models.tar_gz({"code/inference.py": script, **(files or {})})
        s3.put_object(Bucket=bucket, Key=made[-1], Body=content)
        container = script_models.container(f"s3://{bucket}/{made[-1]}", **environment)
        return script_models.create_model(sagemaker, container)

    return make
