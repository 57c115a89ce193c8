"""Serverless endpoints: cold starts, throttling, and what they refuse."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from botocore.config import Config
from support import jobs
from support.clients import make_client
from support.endpoints import ask, configure, variant, wait_in_service
from support.polling import eventually, gone
from support.server_processes import containers

from helpers.local.runtime.hosting.serverless import IDLE_SECONDS, MAX_BODY_BYTES, is_idle
from helpers.local.runtime.hosting.traffic import ThrottledError, Traffic


def serverless(model: str, **config: int) -> dict:
    settings = {"MemorySizeInMB": 2048, "MaxConcurrency": 2, **config}
    member = variant(model, ServerlessConfig=settings)
    del member["InstanceType"], member["InitialInstanceCount"]
    return member


def test_describe_and_cold_start(sagemaker, runtime, local, deploy, ten):
    """It has no instances; a container that is gone starts with the next call."""
    before = containers(local.pid)
    name = deploy(serverless(ten))
    shown = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]
    assert shown["CurrentInstanceCount"] == 0
    assert shown["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
    assert "DesiredInstanceCount" not in shown
    assert round(ask(runtime, name)[0]) == 10
    (container,) = containers(local.pid) - before
    os.kill(container, signal.SIGKILL)
    eventually(lambda: gone(container))
    assert round(ask(runtime, name)[0]) == 10
    assert len(containers(local.pid) - before) == 1


def test_idle():
    """A container is idle a minute after the last call has ended, and never during one."""
    traffic = Traffic(last_invocation=100)
    assert not is_idle(traffic, 100 + IDLE_SECONDS)
    assert is_idle(traffic, 101 + IDLE_SECONDS)
    with traffic.invocation():
        assert not is_idle(traffic, 10_000)
    assert not is_idle(traffic, traffic.last_invocation)


def test_concurrency():
    """As many calls at once as the limit says are taken, also after some have ended."""
    traffic = Traffic(max_concurrency=2)
    for _ in range(3):
        with (
            traffic.invocation(),
            traffic.invocation(),
            pytest.raises(ThrottledError),
            traffic.invocation(),
        ):
            pass


def test_a_body_of_more_than_four_megabytes(runtime, deploy, ten, assert_aws_error):
    """A body has 4 MB at most; one that is larger is refused in AWS's words."""
    name = deploy(serverless(ten))
    body = b"1\n" * (MAX_BODY_BYTES // 2)
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)
    assert answer["Body"].read()
    text = re.compile(r"Request [0-9a-f-]{36} has oversize body\.")
    with assert_aws_error("ValidationError", text):
        runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body + b"1")


def test_throttled(local, deploy, ten):
    """A call too many gets 400 without a text, as on AWS."""
    name = deploy(serverless(ten, MaxConcurrency=1))
    once = Config(retries={"total_max_attempts": 1})
    clients = [make_client(local, "sagemaker-runtime", config=once) for _ in range(8)]
    start, results = Barrier(len(clients)), set()

    def call(runtime) -> str:
        start.wait(60)
        body = "1\n" * 300_000  # takes a while
        try:
            runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)
            return "answered"
        except runtime.exceptions.ClientError as error:
            return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error}"

    def at_once() -> bool:
        results.update(pool.map(call, clients))
        return len(results) > 1  # on a busy machine one call may end before another starts

    with ThreadPoolExecutor(len(clients)) as pool:
        eventually(at_once)
    assert "answered" in results
    assert results - {"answered"} == {
        "400 An error occurred (ThrottlingException) when calling the InvokeEndpoint operation "
        "(reached max retries: 0): None"
    }


@pytest.mark.parametrize(
    ("config", "more", "text"),
    [
        ({"MemorySizeInMB": 1500}, {}, "MemorySizeInMB is 1500"),
        ({"ProvisionedConcurrency": 3}, {}, "ProvisionedConcurrency is 3, more than"),
        ({}, {"InstanceType": "ml.t2.medium"}, "is serverless: it can't have InstanceType"),
    ],
)
def test_what_is_refused(sagemaker, ten, assert_aws_error, config, more, text):
    """A contradiction in a serverless variant is refused, and named."""
    with assert_aws_error("ValidationException", re.compile(text)):
        configure(sagemaker, jobs.new_name("config"), serverless(ten, **config) | more)


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("VpcConfig", "A serverless endpoint does not support VpcConfig, which the model"),
        ("EnableNetworkIsolation", "A serverless endpoint does not support EnableNetworkIsolation"),
        ("ModelDataSource", "Model with containers that use ModelDataSource can't be used by a"),
    ],
)
def test_what_is_refused_of_the_model(sagemaker, ten, assert_aws_error, member, text):
    """A serverless endpoint's model has no VPC, no network isolation and no ModelDataSource."""
    name = jobs.new_name("model")
    container = sagemaker.describe_model(ModelName=ten)["PrimaryContainer"]
    more = {
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "EnableNetworkIsolation": True,
    }
    if member == "ModelDataSource":
        source = {"S3DataType": "S3Object", "CompressionType": "Gzip"}
        source["S3Uri"] = container.pop("ModelDataUrl")
        container["ModelDataSource"] = {"S3DataSource": source}
    sagemaker.create_model(
        ModelName=name,
        PrimaryContainer=container,
        ExecutionRoleArn=jobs.ROLE,
        **{key: more[key] for key in more if key == member},
    )
    with assert_aws_error("ValidationException", re.compile(f'^{text}.* "{name}"')):
        configure(sagemaker, jobs.new_name("config"), serverless(name))


def test_instances_can_not_become_serverless(sagemaker, deploy, ten, assert_aws_error):
    """An endpoint with instances stays one; a serverless one may get instances."""
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", serverless(ten))
    with assert_aws_error(
        "ValidationException", "An endpoint with instances can't become serverless."
    ):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-2")
    other = deploy(serverless(ten))
    with assert_aws_error(
        "ValidationException", re.compile("serverless endpoint has no instances")
    ):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=other,
            DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 4}],
        )
    sagemaker.update_endpoint(EndpointName=other, EndpointConfigName=name)
    assert wait_in_service(sagemaker, other)["EndpointConfigName"] == name
