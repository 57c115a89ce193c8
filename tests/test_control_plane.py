"""A waiting Describe answers when the job ends, and delays no other call."""

import asyncio
import json
import select
from types import SimpleNamespace

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
OLDER_SDKS = (
    "Boto3/1.44.8 lib/AWS-SageMaker-Python-SDK#2.257.7",
    "AWS-SageMaker-Python-SDK/1.72.0 Boto3/1.17",
)


@pytest.fixture
def slow_job(client, bucket):
    """Return the name of a training job that runs until it is stopped."""
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
    """Return whether the answer, or a part of it, has arrived."""
    return bool(select.select([call], [], [], seconds)[0])


def status(call) -> str:
    """Wait for an answer, and return the job's status in it."""
    text = b""
    while b"\r\n\r\n" not in text or not text.endswith(b"}"):
        text += call.recv(65536)
    call.close()
    return json.loads(text.partition(b"\r\n\r\n")[2])["TrainingJobStatus"]


def test_twenty_held_calls_and_a_small_one(local, client, slow_job):
    """Twenty waiting calls delay no other call, and all return when the job is stopped."""
    held = [describe(local, slow_job, WAITER) for _ in range(20)]
    for _ in range(5):
        client("sagemaker").list_training_jobs()
        client("s3").list_buckets()
    assert not any(answered(call) for call in held)
    client("sagemaker").stop_training_job(TrainingJobName=slow_job)
    assert {status(call) for call in held} <= {"Stopping", "Stopped"}


def test_plain_calls_are_answered_at_once(local, slow_job):
    """A learner's own loop over describe_training_job is answered without delay."""
    for _ in range(3):
        call = describe(local, slow_job, PLAIN)
        assert answered(call, 20)
        assert status(call) == "InProgress"


def test_the_sdks_reading_back_is_answered_at_once(local, client, bucket):
    """The first Describe after a Create is answered at once; the second one waits."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    client("sagemaker").create_training_job(**request)
    assert status(describe(local, name, SDK)) == "InProgress"
    held = describe(local, name, SDK)
    assert not answered(held, 0.3)
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert status(held) in ("Stopping", "Stopped")


@pytest.mark.parametrize("user_agent", OLDER_SDKS)
def test_the_first_describe_of_older_sdks_is_their_wait(local, client, bucket, user_agent):
    """SDK 1 and 2 don't read back what they create: their first Describe waits already."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    client("sagemaker").create_training_job(**request)
    held = describe(local, name, user_agent)
    assert not answered(held, 0.3)
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert status(held) in ("Stopping", "Stopped")


def test_client_that_gave_up(local, client, slow_job):
    """The call of a client that gave up delays nothing."""
    describe(local, slow_job, WAITER).close()
    held = describe(local, slow_job, WAITER)
    client("sagemaker").stop_training_job(TrainingJobName=slow_job)
    assert status(held) in ("Stopping", "Stopped")


def test_waiter_ends_with_the_job(client, bucket, monkeypatch):
    """boto3's waiter, which otherwise sleeps a minute, ends as soon as a short job ends."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request, slept = training_request(bucket), []
    monkeypatch.setattr("botocore.waiter.time", SimpleNamespace(sleep=slept.append))
    client("sagemaker").create_training_job(**request)
    waiter = client("sagemaker").get_waiter("training_job_completed_or_stopped")
    waiter.wait(
        TrainingJobName=request["TrainingJobName"], WaiterConfig={"Delay": 60, "MaxAttempts": 2}
    )
    assert slept == []


def test_finished_job_is_answered_at_once(local, client, bucket):
    """A Describe of a finished job is answered at once."""
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
    (resource_types.ENDPOINT, "Creating"),
    (resource_types.ENDPOINT, "Updating"),
]


@pytest.mark.parametrize(
    ("resource", "status"), PENDING, ids=[f"{each.label}-{status}" for each, status in PENDING]
)
def test_every_wait_is_held_until_the_status_changes(tmp_path, resource, status):
    """A waiter's Describe, and the first one of an older SDK, last until the status changes."""
    runner = Runner(Context(Home(tmp_path), None, None), slots=1)
    plane = ControlPlane(runner)
    document = {resource.name_member: "a", resource.arn_member: "arn:a"}
    document[resource.status_member] = status
    operation = f"Describe{resource.prefix}"
    body = json.dumps({resource.name_member: "a"}).encode()
    plane.served[operation] = lambda call: dict(document)
    runner.is_first_description = lambda arn: True  # as just after a Create

    async def wait() -> list[bytes]:
        waiting = [
            asyncio.create_task(
                plane.answer(f"SageMaker.{operation}", body, "us-east-1", user_agent)
            )
            for user_agent in (WAITER, *OLDER_SDKS)
        ]
        done, _ = await asyncio.wait(waiting, timeout=0.2)
        assert not done, "answered at once"
        document[resource.status_member] = "Failed"
        runner.context.statuses.notify("arn:a")
        return await asyncio.wait_for(asyncio.gather(*waiting), 20)

    for answer in asyncio.run(wait()):
        assert json.loads(answer)[resource.status_member] == "Failed"


@pytest.mark.parametrize(
    ("operation", "held"), [("UpdateEndpoint", False), ("UpdateEndpointWeightsAndCapacities", True)]
)
def test_what_the_sdk_has_just_updated_is_read_back_at_once(tmp_path, operation, held):
    """SDK 3 reads an endpoint back after UpdateEndpoint only; another Describe of it is a wait."""
    runner = Runner(Context(Home(tmp_path), None, None), slots=1)
    plane = ControlPlane(runner)
    noted = []
    runner.note_undescribed = noted.append
    runner.is_first_description = lambda arn: bool(noted) and noted.pop() == arn
    document = {"EndpointName": "a", "EndpointArn": "arn:a", "EndpointStatus": "Updating"}
    plane.served[operation] = lambda call: {"EndpointArn": "arn:a"}
    plane.served["DescribeEndpoint"] = lambda call: dict(document)
    weights = [{"VariantName": "a", "DesiredWeight": 1}]
    params = {
        "UpdateEndpoint": {"EndpointName": "a", "EndpointConfigName": "b"},
        "UpdateEndpointWeightsAndCapacities": {
            "EndpointName": "a",
            "DesiredWeightsAndCapacities": weights,
        },
    }

    async def answer(name: str, body: dict) -> bytes:
        target, text = f"SageMaker.{name}", json.dumps(body).encode()
        return await plane.answer(target, text, "us-east-1", SDK)

    async def describe(seconds: float) -> bool:
        """Return whether the answer was held for that long."""
        asked = asyncio.create_task(answer("DescribeEndpoint", {"EndpointName": "a"}))
        done, _ = await asyncio.wait([asked], timeout=seconds)
        asked.cancel()
        return not done

    async def describe_twice() -> list[bool]:
        await answer(operation, params[operation])
        return [await describe(0.3 if held else 20), await describe(0.3)]

    assert asyncio.run(describe_twice()) == [held, True]
