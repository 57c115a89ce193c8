"""Asynchronous endpoints: requests that are acknowledged at once and answered on S3."""

import contextlib
import json
import os
import re
import shutil
import signal
import time
from dataclasses import asdict

import pytest
from botocore.exceptions import ClientError
from support import jobs
from support.clients import make_client
from support.endpoints import ask, variant, wait_in_service
from support.polling import eventually, family, gone

from helpers.local import process
from helpers.local.home import Home
from helpers.local.runtime.hosting.async_invocation import AsyncInvocation
from helpers.local.runtime.hosting.async_queue import RECORD
from helpers.local.state.database import Database


def async_config(bucket: str, **output) -> dict:
    locations = {
        "S3OutputPath": f"s3://{bucket}/results",
        "S3FailurePath": f"s3://{bucket}/failures",
    }
    return {"OutputConfig": locations | output}


def deploy_async(sagemaker, bucket: str, model: str, name: str, **output) -> None:
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant(model)],
        AsyncInferenceConfig=async_config(bucket, **output),
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)


@pytest.fixture
def endpoint(sagemaker, bucket, ten):
    """Return an asynchronous endpoint."""
    name = jobs.new_name("endpoint")
    deploy_async(sagemaker, bucket, ten, name)
    yield name
    with contextlib.suppress(ClientError):
        sagemaker.delete_endpoint(EndpointName=name)


def content(s3, location: str) -> bytes:
    """Wait for an object, and read it."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    eventually(lambda: key in jobs.keys(s3, bucket, key))
    return jobs.read(s3, bucket, key)


def test_a_result(sagemaker, runtime, s3, bucket, endpoint):
    """The answer to an input on S3 is an object at the location that was promised."""
    s3.put_object(Bucket=bucket, Key="in/rows.csv", Body=b"1\n2\n")
    answer = runtime.invoke_endpoint_async(
        EndpointName=endpoint,
        InputLocation=f"s3://{bucket}/in/rows.csv",
        ContentType="text/csv",
        Accept="application/json",
        InferenceId="order-7",
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "order-7"
    uuid = "[0-9a-f-]{36}"
    assert re.fullmatch(f"s3://{bucket}/results/{uuid}.out", answer["OutputLocation"])
    assert re.fullmatch(f"s3://{bucket}/failures/{uuid}-error.out", answer["FailureLocation"])
    predictions = json.loads(content(s3, answer["OutputLocation"]))["predictions"]
    assert [round(item["score"]) for item in predictions] == [10, 10]
    shown = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert shown["AsyncInferenceConfig"] == async_config(bucket)


def test_a_body(runtime, s3, endpoint):
    """A small input may be in the request itself."""
    answer = runtime.invoke_endpoint_async(EndpointName=endpoint, Body=b"3", ContentType="text/csv")
    assert round(float(content(s3, answer["OutputLocation"]))) == 10


@pytest.mark.parametrize(
    ("body", "reason", "logged"),
    [
        (b"1,2,3", "ClientError: Received client error (400) from model.", "Unable to evaluate"),
        (None, "ClientError: Could not find the input at s3://", None),
    ],
)
def test_a_failure(client, runtime, s3, bucket, endpoint, body, reason, logged):
    """What can't be answered is explained at the failure's location, and in the data log."""
    if body is not None:
        s3.put_object(Bucket=bucket, Key="in/rows.csv", Body=body)
    answer = runtime.invoke_endpoint_async(
        EndpointName=endpoint,
        InputLocation=f"s3://{bucket}/in/rows.csv",
        ContentType="text/csv",
        InferenceId="order-8",
    )
    assert content(s3, answer["FailureLocation"]).decode().startswith(reason)
    assert jobs.keys(s3, bucket, "results/") == []
    if logged:
        events = client("logs").filter_log_events(
            logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}", filterPattern="order"
        )["events"]
        assert logged in events[0]["message"]
        assert events[0]["logStreamName"] == "AllTraffic/data-log"


def test_a_failure_that_can_not_be_written(local, runtime, s3, endpoint):
    """What went wrong is written once the disk has room again."""
    folder = local.home / "jobs/endpoint/us-east-1" / endpoint
    shutil.rmtree(folder)  # stands for a full disk
    answer = runtime.invoke_endpoint_async(EndpointName=endpoint, Body=b"x", ContentType="a/b")
    time.sleep(1)  # the container has answered then
    folder.mkdir()
    assert b"Received client error (415)" in content(s3, answer["FailureLocation"])


def test_what_is_refused(runtime, deploy, ten, bucket, endpoint):
    """A request that can't work is refused, in each direction."""
    refused = runtime.exceptions.ValidationError
    asynchronously = runtime.invoke_endpoint_async
    with pytest.raises(refused, match="is asynchronous: call it with InvokeEndpointAsync"):
        ask(runtime, endpoint)
    with pytest.raises(refused, match="is not asynchronous"):
        asynchronously(EndpointName=deploy(variant(ten)), Body=b"3")
    for request, text in (
        ({}, "either an InputLocation or a Body"),
        ({"Body": b"3", "InputLocation": f"s3://{bucket}/k"}, "either an InputLocation or a Body"),
        ({"Body": b"3" * 128_001}, "more than 128,000"),
        ({"InputLocation": f"s3://{bucket}"}, "expected s3://bucket/key"),
        ({"Body": b"3", "Filename": "f"}, "does not serve Filename"),
    ):
        with pytest.raises(refused, match=text):
            asynchronously(EndpointName=endpoint, **request)


