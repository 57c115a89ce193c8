"""The inventory of resources that exist only on AWS, against stubbed calls and answers."""

import importlib
from datetime import UTC, datetime

import pytest
from support.stubs import arn, stubbed_place

from helpers.account import inventory

DAY = datetime(2026, 11, 25, tzinfo=UTC)
TAGS = [{"Key": "course", "Value": "sagemaker-course"}, {"Key": "lesson", "Value": "a-lesson"}]


@pytest.fixture
def aws(monkeypatch):
    """Return a target and its stubs, where calls are made one after the other."""
    monkeypatch.setattr(
        importlib.import_module("helpers.account.inventory.discovery"), "WORKERS", 1
    )
    place, stubs = stubbed_place()
    yield place, stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def endpoint(name: str) -> dict:
    return {
        "EndpointName": name,
        "EndpointArn": arn("endpoint", name),
        "CreationTime": DAY,
        "LastModifiedTime": DAY,
        "EndpointStatus": "InService",
    }


def describe(stub, name: str) -> None:
    described = endpoint(name) | {"EndpointConfigName": f"{name}-config"}
    stub.add_response("describe_endpoint", described, {"EndpointName": name})


def test_endpoints_over_two_pages(aws):
    """All pages are read, with each item's tags; running items are described, whoever's."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    first, second = endpoint("mine"), endpoint("theirs")
    stub.add_response(
        "list_endpoints", {"Endpoints": [first], "NextToken": "more"}, {"MaxResults": 100}
    )
    stub.add_response(
        "list_endpoints", {"Endpoints": [second]}, {"MaxResults": 100, "NextToken": "more"}
    )
    stub.add_response("list_tags", {"Tags": TAGS}, {"ResourceArn": arn("endpoint", "mine")})
    describe(stub, "mine")
    stub.add_response("list_tags", {"Tags": []}, {"ResourceArn": arn("endpoint", "theirs")})
    describe(stub, "theirs")
    mine, theirs = inventory.discover(place, ["endpoint"], course_only=False)
    assert (mine.is_course, mine.lesson, mine.status) == (True, "a-lesson", "InService")
    assert mine.running
    assert mine.costs
    assert mine.described["EndpointConfigName"] == "mine-config"
    assert (theirs.is_course, theirs.reason) == (False, "")
    assert theirs.described["EndpointConfigName"] == "theirs-config"


def test_an_empty_page_is_not_the_end(aws):
    """A page without an item but with a NextToken, as filters leave it, is read through."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    for token, following in ((None, "a"), ("a", "b"), ("b", None)):
        page = {"Endpoints": [] if following else [endpoint("mine")]}
        asked = {"MaxResults": 100} | ({"NextToken": token} if token else {})
        answer = page | ({"NextToken": following} if following else {})
        stub.add_response("list_endpoints", answer, asked)
    stub.add_response("list_tags", {"Tags": TAGS}, {"ResourceArn": arn("endpoint", "mine")})
    describe(stub, "mine")
    (mine,) = inventory.discover(place, ["endpoint"])
    assert mine.name == "mine"


def test_what_is_not_served_is_not_there(aws):
    """An operation that the Local SageMaker lacks yields no resources and no error."""
    place, stubs = aws
    stubs["sagemaker"].add_client_error("list_endpoints", "UnknownOperationException", "not served")
    problems = []
    assert inventory.discover(place, ["endpoint"], course_only=False, problems=problems) == []
    assert problems == []


def test_a_notebook_instance(aws):
    """A stopped notebook instance is reported to cost its volume."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    instance = {
        "NotebookInstanceName": "n",
        "NotebookInstanceArn": arn("notebook-instance", "n"),
        "NotebookInstanceStatus": "Stopped",
        "CreationTime": DAY,
    }
    stub.add_response("list_notebook_instances", {"NotebookInstances": [instance]})
    stub.add_response("list_tags", {"Tags": TAGS})
    stub.add_response("describe_notebook_instance", instance | {"VolumeSizeInGB": 20})
    (found,) = inventory.discover(place, ["notebook instance"])
    assert not found.running
    assert found.costs
    assert found.created == DAY


def test_tags_that_may_not_be_read(aws):
    """If tags may not be read, resources are left, and the missing action is named once."""
    place, stubs = aws
    stub = stubs["sagemaker"]
    models = [
        {"ModelName": name, "ModelArn": arn("model", name), "CreationTime": DAY} for name in "ab"
    ]
    for operation, key in (
        ("list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries"),
        ("list_training_jobs", "TrainingJobSummaries"),
        ("list_processing_jobs", "ProcessingJobSummaries"),
        ("list_transform_jobs", "TransformJobSummaries"),
        ("list_endpoints", "Endpoints"),
        ("list_endpoint_configs", "EndpointConfigs"),
    ):
        stub.add_response(operation, {key: []})
    stub.add_response("list_models", {"Models": models})
    for _ in models:
        stub.add_client_error("list_tags", "AccessDeniedException", "no")
    stub.add_response("list_notebook_instances", {"NotebookInstances": []})
    stub.add_response("list_notebook_instance_lifecycle_configs", {})
    problems = []
    found = inventory.discover(place, ["model"], course_only=False, problems=problems)
    assert [(item.name, item.is_course) for item in found] == [("a", False), ("b", False)]
    assert [problem.action for problem in problems] == ["sagemaker:ListTags"]


def test_the_log_group_of_an_endpoint(aws):
    """A log group is the course's by its endpoint's name or, without one, by its own tag."""
    place, stubs = aws
    stub, logs = stubs["sagemaker"], stubs["logs"]
    for operation in (
        "list_hyper_parameter_tuning_jobs",
        "list_training_jobs",
        "list_processing_jobs",
        "list_transform_jobs",
    ):
        stub.add_client_error(operation, "UnknownOperationException", "not served")
    stub.add_response("list_endpoints", {"Endpoints": [endpoint("mine")]})
    stub.add_response("list_tags", {"Tags": TAGS})
    describe(stub, "mine")
    for operation in (
        "list_endpoint_configs",
        "list_models",
        "list_notebook_instances",
        "list_notebook_instance_lifecycle_configs",
    ):
        stub.add_client_error(operation, "UnknownOperationException", "not served")
    names = ("mine", "gone", "theirs")
    groups = [
        {"logGroupName": f"/aws/sagemaker/Endpoints/{name}", "logGroupArn": f"arn:aws:logs:{name}"}
        for name in names
    ]
    logs.add_response("describe_log_groups", {"logGroups": groups})
    for name in names:
        tags = {"course": "sagemaker-course"} if name == "gone" else {}
        logs.add_response(
            "list_tags_for_resource", {"tags": tags}, {"resourceArn": f"arn:aws:logs:{name}"}
        )
    found = inventory.discover(place, ["log group"], course_only=False)
    assert [item.reason for item in found] == [
        "log of endpoint mine",
        "tag course=sagemaker-course",
        "",
    ]
    assert found[0].lesson == "a-lesson"
