"""Validation by the service model gives AWS's texts."""

import doctest

import pytest
from support.valid_values import good
from support.validation_errors import errors

from helpers.local.wire import asgi, aws_json, java_regex, validation
from helpers.local.wire.service_model import operation_model

TRAINING_JOB = {
    "TrainingJobName": "boston-1",
    "HyperParameters": {"objective": "reg:squarederror", "num_round": "100"},
    "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole",
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/output"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "Tags": [{"Key": "course", "Value": "boston é"}],
}


def job_errors(**changes) -> list[str]:
    """Return the errors of a training job with some members changed."""
    return errors("CreateTrainingJob", TRAINING_JOB | changes)


def test_a_good_request_passes():
    """A valid request passes, also for an operation that takes no input."""
    assert job_errors() == []
    assert errors("GetSagemakerServicecatalogPortfolioStatus", {}) == []


def test_enum():
    """For an invalid enum value the allowed values are listed in the model's order."""
    (error,) = job_errors(ResourceConfig=TRAINING_JOB["ResourceConfig"] | {"InstanceType": "local"})
    start = (
        "Value 'local' at 'resourceConfig.instanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ml."
    )
    assert error.startswith(start)
    assert "ml.m5.large, " in error
    assert error.endswith("]")


def test_two_errors_of_one_value():
    """Length is checked before the pattern, as CreateModel was seen to answer."""
    name = "a_" * 32
    assert errors("DescribeModel", {"ModelName": name}) == [
        f"Value '{name}' at 'modelName' failed to satisfy constraint: "
        "Member must have length less than or equal to 63",
        f"Value '{name}' at 'modelName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: "
        r"[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?",
    ]


def test_missing_members():
    """A required member that is absent or null is a null value, at any depth."""
    assert job_errors(RoleArn=None, OutputDataConfig={}) == [
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: "
        "Member must not be null",
    ]


def test_members_of_lists_are_counted_from_one():
    """Each structure in a list is reported as `.N.member`, counted from 1."""
    tags = [{"Key": "a", "Value": "b"}, {"Key": "", "Value": "b"}]
    assert job_errors(Tags=tags) == [
        "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ]


def test_plain_elements_of_a_list_are_reported_by_the_list():
    """All constraints of a list's element are named, whichever is violated."""
    vpc = {"Subnets": ["subnet-1", "b!"], "SecurityGroupIds": ["sg-1"]}
    assert job_errors(VpcConfig=vpc) == [
        "Value '[subnet-1, b!]' at 'vpcConfig.subnets' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    ]


def test_maps_are_reported_whole():
    """A bad entry is reported by its map, keys and values apart; null is one more rule."""
    value_rules = (
        "Map value must satisfy constraint: [Member must have length less than or equal to 2500, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: .*"
    )
    (error,) = job_errors(HyperParameters={"a": "1", "b": "x\n"})
    prefix = "Value '{a=1, b=x\n}' at 'hyperParameters' failed to satisfy constraint: "
    assert error == f"{prefix}{value_rules}]"
    (error,) = job_errors(HyperParameters={"a": None})
    assert error.endswith(f"{value_rules}, Member must not be null]")
    (error,) = job_errors(HyperParameters={"k" * 257: "1"})
    assert (
        "Map keys must satisfy constraint: [Member must have length less than or equal to 256"
        in error
    )
    (error,) = job_errors(HyperParameters={str(n): "1" for n in range(101)})
    assert error.endswith("Member must have length less than or equal to 100")


def test_numbers_have_values_not_lengths():
    """A range error reports the value, which is in quotes even though it is a number."""
    assert job_errors(StoppingCondition={"MaxRuntimeInSeconds": 0}) == [
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    ]
    assert errors("ListModels", {"MaxResults": 10**400})[0].endswith("less than or equal to 100")


def test_structures_in_a_list_are_shown_as_java_shows_them():
    """If a list of structures is too long, such as of tags, the list is shown as the value."""
    (error,) = job_errors(Tags=[{"Key": "a", "Value": "b"}] * 51)
    assert error.startswith("Value '[Tag(key=a, value=b), Tag(")
    assert error.endswith(
        " at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    )


def test_a_huge_value_is_cut():
    """A huge value is truncated in the error."""
    (error,) = job_errors(TrainingJobName="a" * 100_000)[:1]
    assert len(error) < 1300


def test_a_union_has_exactly_one_member():
    """A union with no member or two is refused, and the text names the choices."""
    job = good(operation_model("CreateAutoMLJobV2").input_shape)
    choices = ["imageClassificationJobConfig", "textClassificationJobConfig"]
    for names in ([], ["ImageClassificationJobConfig", "TabularJobConfig"]):
        job["AutoMLProblemTypeConfig"] = {
            name: {"TargetAttributeName": "medv"} if name == "TabularJobConfig" else {}
            for name in names
        }
        (error,) = errors("CreateAutoMLJobV2", job)
        assert error.startswith("Value 'AutoMLProblemTypeConfig(")
        text = f"Member must have exactly one of: [{', '.join(choices)}, "
        assert f"' at 'autoMLProblemTypeConfig' failed to satisfy constraint: {text}" in error


def test_sensitive_values_are_not_repeated():
    """A sensitive value, such as a client secret, is not repeated in an error."""
    workforce = {"WorkforceName": "w", "OidcConfig": {"ClientSecret": "s" * 5000}}
    found = errors("CreateWorkforce", workforce)
    secret = [error for error in found if "clientSecret" in error]
    assert secret[0].startswith("Value at 'oidcConfig.clientSecret' failed to satisfy")


@pytest.mark.parametrize("module", [asgi, aws_json, java_regex, validation])
def test_examples(module):
    """The examples in the docstrings run."""
    results = doctest.testmod(module)
    assert results.attempted
    assert results.failed == 0
