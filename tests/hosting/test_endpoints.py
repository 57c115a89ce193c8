"""Endpoints as boto3 sees them: created, described, refused, failed and deleted."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from support import jobs
from support.endpoints import ARN, PING, ask, configure, variant, wait_in_service
from support.polling import eventually
from support.quota_values import own_quotas

from helpers.__main__ import main
from helpers.catalog import quotas
from helpers.local.services.quotas import applied


def test_from_create_to_delete(sagemaker, runtime, ten, monkeypatch):
    """An endpoint answers as soon as it is in service, and is gone once it is deleted."""
    name = jobs.new_name("Endpoint")
    configure(sagemaker, name, variant(ten))
    made = sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert made["EndpointArn"] == f"{ARN}:endpoint/{name.lower()}"
    slept = []
    monkeypatch.setattr("botocore.waiter.time", SimpleNamespace(sleep=slept.append))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    assert slept == []  # it would be 30 s
    value, by = ask(runtime, name)
    assert (round(value), by) == (10, "AllTraffic")
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
    with pytest.raises(runtime.exceptions.ValidationError, match=f"Endpoint {name} of account"):
        ask(runtime, name)


def test_describe(sagemaker, client, deploy, ten):
    """Describe shows variants with weights and counts, and nothing that AWS leaves absent."""
    account, repository, tag = re.fullmatch(r"(\d+)\..+/(.+):(.+)", jobs.image_uri()).groups()
    of_aws = {"registryId": account, "repositoryName": repository}
    (image,) = client("ecr").describe_images(**of_aws, imageIds=[{"imageTag": tag}])["imageDetails"]
    resolved = jobs.image_uri().replace(f":{tag}", f"@{image['imageDigest']}")
    name = deploy(variant(ten, InitialInstanceCount=2))
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["LastModifiedTime"] > shown["CreationTime"]
    del shown["ResponseMetadata"]
    created, in_service = shown.pop("CreationTime"), shown.pop("LastModifiedTime")
    deployed = shown["ProductionVariants"][0]["DeployedImages"][0]
    assert created <= deployed.pop("ResolutionTime") <= in_service
    assert shown == {
        "EndpointName": name,
        "EndpointArn": f"{ARN}:endpoint/{name}",
        "EndpointConfigName": name,
        "EndpointStatus": "InService",
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "DeployedImages": [{"SpecifiedImage": jobs.image_uri(), "ResolvedImage": resolved}],
                "CurrentWeight": 1.0,
                "DesiredWeight": 1.0,
                "CurrentInstanceCount": 2,
                "DesiredInstanceCount": 2,
            }
        ],
    }
    listed = sagemaker.list_endpoints(NameContains=name, StatusEquals="InService")["Endpoints"]
    assert [item["EndpointArn"] for item in listed] == [shown["EndpointArn"]]


def test_names(sagemaker, deploy, ten, assert_aws_error):
    """A taken name and missing names are refused in AWS's words."""
    name = deploy(variant(ten))
    arn = f"{ARN}:endpoint/{name}"
    with assert_aws_error(
        "ValidationException", f'Cannot create already existing endpoint "{arn}".'
    ):
        sagemaker.create_endpoint(EndpointName=name.upper(), EndpointConfigName=name)
    nobody = {"EndpointName": "nobody"}
    missing = f'Could not find endpoint "{ARN}:endpoint/nobody".'
    for call, request in (
        (sagemaker.describe_endpoint, nobody),
        (sagemaker.delete_endpoint, nobody),
        (sagemaker.update_endpoint, nobody | {"EndpointConfigName": name}),
    ):
        with assert_aws_error("ValidationException", missing):
            call(**request)
    no_config = f'Could not find endpoint configuration "{ARN}:endpoint-config/nobody".'
    with assert_aws_error("ValidationException", no_config):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="nobody")
    with assert_aws_error("ValidationException", no_config):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="nobody")


