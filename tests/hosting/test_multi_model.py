"""Endpoints that serve many models of one prefix, each when it is first asked for."""

import re
import threading

import pytest
from botocore.exceptions import ClientError
from support import jobs, script_models
from support.clients import make_bucket
from support.endpoints import configure, variant
from support.polling import eventually

from helpers.local.containers import registry


def copy(sagemaker, s3, model: str, uri: str) -> None:
    """Copy a model's artifact to another S3 URI."""
    source = sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["ModelDataUrl"]
    (from_bucket, _, from_key), (bucket, _, key) = (
        text.removeprefix("s3://").partition("/") for text in (source, uri)
    )
    s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": from_bucket, "Key": from_key})


@pytest.fixture(scope="module")
def prefix(sagemaker, s3, ten, twenty) -> str:
    """Return an S3 prefix with a model that predicts 10 and one that predicts 20."""
    prefix = f"s3://{make_bucket(s3)}/models/"
    copy(sagemaker, s3, ten, f"{prefix}ten.tar.gz")
    copy(sagemaker, s3, twenty, f"{prefix}sub/twenty.tar.gz")
    return prefix


def multi_model_container(prefix: str, **changes) -> dict:
    return {
        "Image": jobs.image_uri(),
        "ModelDataUrl": prefix,
        "Mode": "MultiModel",
    } | changes


def create_model(sagemaker, container: dict) -> str:
    return script_models.create_model(sagemaker, container)


@pytest.fixture(scope="module")
def multi(sagemaker, prefix) -> str:
    """Return the name of a multi-model model."""
    return create_model(sagemaker, multi_model_container(prefix))


def ask(runtime, endpoint: str, target: str | None, **more) -> str:
    """Return what a model of an endpoint answers to one row."""
    more |= {} if target is None else {"TargetModel": target}
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Body=b"3", Accept="text/csv", **more
    )
    return answer["Body"].read().decode()


def test_each_call_names_its_model(runtime, deploy, multi):
    """TargetModel is a key below the prefix; a leading slash does not matter."""
    endpoint = deploy(variant(multi))
    targets = ("ten.tar.gz", "sub/twenty.tar.gz", "/ten.tar.gz")
    answers = [float(ask(runtime, endpoint, target)) for target in targets]
    assert answers == pytest.approx([10, 20, 10], abs=3)


def test_answers_are_those_of_a_multi_model_container(runtime, deploy, multi):
    """Rows of CSV are joined by commas, and the default is a list in JSON, unlike one model's."""
    endpoint = deploy(variant(multi))
    call = {"EndpointName": endpoint, "TargetModel": "ten.tar.gz", "ContentType": "text/csv"}
    csv = runtime.invoke_endpoint(**call, Body=b"3\n4", Accept="text/csv")
    assert re.fullmatch(r"[\d.]+,[\d.]+", csv["Body"].read().decode())
    default = runtime.invoke_endpoint(**call, Body=b"3\n4")
    assert re.fullmatch(r"\[[\d.]+, [\d.]+\]", default["Body"].read().decode())
    for more, status in (({"Accept": "image/png"}, 415), ({"ContentType": "image/png"}, 415)):
        with pytest.raises(ClientError) as caught:
            runtime.invoke_endpoint(**{**call, "Body": b"3", **more})
        assert caught.value.response["OriginalStatusCode"] == status


def test_a_new_artifact_is_served_without_an_update(
    sagemaker, s3, runtime, deploy, multi, prefix, ten, assert_aws_error
):
    """A model that is not there is AWS's error; once it is uploaded, the same call works."""
    endpoint, name = deploy(variant(multi)), f"{jobs.new_name('late')}.tar.gz"
    bucket, _, key = f"{prefix}{name}".removeprefix("s3://").partition("/")
    text = (
        f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is "
        "an object located at the URL and that the role passed to CreateModel has permissions to "
        "download the model."
    )
    with assert_aws_error("ValidationError", text):
        ask(runtime, endpoint, name)
    copy(sagemaker, s3, ten, f"{prefix}{name}")
    assert float(ask(runtime, endpoint, name)) == pytest.approx(10, abs=3)


def test_what_is_not_a_model(s3, runtime, deploy, multi, prefix, assert_aws_error):
    """Neither text nor an archive without a model ends the container."""
    bucket, _, start = prefix.removeprefix("s3://").partition("/")
    s3.put_object(Bucket=bucket, Key=f"{start}text.tar.gz", Body=b"text")
    junk = script_models.tar_gz({"xgboost-model": b"junk"})
    s3.put_object(Bucket=bucket, Key=f"{start}junk.tar.gz", Body=junk)
    endpoint = deploy(variant(multi))
    with assert_aws_error("ValidationError", re.compile("Failed to extract model data archive")):
        ask(runtime, endpoint, "text.tar.gz")
    with pytest.raises(ClientError, match=re.escape("server error (500)")) as caught:
        ask(runtime, endpoint, "junk.tar.gz")
    assert caught.value.response["OriginalMessage"].startswith("Unable to load model: ")
    assert float(ask(runtime, endpoint, "ten.tar.gz")) == pytest.approx(10, abs=3)


