"""Models are made of an image and artifacts, described, listed and deleted."""

import re

import pytest
from botocore.config import Config
from support import jobs
from support.clients import make_bucket
from support.endpoints import configure, variant, wait_in_service

NOBODY = "arn:aws:iam::111122223333:role/nobody"


@pytest.fixture
def container(trained) -> dict:
    return {
        "Image": jobs.image_uri(),
        "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
    }


@pytest.fixture
def request_(container) -> dict:
    """Return a request of CreateModel."""
    return {
        "ModelName": jobs.new_name("model"),
        "PrimaryContainer": container,
        "ExecutionRoleArn": jobs.ROLE,
    }


def arn(name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:111122223333:model/{name}"


def test_describe(sagemaker, request_):
    """Describe returns the request's members, ARN and time, and none that AWS leaves absent."""
    made = sagemaker.create_model(**request_)
    assert made["ModelArn"] == arn(request_["ModelName"])
    found = sagemaker.describe_model(ModelName=request_["ModelName"])
    del found["ResponseMetadata"], found["CreationTime"]
    assert found == {
        **request_,
        "PrimaryContainer": request_["PrimaryContainer"] | {"Mode": "SingleModel"},
        "ModelArn": made["ModelArn"],
        "EnableNetworkIsolation": False,
    }


def test_a_list_of_containers(sagemaker, request_, container):
    """A model with a list of one container works like any other, and is returned unchanged."""
    request_["Containers"] = [container]
    del request_["PrimaryContainer"]
    sagemaker.create_model(**request_)
    found = sagemaker.describe_model(ModelName=request_["ModelName"])
    assert found["Containers"] == [container | {"Mode": "SingleModel"}]
    assert "PrimaryContainer" not in found


def test_the_arn_is_in_lower_case(sagemaker, request_):
    """The name in an ARN is in lower case, as on AWS; the name itself keeps its letters."""
    request_["ModelName"] = request_["ModelName"].upper()
    made = sagemaker.create_model(**request_)
    assert made["ModelArn"] == arn(request_["ModelName"].lower())
    found = sagemaker.describe_model(ModelName=request_["ModelName"])
    assert found["ModelName"] == request_["ModelName"]


def test_delete(sagemaker, request_, assert_aws_error):
    """A deleted model is gone, with its tags, and its name is free again."""
    name = request_["ModelName"]
    sagemaker.create_model(**request_, Tags=[{"Key": "a", "Value": "b"}])
    sagemaker.delete_model(ModelName=name)
    for operation in (sagemaker.describe_model, sagemaker.delete_model):
        with assert_aws_error("ValidationException", f'Could not find model "{arn(name)}".'):
            operation(ModelName=name)
    sagemaker.create_model(**request_)
    assert sagemaker.list_tags(ResourceArn=arn(name))["Tags"] == []


def test_a_name_taken(sagemaker, model, container, assert_aws_error):
    """A taken name is a ValidationException for models (ResourceInUse for jobs)."""
    with assert_aws_error(
        "ValidationException", f'Cannot create already existing model "{arn(model)}".'
    ):
        jobs.create_model(sagemaker, container["ModelDataUrl"], name=model)


def test_a_bad_name(sagemaker, request_, assert_aws_error):
    """A name that is too long and has a wrong character gets both errors, in AWS's order."""
    request_["ModelName"] = name = "a_" * 40
    with assert_aws_error(
        "ValidationException",
        re.compile(
            f"^2 validation errors detected: Value '{name}' at 'modelName' failed to satisfy "
            "constraint: Member must have length less than or equal to 63; "
            f"Value '{name}' at 'modelName' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: "
        ),
    ):
        sagemaker.create_model(**request_)


def test_a_role_that_is_not_there(sagemaker, request_, assert_aws_error):
    """A missing role is refused by CreateModel's own text."""
    request_["ExecutionRoleArn"] = NOBODY
    with assert_aws_error(
        "ValidationException",
        f'The execution role ARN "{NOBODY}" is invalid. Please ensure that the role exists and '
        'that its trust relationship policy allows the action "sts:AssumeRole" for the service '
        'principal "sagemaker.amazonaws.com".',
    ):
        sagemaker.create_model(**request_)


def test_a_role_that_does_not_trust_sagemaker(sagemaker, client, request_, assert_aws_error):
    """A role that only another service may assume is refused."""
    iam, name = client("iam"), jobs.new_name("role")
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "ec2.amazonaws.com"}}]}'
    )
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    request_["ExecutionRoleArn"] = role
    with assert_aws_error("ValidationException", re.compile(f'^The execution role ARN "{role}"')):
        sagemaker.create_model(**request_)
    iam.delete_role(RoleName=name)