def test_no_quota(sagemaker, local, ten, assert_aws_error):
    """Without a quota the endpoint is refused, and its configuration stays."""
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(ten))
    quota = quotas.find("ml.t2.medium for endpoint usage")
    with own_quotas(local, "us-east-1") as database:
        applied.set_value(database, "us-east-1", quota, 0, datetime.now(UTC))
        with assert_aws_error(
            "ResourceLimitExceeded",
            re.compile(
                "^The account-level service limit 'ml.t2.medium for endpoint usage' is 0 "
                "Instances, with current utilization of 0 Instances and a request delta of 1 "
            ),
        ):
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert not sagemaker.list_endpoints(NameContains=name)["Endpoints"]


def test_a_model_that_can_not_be_loaded(sagemaker, runtime, broken, assert_aws_error):
    """The endpoint fails with AWS's reason; then it can only be deleted."""
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(broken))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    with pytest.raises(Exception, match="Failed"):
        wait_in_service(sagemaker, name)
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert (shown["EndpointStatus"], shown["FailureReason"]) == ("Failed", PING)
    assert "ProductionVariants" not in shown
    with pytest.raises(runtime.exceptions.ValidationError, match="not found"):
        ask(runtime, name)
    with assert_aws_error("ValidationException", re.compile("delete it")):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("zip", 'Failed to extract model data archive from URL "{url}". Please ensure that the '),
        ("gone", 'Failed to download model data for container "container_1" from URL: "{url}". '),
    ],
)
def test_model_data(sagemaker, s3, bucket, trained, change, text):
    """An archive that is none, or gone since the model was made, fails with AWS's reason."""
    url = f"s3://{bucket}/model.tar.gz"
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"PK\x03\x04 and so on")
    model = jobs.create_model(sagemaker, url)
    if change == "gone":
        s3.delete_object(Bucket=bucket, Key="model.tar.gz")
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(model))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    with pytest.raises(Exception, match="Failed"):
        wait_in_service(sagemaker, name)
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["FailureReason"].startswith(text.format(url=url))


def test_log(client, runtime, deploy, ten):
    """Each instance has a log stream in the group of its endpoint."""
    name = deploy(variant(ten, InitialInstanceCount=2))
    ask(runtime, name)
    logs = client("logs")
    group = f"/aws/sagemaker/Endpoints/{name}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert len(streams) == 2
    for stream in streams:
        assert re.fullmatch(r"AllTraffic/i-[0-9a-f]{17}", stream["logStreamName"])
    search = {"logGroupName": group, "filterPattern": "invocations"}
    eventually(lambda: logs.filter_log_events(**search)["events"])
    (line,) = logs.filter_log_events(**search)["events"]
    assert '"POST /invocations HTTP/1.1" 200' in line["message"]


def test_configuration_and_model_may_go(sagemaker, runtime, deploy, model_of):
    """An endpoint still serves when its configuration and its model are deleted."""
    model = model_of(30)
    name = deploy(variant(model))
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=model)
    assert round(ask(runtime, name)[0]) == 30


def test_deleted_while_it_is_created(sagemaker, model_of, assert_aws_error):
    """An endpoint can't be deleted while it is created; once it has failed or serves, it can."""
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(model_of(40), InitialInstanceCount=4))
    arn = sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)["EndpointArn"]
    with assert_aws_error("ValidationException", f'Cannot update in-progress endpoint "{arn}".'):
        sagemaker.delete_endpoint(EndpointName=name)
    wait_in_service(sagemaker, name)
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)


def test_the_command_prints_the_log(local, deploy, ten, capsys):
    """`local logs NAME` prints what an endpoint's containers wrote."""
    name = deploy(variant(ten))

    def printed() -> str:
        assert main(["local", "logs", name]) == 0
        return capsys.readouterr().out

    assert f"--- /aws/sagemaker/Endpoints/{name} AllTraffic/i-" in printed()
    eventually(lambda: "Model loaded successfully" in printed())  # lines may be a little late