def test_target_model_where_it_does_not_belong(runtime, deploy, multi, ten, assert_aws_error):
    """A multi-model endpoint needs a TargetModel, and an ordinary one refuses it."""
    endpoint = deploy(variant(multi))
    with assert_aws_error("ValidationError", re.compile("^Request .* is missing a target model")):
        ask(runtime, endpoint, None)
    ordinary = deploy(variant(ten))
    text = (
        f"Endpoint {ordinary} is not a multi-model endpoint and does not support target model "
        "header."
    )
    with assert_aws_error("ValidationError", text):
        ask(runtime, ordinary, "ten.tar.gz")


def test_many_calls_at_once(runtime, deploy, multi):
    """Threads that ask for two models at the same time each get the one that they asked for."""
    endpoint, wrong = deploy(variant(multi, InitialInstanceCount=2)), []

    def call(target: str, expected: float) -> None:
        for _ in range(20):
            if abs(float(ask(runtime, endpoint, target)) - expected) > 3:
                wrong.append(target)

    cases = [("ten.tar.gz", 10), ("sub/twenty.tar.gz", 20)] * 4
    threads = [threading.Thread(target=call, args=case) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def total(client, endpoint: str, metric: str, namespace: str = "AWS/SageMaker") -> tuple:
    """Return the sum of a metric, and how many values it has."""
    cloudwatch = client("cloudwatch")
    found = cloudwatch.list_metrics(
        Namespace=namespace, MetricName=metric, Dimensions=[{"Name": "EndpointName"}]
    )["Metrics"]
    mine = [m for m in found if {"Name": "EndpointName", "Value": endpoint} in m["Dimensions"]]
    if not mine:
        return 0, 0
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=mine[0]["Dimensions"],
        StartTime="2020-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86400 * 365,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    return sum(p["Sum"] for p in points), sum(p["SampleCount"] for p in points)


def test_metrics_of_loading(client, runtime, deploy, multi):
    """Hits, times of downloads and loads, and the number of loaded models are counted."""
    endpoint = deploy(variant(multi))
    for target in ("ten.tar.gz", "sub/twenty.tar.gz", "ten.tar.gz"):
        ask(runtime, endpoint, target)
    assert total(client, endpoint, "ModelCacheHit") == (1, 3)
    for metric in ("ModelDownloadingTime", "ModelLoadingTime"):
        microseconds, count = total(client, endpoint, metric)
        assert (count, microseconds > 0) == (2, True), metric
    assert total(client, endpoint, "ModelLoadingWaitTime")[1] == 3
    group = "/aws/sagemaker/Endpoints"
    assert total(client, endpoint, "LoadedModelCount", group) == (1 + 2, 2)


def test_without_a_cache(client, sagemaker, runtime, deploy, prefix):
    """With ModelCacheSetting Disabled, a model is loaded for each call, and shown by Describe."""
    config = {"ModelCacheSetting": "Disabled"}
    name = create_model(sagemaker, multi_model_container(prefix, MultiModelConfig=config))
    shown = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]
    assert (shown["Mode"], shown["MultiModelConfig"]) == ("MultiModel", config)
    endpoint = deploy(variant(name))
    for number in (1, 2):
        assert float(ask(runtime, endpoint, "ten.tar.gz")) == pytest.approx(10, abs=3)
        eventually(lambda number=number: total(client, endpoint, "ModelUnloadingTime")[1] == number)
    assert total(client, endpoint, "ModelCacheHit") == (0, 2)
    assert total(client, endpoint, "ModelDownloadingTime")[1] == 1


def test_what_a_multi_model_container_cannot_be(
    sagemaker, s3, bucket, multi, data, assert_aws_error
):
    """Another image, an empty prefix, a script, serverless, asynchronous, batch are refused."""
    other = next(uri for uri in registry.known_images("us-east-1") if "linear-learner" in uri)
    with assert_aws_error("ValidationException", re.compile("serves one model a container")):
        create_model(sagemaker, multi_model_container(f"s3://{bucket}/x/", Image=other))
    with assert_aws_error("ValidationException", f"Could not find model data at s3://{bucket}/x/."):
        create_model(sagemaker, multi_model_container(f"s3://{bucket}/x/"))
    script = multi_model_container(f"s3://{bucket}/x/", Environment={"SAGEMAKER_PROGRAM": "a.py"})
    with assert_aws_error("ValidationException", re.compile("leave out SAGEMAKER_PROGRAM")):
        create_model(sagemaker, script)
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
    with assert_aws_error("ValidationException", re.compile("ServerlessConfig does not support")):
        configure(
            sagemaker,
            jobs.new_name("config"),
            {"VariantName": "v", "ModelName": multi, "ServerlessConfig": serverless},
        )
    with assert_aws_error("ValidationException", re.compile("AsyncInferenceConfig does not")):
        sagemaker.create_endpoint_config(
            EndpointConfigName=jobs.new_name("config"),
            ProductionVariants=[variant(multi)],
            AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{bucket}/out"}},
        )
    with assert_aws_error("ValidationException", re.compile("batch transform does not support")):
        sagemaker.create_transform_job(**jobs.transform_request(data, multi))
