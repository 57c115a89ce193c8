"""The held Describe: a wait by the SDK or a waiter ends with the job, and nobody else waits."""

import asyncio
import json
import select
import time

import pytest
from support.jobs import TRAIN_CSV, train, training_request
from support.polling import eventually
from support.signing import SDK, WAITER, open_call

from helpers.catalog import resource_types
from helpers.local.home import Home
from helpers.local.resources.control_plane import ControlPlane
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner

PLAIN = "Boto3/1.44.8 md/Botocore#1.44.8 m/D,Z,b"


@pytest.fixture
def slow_job(client, bucket):
    """The name of a training job that runs until it is stopped."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    sagemaker = client("sagemaker")
    sagemaker.create_training_job(**request)
    eventually(
        lambda: (
            sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
        )
    )
    yield name
    if sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress":
        sagemaker.stop_training_job(TrainingJobName=name)


def describe(local, name, user_agent):
    body = json.dumps({"TrainingJobName": name}).encode()
    return open_call(local, "DescribeTrainingJob", body, user_agent)


def answered(call, seconds=0.0) -> bool:
    """Whether the answer, or a part of it, is there."""
    return bool(select.select([call], [], [], seconds)[0])


def status(call) -> str:
    """The job's status in an answer; it is waited for."""
    text = b""
    while b"\r\n\r\n" not in text or not text.endswith(b"}"):
        text += call.recv(65536)
    call.close()
    return json.loads(text.partition(b"\r\n\r\n")[2])["TrainingJobStatus"]


def test_twenty_held_calls_and_a_small_one(local, client, slow_job):
    """Held calls take nobody's turn, and all are let go when the job is stopped."""
    held = [describe(local, slow_job, WAITER) for _ in range(20)]
    for _ in range(5):
        client("sagemaker").list_training_jobs()
        client("s3").list_buckets()
    assert not any(answered(call) for call in held)
    client("sagemaker").stop_training_job(TrainingJobName=slow_job)
    assert {status(call) for call in held} <= {"Stopping", "Stopped"}


def test_plain_calls_are_answered_at_once(local, slow_job):
    """A learner's own loop over describe_training_job is not slowed down."""
    for _ in range(3):
        call = describe(local, slow_job, PLAIN)
        assert answered(call, 20)
        assert status(call) == "InProgress"


def test_the_sdks_reading_back_is_answered_at_once(local, client, bucket):
    """The first Describe after a Create belongs to the Create; the second one is a wait."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    client("sagemaker").create_training_job(**request)
    assert status(describe(local, name, SDK)) == "InProgress"
    held = describe(local, name, SDK)
    assert not answered(held, 0.3)
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert status(held) in ("Stopping", "Stopped")


def test_client_that_gave_up(local, client, slow_job):
    """Its call holds nothing up."""
    describe(local, slow_job, WAITER).close()
    held = describe(local, slow_job, WAITER)
    client("sagemaker").stop_training_job(TrainingJobName=slow_job)
    assert status(held) in ("Stopping", "Stopped")


def test_waiter_ends_with_the_job(client, bucket):
    """boto3's own waiter would sleep a minute here; a job of a moment takes a moment."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket)
    start = time.monotonic()
    client("sagemaker").create_training_job(**request)
    waiter = client("sagemaker").get_waiter("training_job_completed_or_stopped")
    waiter.wait(
        TrainingJobName=request["TrainingJobName"], WaiterConfig={"Delay": 60, "MaxAttempts": 2}
    )
    assert time.monotonic() - start < 50


def test_finished_job_is_answered_at_once(local, client, bucket):
    """There is nothing to wait for."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket)
    assert train(client("sagemaker"), request)["TrainingJobStatus"] == "Completed"
    for user_agent in (WAITER, SDK):
        call = describe(local, request["TrainingJobName"], user_agent)
        assert answered(call, 20)
        assert status(call) == "Completed"


PENDING = [
    (resource_types.TRAINING_JOB, "InProgress"),
    (resource_types.TRAINING_JOB, "Stopping"),
    (resource_types.TRANSFORM_JOB, "InProgress"),
    (resource_types.TRANSFORM_JOB, "Stopping"),
    (resource_types.NOTEBOOK_INSTANCE, "Pending"),
    (resource_types.NOTEBOOK_INSTANCE, "Stopping"),
]


@pytest.mark.parametrize(
    ("resource", "status"), PENDING, ids=[f"{each.label}-{status}" for each, status in PENDING]
)
def test_every_wait_is_held_until_the_status_changes(tmp_path, resource, status):
    """README promises that nobody sleeps for nothing: so for each type, in each such status."""
    runner = Runner(Context(Home(tmp_path), None, None), slots=1)
    plane = ControlPlane(runner)
    document = {resource.name_member: "a", resource.arn_member: "arn:a"}
    document[resource.status_member] = status
    operation = f"Describe{resource.prefix}"
    plane.served[operation] = lambda call: dict(document)
    body = json.dumps({resource.name_member: "a"}).encode()

    async def wait() -> bytes:
        waiting = asyncio.create_task(
            plane.answer(f"SageMaker.{operation}", body, "us-east-1", WAITER)
        )
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done, "answered at once"
        document[resource.status_member] = "Failed"
        runner.context.statuses.notify("arn:a")
        return await asyncio.wait_for(waiting, 20)

    assert json.loads(asyncio.run(wait()))[resource.status_member] == "Failed"