def test_invocations_of_an_earlier_endpoint(sagemaker, local, s3, bucket, ten):
    """What an earlier endpoint of the same name has left is not answered by a new one."""
    name = jobs.new_name("endpoint")
    earlier = AsyncInvocation(
        id="left", inference_id="i", endpoint=name, endpoint_created=1.0, received=time.time(),
        ttl_seconds=600, timeout_seconds=60, output_location=f"s3://{bucket}/old/left.out",
        failure_location="", body="Mw==", content_type="text/csv",
    )  # fmt: skip
    database = Database(local.home / "resources.sqlite")
    database.upsert(RECORD, "us-east-1", "left", asdict(earlier), "local:left")
    deploy_async(sagemaker, bucket, ten, name)
    runtime = make_client(local, "sagemaker-runtime")
    answer = runtime.invoke_endpoint_async(EndpointName=name, Body=b"3", ContentType="text/csv")
    assert content(s3, answer["OutputLocation"])
    assert jobs.keys(s3, bucket, "old/") == []
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
    assert database.list_all(RECORD, "us-east-1") == []
    database.close()


def test_notifications(client, sagemaker, runtime, s3, bucket, ten):
    """The end of each invocation is published to the endpoint's topics."""
    sns, sqs = client("sns"), client("sqs")
    arns, queues = {}, {}
    for kind in ("Success", "Error"):
        arns[kind] = sns.create_topic(Name=jobs.new_name(kind))["TopicArn"]
        queues[kind] = sqs.create_queue(QueueName=jobs.new_name(kind))["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queues[kind], AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=arns[kind], Protocol="sqs", Endpoint=queue_arn["Attributes"]["QueueArn"]
        )
    name = jobs.new_name("endpoint")
    topics = {"SuccessTopic": arns["Success"], "ErrorTopic": arns["Error"]}
    deploy_async(sagemaker, bucket, ten, name, NotificationConfig=topics)

    def received(kind: str) -> dict:
        messages = []

        def poll() -> bool:
            messages.extend(sqs.receive_message(QueueUrl=queues[kind]).get("Messages", ()))
            return bool(messages)

        eventually(poll)
        return json.loads(json.loads(messages[0]["Body"])["Message"])

    answer = runtime.invoke_endpoint_async(EndpointName=name, Body=b"3", ContentType="text/csv")
    message = received("Success")
    assert message["invocationStatus"] == "Completed"
    assert message["responseParameters"]["outputLocation"] == answer["OutputLocation"]
    assert message["requestParameters"]["endpointName"] == name
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["eventTime"])
    runtime.invoke_endpoint_async(EndpointName=name, Body=b"1,2", ContentType="text/csv")
    message = received("Error")
    assert message["invocationStatus"] == "Failed"
    assert message["failureReason"].startswith("ClientError: Received client error (400)")
    sagemaker.delete_endpoint(EndpointName=name)


def test_nothing_acknowledged_is_lost(tmp_path, monkeypatch):
    """After a kill -9 of the server every acknowledged invocation is answered."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    services = ("sagemaker", "s3", "sagemaker-runtime")
    try:
        local = process.ensure_running()
        sagemaker, s3, runtime = [make_client(local, service) for service in services]
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="train/a.csv", Body=jobs.TRAIN_CSV)
        job = jobs.train(sagemaker, jobs.training_request("data"))
        model = jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])
        deploy_async(sagemaker, "data", model, "e")
        request = {"EndpointName": "e", "ContentType": "text/csv"}
        locations = [
            runtime.invoke_endpoint_async(**request, Body=b"1,2\n" * 5000)["OutputLocation"]
            for _ in range(60)
        ]
        children = family(local.pid)
        os.kill(local.pid, signal.SIGKILL)
        eventually(lambda: all(map(gone, [local.pid, *children])))

        local = process.ensure_running()
        s3 = make_client(local, "s3")
        for location in locations:
            assert content(s3, location)
        keys = {f"s3://data/{key}" for key in jobs.keys(s3, "data", "results/")}
        assert keys == set(locations)
    finally:
        process.stop(Home.find())
