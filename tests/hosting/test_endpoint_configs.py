"""Endpoint configurations: what is kept of them, and what is refused."""

import re

import pytest
from support import jobs
from support.endpoints import ARN, configure, variant


def test_describe_config(sagemaker, ten, assert_aws_error):
    """A configuration is shown as it was requested, listed, and deleted once."""
    name = jobs.new_name("config")
    configure(sagemaker, name, variant(ten))
    shown = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    arn = f"{ARN}:endpoint-config/{name}"
    assert shown["EndpointConfigArn"] == arn
    assert shown["ProductionVariants"] == [variant(ten) | {"InitialVariantWeight": 1.0}]
    assert not shown.keys() & {"VpcConfig", "DataCaptureConfig", "KmsKeyId"}
    with assert_aws_error(
        "ValidationException", f'Cannot create already existing endpoint configuration "{arn}".'
    ):
        configure(sagemaker, name, variant(ten))
    listed = sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    assert [item["EndpointConfigName"] for item in listed] == [name]
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    for call in (sagemaker.describe_endpoint_config, sagemaker.delete_endpoint_config):
        with assert_aws_error(
            "ValidationException", f'Could not find endpoint configuration "{arn}".'
        ):
            call(EndpointConfigName=name)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ModelName": "nobody"}, f'Could not find model "{ARN}:model/nobody".'),
        ({"InstanceType": "ml.huge"}, "Member must satisfy enum value set"),
        ({"InstanceType": None}, 'Variant "AllTraffic" needs InstanceType'),
        ({"ManagedInstanceScaling": {"Status": "ENABLED"}}, "ManagedInstanceScaling is only supp"),
        (
            {"AcceleratorType": "ml.eia2.medium"},
            "serve productionVariants.1.member.acceleratorType",
        ),
        ({"RoutingConfig": {"RoutingStrategy": "KV_AWARE"}}, "the RoutingStrategy KV_AWARE"),
    ],
)
def test_a_configuration_that_can_not_work(sagemaker, ten, assert_aws_error, changes, text):
    """A configuration that can't work is refused at once, and the answer names the member."""
    request = {key: value for key, value in (variant(ten) | changes).items() if value is not None}
    with assert_aws_error("ValidationException", re.compile(re.escape(text))):
        configure(sagemaker, jobs.new_name("config"), request)


@pytest.mark.parametrize(("weight", "text"), [(0.0, "greater than 0"), (float("inf"), "at most")])
def test_weights(sagemaker, ten, assert_aws_error, weight, text):
    """Not all weights may be 0, and none infinite."""
    with assert_aws_error("ValidationException", re.compile(text)):
        configure(sagemaker, jobs.new_name("c"), variant(ten, InitialVariantWeight=weight))


OUT = {"S3OutputPath": "s3://a/b"}
CAPTURE = {
    "InitialSamplingPercentage": 1,
    "DestinationS3Uri": "https://example.com/a",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("member", "config", "named"),
    [
        ("AsyncInferenceConfig", {"OutputConfig": {}}, "S3OutputPath"),
        (
            "AsyncInferenceConfig",
            {"OutputConfig": {"S3OutputPath": "https://example.com/a"}},
            "The S3OutputPath can't be used",
        ),
        (
            "AsyncInferenceConfig",
            {"OutputConfig": OUT | {"S3FailurePath": "https://example.com/a"}},
            "The S3FailurePath can't be used",
        ),
        ("DataCaptureConfig", CAPTURE, "The DestinationS3Uri can't be used"),
    ],
)
def test_where_an_endpoint_writes(sagemaker, ten, assert_aws_error, member, config, named):
    """What an endpoint writes goes to S3, and nowhere else."""
    request = {"EndpointConfigName": jobs.new_name("c"), "ProductionVariants": [variant(ten)]}
    with assert_aws_error("ValidationException", re.compile(named)):
        sagemaker.create_endpoint_config(**request, **{member: config})


def test_variants_of_an_asynchronous_endpoint(sagemaker, ten, assert_aws_error):
    """An asynchronous endpoint has one variant."""
    request = {
        "EndpointConfigName": jobs.new_name("c"),
        "ProductionVariants": [variant(ten, "a"), variant(ten, "b")],
        "AsyncInferenceConfig": {"OutputConfig": OUT},
    }
    text = "An asynchronous endpoint has exactly one production variant."
    with assert_aws_error("ValidationException", text):
        sagemaker.create_endpoint_config(**request)
    del request["ProductionVariants"][1]
    sagemaker.create_endpoint_config(**request)


def test_equal_names_of_variants(sagemaker, ten, assert_aws_error):
    """Two variants of one name are refused."""
    with assert_aws_error("ValidationException", 'Variant name "a" is not unique.'):
        configure(sagemaker, jobs.new_name("config"), variant(ten, "a"), variant(ten, "a"))


def test_network_isolation(sagemaker, ten, assert_aws_error):
    """Only the model of an endpoint's variant can ask for network isolation."""
    request = {"EndpointConfigName": jobs.new_name("c"), "ProductionVariants": [variant(ten)]}
    text = "EnableNetworkIsolation is only supported for inference component endpoints."
    with assert_aws_error("ValidationException", text):
        sagemaker.create_endpoint_config(**request, EnableNetworkIsolation=True)
    sagemaker.create_endpoint_config(**request, EnableNetworkIsolation=False)
