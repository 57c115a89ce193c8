"""Cleanup of resources that exist only on AWS, against stubbed calls and answers."""

from datetime import UTC, datetime

import pytest
from support.stubs import arn, gone, stubbed_place

from helpers.account.cleanup import delete as deletion
from helpers.account.cleanup.delete import DELETED, GONE, REMAINS, STOPPED, execute
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    LOG_GROUP,
    MODEL,
    NOTEBOOK_INSTANCE,
    OBJECTS,
    STACK,
    TRAINING_JOB,
    TUNING_JOB,
)

DAY = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(deletion, "FIRST_PAUSE", 0)


@pytest.fixture
def aws():
    """Return a target and its stubs; at the end each stub must have been called as expected."""
    place, stubs = stubbed_place()
    yield place, stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def endpoint(status: str) -> dict:
    return {
        "EndpointName": "e",
        "EndpointArn": arn("endpoint", "e"),
        "EndpointConfigName": "c",
        "EndpointStatus": status,
        "CreationTime": DAY,
        "LastModifiedTime": DAY,
    }


def notebook(status: str) -> dict:
    return {"NotebookInstanceName": "n", "NotebookInstanceStatus": status}


def describe_training(stub, status: str) -> None:
    stub.add_response(
        "describe_training_job",
        {
            "TrainingJobName": "t",
            "TrainingJobArn": arn("training-job", "t"),
            "ModelArtifacts": {"S3ModelArtifacts": "s3://b/t"},
            "TrainingJobStatus": status,
            "SecondaryStatus": status,
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"VolumeSizeInGB": 5},
            "StoppingCondition": {},
            "CreationTime": DAY,
        },
    )


def stack(status: str, reason: str = "") -> dict:
    described = {"StackName": "s", "CreationTime": DAY, "StackStatus": status}
    return {"Stacks": [described | ({"StackStatusReason": reason} if reason else {})]}


def results(outcomes) -> list[tuple[str, str]]:
    return [(outcome.resource.type.name, outcome.result) for outcome in outcomes]


def test_endpoint_configuration_and_model_in_order(aws):
    """An endpoint goes first, after its log group was tagged; the others wait until it is gone."""
    place, stubs = aws
    sagemaker, logs = stubs["sagemaker"], stubs["logs"]
    group = "/aws/sagemaker/Endpoints/e"
    logs.add_response(
        "tag_resource",
        {},
        {"resourceArn": "arn:g", "tags": {"course": "sagemaker-course", "lesson": "l"}},
    )
    sagemaker.add_response("describe_endpoint", endpoint("InService"), {"EndpointName": "e"})
    sagemaker.add_response("delete_endpoint", {}, {"EndpointName": "e"})
    sagemaker.add_response("describe_endpoint", endpoint("Deleting"))
    gone(sagemaker, "describe_endpoint", f'Could not find endpoint "{arn("endpoint", "e")}".')
    config = {"EndpointConfigName": "c", "EndpointConfigArn": arn("endpoint-config", "c")}
    config |= {"ProductionVariants": [{"VariantName": "v", "ModelName": "m"}], "CreationTime": DAY}
    sagemaker.add_response("describe_endpoint_config", config)
    sagemaker.add_response("delete_endpoint_config", {}, {"EndpointConfigName": "c"})
    gone(sagemaker, "describe_endpoint_config", 'Could not find endpoint configuration "c".')
    sagemaker.add_response(
        "describe_model", {"ModelName": "m", "ModelArn": arn("model", "m"), "CreationTime": DAY}
    )
    sagemaker.add_response("delete_model", {}, {"ModelName": "m"})
    gone(sagemaker, "describe_model", 'Could not find model "m".')
    logs.add_response("delete_log_group", {}, {"logGroupName": group})
    plan = [
        Resource(ENDPOINT, "e", status="InService", reason="tag"),
        Resource(ENDPOINT_CONFIG, "c", reason="tag"),
        Resource(MODEL, "m", reason="tag"),
        Resource(LOG_GROUP, group, "arn:g", reason="log of endpoint e", lesson="l"),
    ]
    assert [outcome.result for outcome in execute(place, plan)] == [DELETED] * 4


def test_endpoint_in_the_making(aws):
    """An endpoint that is being created or changed is deleted only when it is ready."""
    place, stubs = aws
    for status in ("Creating", "Updating", "Failed"):
        stubs["sagemaker"].add_response("describe_endpoint", endpoint(status))
    stubs["sagemaker"].add_response("delete_endpoint", {})
    gone(stubs["sagemaker"], "describe_endpoint", 'Could not find endpoint "e".')
    plan = [Resource(ENDPOINT, "e", status="Creating")]
    assert results(execute(place, plan)) == [("endpoint", DELETED)]


def test_endpoint_that_another_cleanup_deletes(aws):
    """An endpoint that another cleanup deletes is waited for, and counts as deleted."""
    place, stubs = aws
    stubs["sagemaker"].add_response("describe_endpoint", endpoint("Deleting"))
    gone(stubs["sagemaker"], "describe_endpoint", 'Could not find endpoint "e".')
    assert results(execute(place, [Resource(ENDPOINT, "e")])) == [("endpoint", GONE)]


def test_endpoint_that_takes_too_long(aws):
    """An endpoint that takes too long to delete remains, with its status as the reason."""
    place, stubs = aws
    stubs["sagemaker"].add_response("describe_endpoint", endpoint("Creating"))
    (outcome,) = execute(place, [Resource(ENDPOINT, "e")], timeout=-1)
    assert (outcome.result, outcome.reason) == (REMAINS, "still Creating")


