"""Every member of every request is honoured or refused; none is taken and ignored."""

import importlib.util
import re
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.model import ListShape, MapShape, StructureShape
from support import jobs

from helpers.local.resources import request_members
from helpers.local.resources.control_plane import served
from helpers.local.wire.errors import ValidationException
from helpers.local.wire.service_model import operation_model

spec = importlib.util.spec_from_file_location(
    "request_members", Path(__file__).resolve().parents[1] / "scripts/request_members.py"
)
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
UNSERVED = [
    (operation, path)
    for operation, items in script.rows().items()
    for path, verdict, _ in items
    if verdict == request_members.NOT_SERVED
]


def value_of(shape):
    """Return a value that asks for something, whatever its constraints are."""
    if isinstance(shape, StructureShape):
        return {name: value_of(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [value_of(shape.member)]
    if isinstance(shape, MapShape):
        return {"name": value_of(shape.value)}
    return {"boolean": True, "integer": 1, "long": 1, "timestamp": 1}.get(shape.type_name, "text")


def request_with(operation: str, path: str) -> dict:
    """Return a request that has only this member, and the structures around it."""
    shape, request = operation_model(operation).input_shape, {}
    place = request
    names = path.split(".")
    for number, part in enumerate(names):
        name = part.removesuffix("[]")
        shape = shape.members[name]
        if number == len(names) - 1:
            place[name] = value_of(shape)
            break
        inner = {}
        place[name] = [inner] if isinstance(shape, ListShape) else inner
        shape = shape.member if isinstance(shape, ListShape) else shape
        place = inner
    return request


def test_every_operation_has_its_rows():
    """Each operation that is served has rows, and no other has any."""
    assert served().keys() == request_members.TREES.keys()


def test_the_rows_name_members_of_the_service_model():
    """A row names a member that the operation has, by botocore's service model."""

    def check(operation, shape, node):
        while isinstance(shape, ListShape):
            shape = shape.member
        for name, inner in node.members.items():
            assert name in shape.members, (operation, name)
            check(operation, shape.members[name], inner)

    for operation, tree in request_members.TREES.items():
        check(operation, operation_model(operation).input_shape, tree)


def test_the_table_is_up_to_date():
    """The committed table is the one that the script writes from the rows and the service model."""
    assert script.TABLE.read_text() == script.table(), "run scripts/request_members.py"


@pytest.mark.parametrize(("operation", "path"), UNSERVED)
def test_a_member_that_is_not_served(operation, path):
    """A request that asks for a member that isn't served is refused, naming it."""
    first = next(
        other for op, other in UNSERVED if op == operation and path.startswith(other)
    )  # the structure around it may be what isn't served
    named = ".".join(part[0].lower() + part[1:] for part in first.split("."))
    with pytest.raises(ValidationException) as refused:
        request_members.check_members(operation, request_with(operation, path))
    assert f"does not serve {named.replace('[]', '.1.member')} of {operation}." in str(
        refused.value
    )


def test_a_member_that_asks_for_nothing():
    """A member that isn't served is accepted if it is empty or false, as SDKs send it."""
    params = {
        "RemoteDebugConfig": {"EnableRemoteDebug": False},
        "DebugRuleConfigurations": [],
        "DebugHookConfig": {"S3OutputPath": "s3://a/b", "CollectionConfigurations": []},
        "ResourceConfig": {"InstanceGroups": [], "InstancePlacementConfig": {}},
    }
    request_members.check_members("CreateTrainingJob", params)


# Members without an effect

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234"
VPC = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}
NO_EFFECT = {
    "CreateTrainingJob": {
        "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": True},
        "OutputDataConfig": {"KmsKeyId": KEY},
        "ResourceConfig": {"VolumeSizeInGB": 7, "VolumeKmsKeyId": KEY},
        "VpcConfig": VPC,
        "StoppingCondition": {"MaxPendingTimeInSeconds": 7200},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "DebugHookConfig": {"LocalPath": "/opt/ml/output/tensors", "S3OutputPath": "s3://a/b"},
        "ProfilerConfig": {
            "S3OutputPath": "s3://a/b",
            "ProfilingIntervalInMilliseconds": 500,
            "ProfilingParameters": {"a": "b"},
            "DisableProfiler": True,
        },
        "ProfilerRuleConfigurations": [
            {
                "RuleConfigurationName": "ProfilerReport",
                "RuleEvaluatorImage": "503895931360.dkr.ecr.us-east-1.amazonaws.com/rules:latest",
                "RuleParameters": {"rule_to_invoke": "ProfilerReport"},
            }
        ],
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "InfraCheckConfig": {"EnableInfraCheck": True},
    },
    "CreateTransformJob": {
        "TransformOutput": {"KmsKeyId": KEY},
        "TransformResources": {
            "VolumeKmsKeyId": KEY,
            "TransformAmiVersion": "al2-ami-sagemaker-batch-gpu-535",
        },
    },
    "CreateModel": {
        "PrimaryContainer": {"ContainerHostname": "first"},
        "VpcConfig": VPC,
        "EnableNetworkIsolation": True,
    },
}


def merged(request: dict, more: dict) -> dict:
    """Return a request with more members, structure by structure."""
    return request | {
        name: merged(request[name], value) if isinstance(value, dict) and name in request else value
        for name, value in more.items()
    }


def assert_shown(described: dict, expected: dict) -> None:
    for name, value in expected.items():
        if isinstance(value, dict):
            assert_shown(described[name], value)
        else:
            assert described[name] == value, name


@pytest.mark.parametrize("operation", NO_EFFECT)
def test_members_without_effect_are_shown(sagemaker, data, model, trained, operation):
    """A member that has no effect on this machine is accepted, and shown by Describe."""
    more = NO_EFFECT[operation]
    if operation == "CreateTrainingJob":
        request = merged(jobs.training_request(data), more)
        described = jobs.train(sagemaker, request)
        assert described["TrainingJobStatus"] == "Completed", described
    elif operation == "CreateTransformJob":
        described = jobs.transform(sagemaker, merged(jobs.transform_request(data, model), more))
        assert described["TransformJobStatus"] == "Completed", described
    else:
        url = trained["ModelArtifacts"]["S3ModelArtifacts"]
        container = {"Image": jobs.image_uri(), "ModelDataUrl": url}
        request = {"ModelName": jobs.new_name("model"), "PrimaryContainer": container}
        request = merged(request, {"ExecutionRoleArn": jobs.ROLE, **more})
        sagemaker.create_model(**request)
        described = sagemaker.describe_model(ModelName=request["ModelName"])
    assert_shown(described, more)


def test_every_member_without_effect_is_tried():
    """The requests above have every member that the rows say has no effect."""
    for operation, more in NO_EFFECT.items():
        for path in request_members.ROWS[operation]["no effect here"]:
            if path.startswith(("Containers", "InferenceExecution")) or "ModelData" in path:
                continue  # of pipelines, and of a model with another kind of data
            place = more
            for name in path.split("."):
                place = place[name]


def test_a_client_sees_the_refusal(client, data, assert_aws_error):
    """A member that isn't served is refused on the wire before anything is created."""
    config = Config(retries={"total_max_attempts": 1})
    request = jobs.training_request(data, ExperimentConfig={"ExperimentName": "a"})
    with assert_aws_error("ValidationException", re.compile("does not serve experimentConfig of")):
        client("sagemaker", config=config).create_training_job(**request)
