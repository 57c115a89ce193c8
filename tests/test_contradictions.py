"""Members of a request that contradict each other are refused."""

import re

import pytest
from support import jobs

from helpers.local.resources.contradictions import CONTRADICTIONS, check_contradictions
from helpers.local.resources.control_plane import served
from helpers.local.wire.errors import AwsError
from helpers.local.wire.service_model import operation_model


def training(**changes) -> dict:
    request = {
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "InputDataConfig": [{"ChannelName": "train"}],
    }
    return request | changes


OVER_28_DAYS = (
    "1 validation error detected: Value '2419201' at 'stoppingCondition.maxRuntimeInSeconds' "
    "failed to satisfy constraint: Member must have value less than or equal to 2419200"
)
REFUSED = [  # of each row of CONTRADICTIONS a request, the code and the text
    (
        training(StoppingCondition={"MaxWaitTimeInSeconds": 700}),
        "ValidationException",
        "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set "
        "to true",
    ),
    (
        training(EnableManagedSpotTraining=True),
        "ValidationException",
        "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
        "MaxRuntimeInSeconds",
    ),
    (
        training(StoppingCondition={"MaxRuntimeInSeconds": 2_419_201}),
        "ValidationException",
        OVER_28_DAYS,
    ),
    (
        training(
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "KeepAlivePeriodInSeconds": 600,
            }
        ),
        "ResourceLimitExceeded",
        "The account-level service limit 'ml.m5.large for training warm pool usage' is 0 Instances,"
        " with current utilization of 0 Instances and a request delta of 1 Instances. Please use "
        "AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not "
        "available, contact AWS support to request an increase for this quota.",
    ),
    (
        training(InputDataConfig=[{"ChannelName": "train", "CompressionType": "Gzip"}]),
        "ValidationException",
        "Invalid compression type for channel train: File mode only supports NONE, got Gzip "
        "instead",
    ),
    (
        training(InputDataConfig=[{"ChannelName": "train", "RecordWrapperType": "RecordIO"}]),
        "ValidationException",
        "The Local SageMaker does not serve recordWrapperType RecordIO of channel train: leave it "
        "out, as AWS asks in File mode.",
    ),
    (
        {"MaxConcurrentTransforms": 17},
        "ValidationException",
        "MaxConcurrentTransforms * MaxPayloadInMB must not exceed 100 MB, and is 102.",
    ),
    (
        training(Tags=[{"Key": "AWS:x", "Value": ""}]),
        "ValidationException",
        "aws: prefixed tag key names are not allowed for external use.",
    ),
    (
        training(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]),
        "ValidationException",
        "Duplicate tag key",
    ),
]
ACCEPTED = [
    training(),
    training(
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
    ),
    training(StoppingCondition={"MaxRuntimeInSeconds": 2_419_200}),
    training(ResourceConfig={"KeepAlivePeriodInSeconds": 0}),
    training(
        InputDataConfig=[{"ChannelName": "a", "CompressionType": "Gzip", "InputMode": "Pipe"}]
    ),
    training(InputDataConfig=[{"ChannelName": "a", "CompressionType": "None"}]),
    training(Tags=[{"Key": "paws:x", "Value": "aws:y"}]),
    training(Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "1"}]),
]


@pytest.mark.parametrize(
    ("row", "case"), list(zip(CONTRADICTIONS, REFUSED, strict=True)), ids=lambda item: "-"
)
def test_a_contradiction(row, case):
    """Each contradiction is refused by the code and the text of its row."""
    params, code, text = case
    for operation in row.operations:
        with pytest.raises(AwsError) as refused:
            check_contradictions(operation, params)
        assert (refused.value.code, refused.value.message) == (code, text)


@pytest.mark.parametrize("case", ["whose key starts with aws:", "two tags with the same key"])
def test_every_operation_that_takes_tags_checks_them(case):
    """The refusals of tags hold for each operation whose input has Tags."""
    with_tags = {
        operation
        for operation in served()
        if "Tags" in operation_model(operation).input_shape.members
    }
    (row,) = [row for row in CONTRADICTIONS if case in row.when]
    assert set(row.operations) == with_tags


@pytest.mark.parametrize("params", ACCEPTED, ids=range(len(ACCEPTED)))
def test_no_contradiction(params):
    """Members that go together are accepted."""
    check_contradictions("CreateTrainingJob", params)


def test_a_refused_contradiction_leaves_no_job(sagemaker, data, assert_aws_error):
    """A job whose request contradicts itself is refused on the wire, and not created."""
    request = jobs.training_request(data)
    request["StoppingCondition"]["MaxWaitTimeInSeconds"] = 700
    with assert_aws_error("ValidationException", re.compile("only supported when")):
        sagemaker.create_training_job(**request)
    with assert_aws_error("ValidationException", "Requested resource not found."):
        sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])


def test_add_tags_of_aws(sagemaker, model, assert_aws_error):
    """AddTags refuses a key that starts with aws:, and the resource keeps its tags."""
    arn = sagemaker.describe_model(ModelName=model)["ModelArn"]
    with assert_aws_error("ValidationException", re.compile("^aws: prefixed")):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "aws:team", "Value": "a"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