def test_notebook_instance(aws):
    """A notebook instance is stopped, waited for, and then deleted."""
    place, stubs = aws
    stub, named = stubs["sagemaker"], {"NotebookInstanceName": "n"}
    stub.add_response("stop_notebook_instance", {}, named)
    stub.add_response("describe_notebook_instance", notebook("Stopping"))
    stub.add_response("describe_notebook_instance", notebook("Stopped"))
    stub.add_response("describe_notebook_instance", notebook("Stopped"))
    stub.add_response("delete_notebook_instance", {}, named)
    stub.add_response("describe_notebook_instance", notebook("Deleting"))
    gone(stub, "describe_notebook_instance", "RecordNotFound")
    plan = [Resource(NOTEBOOK_INSTANCE, "n", status="InService")]
    assert results(execute(place, plan)) == [("notebook instance", DELETED)]


def test_notebook_instance_that_starts(aws):
    """A Pending notebook instance can't be stopped, so it is stopped once it is in service."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    gone(stub, "stop_notebook_instance", "Status (Pending) not in ([InService]).")
    stub.add_response("describe_notebook_instance", notebook("Pending"))
    stub.add_response("describe_notebook_instance", notebook("InService"))
    stub.add_response("stop_notebook_instance", {})
    stub.add_response("describe_notebook_instance", notebook("Stopped"))
    stub.add_response("describe_notebook_instance", notebook("Stopped"))
    stub.add_response("delete_notebook_instance", {})
    gone(stub, "describe_notebook_instance", "RecordNotFound")
    plan = [Resource(NOTEBOOK_INSTANCE, "n", status="Pending")]
    assert results(execute(place, plan)) == [("notebook instance", DELETED)]


def test_a_stack_is_deleted_after_its_instance_has_stopped(aws):
    """A stack is deleted after its instance has stopped, and the instance counts as deleted."""
    place, stubs = aws
    stub, stacks = stubs["sagemaker"], stubs["cloudformation"]
    stub.add_response("stop_notebook_instance", {})
    stub.add_response("describe_notebook_instance", notebook("Stopping"))
    stub.add_response("describe_notebook_instance", notebook("Stopped"))
    stacks.add_response("describe_stacks", stack("CREATE_COMPLETE"))
    stacks.add_response("delete_stack", {})
    gone(stacks, "describe_stacks", "Stack with id s does not exist", "ValidationError")
    gone(stub, "describe_notebook_instance", "RecordNotFound")
    plan = [Resource(STACK, "s"), Resource(NOTEBOOK_INSTANCE, "n", status="InService")]
    assert results(execute(place, plan)) == [
        ("CloudFormation stack", DELETED),
        ("notebook instance", GONE),
    ]


def test_jobs_are_stopped_before_anything_is_deleted(aws):
    """Jobs are stopped before any deletion; one that ends by itself counts as stopped."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    gone(
        stub,
        "stop_training_job",
        "The request was rejected because the training job is in status Completed.",
    )
    describe_training(stub, "Completed")
    stub.add_response(
        "describe_model", {"ModelName": "m", "ModelArn": arn("model", "m"), "CreationTime": DAY}
    )
    stub.add_response("delete_model", {})
    gone(stub, "describe_model", 'Could not find model "m".')
    plan = [Resource(MODEL, "m"), Resource(TRAINING_JOB, "t", status="InProgress")]
    assert results(execute(place, plan)) == [("training job", STOPPED), ("model", DELETED)]


def test_jobs_that_aws_can_delete(aws):
    """With finished_jobs=True a finished training job is deleted too (then ResourceNotFound)."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    describe_training(stub, "Completed")
    stub.add_response("delete_training_job", {}, {"TrainingJobName": "t"})
    describe_training(stub, "Deleting")
    gone(stub, "describe_training_job", "Requested resource not found.")
    gone(stub, "describe_hyper_parameter_tuning_job", "can't find", "ResourceNotFound")
    plan = [
        Resource(TRAINING_JOB, "t", status="Completed"),
        Resource(TUNING_JOB, "h", status="Completed"),
    ]
    assert results(execute(place, plan, finished_jobs=True)) == [
        ("training job", DELETED),
        ("tuning job", GONE),
    ]


def test_a_stack_that_fails(aws):
    """If a stack's deletion fails, CloudFormation's message is the reason."""
    place, stubs = aws
    stub = stubs["cloudformation"]
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE"), {"StackName": "s"})
    stub.add_response("delete_stack", {}, {"StackName": "s"})
    stub.add_response("describe_stacks", stack("DELETE_IN_PROGRESS"))
    stub.add_response("describe_stacks", stack("DELETE_FAILED", "the role is in use"))
    stub.add_response("describe_stacks", stack("DELETE_FAILED", "the role is in use"))
    (outcome,) = execute(place, [Resource(STACK, "s")])
    assert (outcome.result, outcome.reason) == (REMAINS, "the role is in use")


def test_objects_that_are_locked(aws):
    """If DeleteObjects succeeds with errors inside, the first error is reported."""
    place, stubs = aws
    versions = {"Versions": [{"Key": "l/a", "VersionId": "1", "Size": 1}]}
    stub = stubs["s3"]
    stub.add_response("list_object_versions", versions)
    error = {"Key": "l/a", "Code": "AccessDenied", "Message": "It is locked."}
    stub.add_response("delete_objects", {"Errors": [error]})
    stub.add_response("list_multipart_uploads", {})
    found = Resource(OBJECTS, "s3://b/l/", described={"Bucket": "b", "Prefix": "l/"})
    (outcome,) = execute(place, [found])
    assert outcome.result == REMAINS
    assert outcome.reason.startswith(
        "1 objects, the first of them l/a: AccessDenied, It is locked."
    )