def test_model_data_of_another_region(sagemaker, s3, client, request_, assert_aws_error):
    """Model data of another region exists, but is refused."""
    there = client("s3", region_name="eu-west-1")
    location = {"LocationConstraint": "eu-west-1"}
    bucket = make_bucket(there, CreateBucketConfiguration=location)
    there.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"")
    uri = f"s3://{bucket}/model.tar.gz"
    request_["PrimaryContainer"]["ModelDataUrl"] = uri
    with assert_aws_error(
        "ValidationException",
        f'Could not access model data at {uri}. Please ensure that the role "{jobs.ROLE}" exists '
        'and that its trust relationship policy allows the action "sts:AssumeRole" for the '
        'service principal "sagemaker.amazonaws.com". Also ensure that the role has '
        '"s3:GetObject" permissions and that the object is located in us-east-1. If your Model '
        "uses multiple models or uncompressed models, please ensure that the role has "
        '"s3:ListBucket" permission.',
    ):
        sagemaker.create_model(**request_)


def test_without_artifacts(sagemaker, request_):
    """A model without artifacts is accepted, as an image may contain its model."""
    del request_["PrimaryContainer"]["ModelDataUrl"]
    sagemaker.create_model(**request_)
    found = sagemaker.describe_model(ModelName=request_["ModelName"])
    assert "ModelDataUrl" not in found["PrimaryContainer"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"Image": None, "ModelPackageName": "a-package"}, "primaryContainer.modelPackageName of"),
        ({"MultiModelConfig": {"ModelCacheSetting": "Disabled"}}, "needs the mode MultiModel"),
        ({"AdditionalModelDataSources": [{"ChannelName": "a"}]}, "additionalModelDataSources of"),
    ],
)
def test_what_is_not_served_is_refused(client, request_, assert_aws_error, change, named):
    """A member that isn't served is refused instead of ignored."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    container = request_["PrimaryContainer"] | change
    request_["PrimaryContainer"] = {name: item for name, item in container.items() if item}
    if "AdditionalModelDataSources" in change:
        source = {"S3Uri": "s3://a/b", "S3DataType": "S3Prefix", "CompressionType": "None"}
        container["AdditionalModelDataSources"][0]["S3DataSource"] = source
    with assert_aws_error("ValidationException", re.compile(named)):
        client("sagemaker", config=config).create_model(**request_)


def model_source(uri: str, data_type: str, compression: str) -> dict:
    """Return a ModelDataSource."""
    source = {"S3Uri": uri, "S3DataType": data_type, "CompressionType": compression}
    return {"ModelDataSource": {"S3DataSource": source}}


@pytest.fixture
def plain_artifacts(sagemaker, s3, data) -> str:
    """Return the URI of the uncompressed artifacts of a training job."""
    request = jobs.training_request(data)
    request["OutputDataConfig"]["CompressionType"] = "NONE"
    return jobs.train(sagemaker, request)["ModelArtifacts"]["S3ModelArtifacts"]


@pytest.mark.parametrize("kind", ["plain prefix", "plain object", "archive"])
def test_model_data_source(sagemaker, client, trained, plain_artifacts, kind):
    """What a training job leaves, packed or not, is named by ModelDataSource and predicts."""
    source = {
        "plain prefix": model_source(plain_artifacts, "S3Prefix", "None"),
        "plain object": model_source(f"{plain_artifacts}xgboost-model", "S3Object", "None"),
        "archive": model_source(trained["ModelArtifacts"]["S3ModelArtifacts"], "S3Object", "Gzip"),
    }[kind]
    name = jobs.new_name("model")
    container = {"Image": jobs.image_uri(), **source}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    shown = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]
    assert shown == {**container, "Mode": "SingleModel"}
    configure(sagemaker, name, variant(name))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    body = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, ContentType="text/csv", Body=jobs.TEST_CSV
    )["Body"]
    assert len(body.read().splitlines()) == len(jobs.ROWS)
    sagemaker.delete_endpoint(EndpointName=name)


def test_model_data_source_of_a_transform_job(sagemaker, trained, data, assert_aws_error):
    """Batch transform does not support ModelDataSource."""
    source = model_source(trained["ModelArtifacts"]["S3ModelArtifacts"], "S3Object", "Gzip")
    name = jobs.new_name("model")
    container = {"Image": jobs.image_uri(), **source}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    text = (
        "SageMaker Batch currently doesn't support Model entity with container definitions which "
        "use ModelDataSource attribute"
    )
    with assert_aws_error("ValidationException", text):
        sagemaker.create_transform_job(**jobs.transform_request(data, name))


@pytest.mark.parametrize(
    ("uri", "data_type", "compression", "text"),
    [
        ("nowhere/", "S3Prefix", "None", "^Could not find model data at s3://"),
        ("nowhere", "S3Object", "Gzip", "^Could not find model data at s3://"),
        ("train/", "S3Prefix", "Gzip", "set S3DataType to S3Object"),
        ("train", "S3Prefix", "None", "always ends with a forward slash"),
    ],
)
def test_model_data_source_that_cannot_be_read(
    sagemaker, data, request_, assert_aws_error, uri, data_type, compression, text
):
    """A ModelDataSource that leads nowhere, or is a combination that AWS refuses, is refused."""
    source = model_source(f"s3://{data}/{uri}", data_type, compression)
    request_["PrimaryContainer"] = {"Image": jobs.image_uri(), **source}
    with assert_aws_error("ValidationException", re.compile(text)):
        sagemaker.create_model(**request_)


def test_model_data_url_and_source(sagemaker, request_, assert_aws_error):
    """A container with both a ModelDataUrl and a ModelDataSource is refused, or an empty one."""
    source = model_source(request_["PrimaryContainer"]["ModelDataUrl"], "S3Object", "Gzip")
    request_["PrimaryContainer"] |= source
    with assert_aws_error("ValidationException", re.compile("not in both")):
        sagemaker.create_model(**request_)
    request_["PrimaryContainer"] = {"Image": jobs.image_uri(), "ModelDataSource": {}}
    with assert_aws_error("ValidationException", "ModelDataSource needs S3DataSource."):
        sagemaker.create_model(**request_)


def test_containers_are_needed_and_role(sagemaker, request_, container, assert_aws_error):
    """Exactly one way of naming containers, and a role, are required."""
    with assert_aws_error("ValidationException", re.compile("either a PrimaryContainer or")):
        sagemaker.create_model(**request_, Containers=[container])
    without = {"ModelName": request_["ModelName"], "ExecutionRoleArn": jobs.ROLE}
    with assert_aws_error("ValidationException", re.compile("either a PrimaryContainer or")):
        sagemaker.create_model(**without)
    del request_["ExecutionRoleArn"]
    with assert_aws_error("ValidationException", re.compile("^ExecutionRoleArn is required")):
        sagemaker.create_model(**request_)


def test_no_image(sagemaker, request_, assert_aws_error):
    """A container without an image is refused with AWS's words."""
    del request_["PrimaryContainer"]["Image"]
    text = "^Specify one of either Image and Model Data URL or ModelPackageName in container def"
    with assert_aws_error("ValidationException", re.compile(text)):
        sagemaker.create_model(**request_)
