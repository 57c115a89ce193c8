"""What counts for a quota, and which quota a name means."""

import pytest
from support.quota_values import set_value

from helpers.catalog import quotas
from helpers.catalog.resource_types import (
    NOTEBOOK_INSTANCE,
    TRAINING_JOB,
    TRANSFORM_JOB,
    InstanceUse,
    ResourceType,
)
from helpers.local.services.quotas import limits
from helpers.local.state.database import Database

REGION = "us-east-1"


@pytest.fixture
def database(tmp_path):
    """Return the database of an account that runs nothing yet."""
    database = Database(tmp_path / "resources.sqlite")
    yield database
    database.close()


def training_job(instance_type="ml.m5.large", arn="arn:new", status="InProgress", count=1, **more):
    """Return a training job's document."""
    return {
        "TrainingJobName": arn.partition(":")[2],
        "TrainingJobArn": arn,
        "TrainingJobStatus": status,
        "ResourceConfig": {"InstanceType": instance_type, "InstanceCount": count},
        **more,
    }


def notebook_instance(arn="arn:new", status="Pending", instance_type="ml.t3.medium"):
    """Return a notebook instance's document."""
    return {
        "NotebookInstanceName": arn.partition(":")[2],
        "NotebookInstanceArn": arn,
        "NotebookInstanceStatus": status,
        "InstanceType": instance_type,
    }


def insert(database, document, resource=TRAINING_JOB) -> str:
    """Put a document into a database; return its ARN."""
    name, arn = document[resource.name_member], document[resource.arn_member]
    database.insert(resource.arn_type, REGION, name, document, [], arn)
    return arn


def refused(database, document, resource=TRAINING_JOB) -> str:
    """Return the message of the refusal, or "" if there is none."""
    try:
        limits.check(database, REGION, resource, document)
    except limits.AwsError as error:
        return error.message
    return ""


def test_only_what_runs_counts(database):
    """Jobs of that type and use count while they run or stop, not after their end."""
    set_value(database, "ml.m5.large for training job usage", 3)
    insert(database, training_job("ml.m5.large", "arn:runs"))
    insert(database, training_job("ml.m5.large", "arn:stops", "Stopping"))
    insert(database, training_job("ml.m5.large", "arn:ended", "Completed"))
    insert(database, training_job("ml.m5.large", "arn:spot", EnableManagedSpotTraining=True))
    insert(database, training_job("ml.m5.xlarge", "arn:other"))
    assert refused(database, training_job()) == ""
    assert "is 3 Instances, with current utilization of 2 Instances and a request delta of 2" in (
        refused(database, training_job(count=2))
    )
    assert limits.in_use(database, REGION, "training job") == {"ml.m5.large": 2, "ml.m5.xlarge": 1}
    assert limits.in_use(database, "eu-west-1", "training job") == {}


def test_the_job_itself_does_not_count(database):
    """A job that is checked in its own transaction does not count against itself."""
    set_value(database, "ml.m5.large for training job usage", 1)
    arn = insert(database, training_job("ml.m5.large", "arn:first"))
    assert refused(database, training_job(arn=arn)) == ""
    assert refused(database, training_job(arn="arn:second")) != ""


def test_the_total_over_all_types(database):
    """A type without a quota of its own also counts for the total across all jobs."""
    set_value(database, "Number of instances across all training jobs", 1)
    insert(database, training_job("ml.p2.xlarge", "arn:first"))
    assert refused(database, training_job("ml.p2.xlarge")).startswith(
        "The account-level service limit 'Number of instances across all training jobs' is 1 "
        "Instances, with current utilization of 1 Instances and a request delta of 1 Instances."
    )
    transform = {
        "TransformJobArn": "arn:new",
        "TransformResources": {"InstanceType": "ml.p2.xlarge", "InstanceCount": 1},
    }
    assert refused(database, transform, TRANSFORM_JOB) == ""


def test_notebook_instances_that_are_stopped_leave_room(database):
    """Notebook instances count for their type only while they are open or starting."""
    set_value(database, "ml.t3.medium for notebook instance usage", 1)
    for name, status in (("a", "Stopped"), ("b", "Failed"), ("c", "InService")):
        insert(database, notebook_instance(f"arn:{name}", status), NOTEBOOK_INSTANCE)
    message = refused(database, notebook_instance(), NOTEBOOK_INSTANCE)
    assert "current utilization of 1 Instances" in message
    assert refused(database, notebook_instance("arn:c"), NOTEBOOK_INSTANCE) == ""


def test_a_resource_with_several_instance_types(database, monkeypatch):
    """In a resource with several types, each counts for its quota and all for the total."""
    endpoint = ResourceType(
        "endpoint",
        "endpoint",
        "Endpoint",
        busy=frozenset({"InService"}),
        instances=lambda document: [InstanceUse("endpoint", *pair) for pair in document["Has"]],
    )
    monkeypatch.setattr(limits, "RESOURCE_TYPES", (endpoint,))
    set_value(database, "ml.m5.large for endpoint usage", 2)
    document = {"EndpointName": "a", "EndpointArn": "arn:a", "EndpointStatus": "InService"}
    insert(database, {**document, "Has": [["ml.m5.large", 1], ["ml.m5.xlarge", 1]]}, endpoint)
    new = {"EndpointName": "b", "EndpointArn": "arn:b", "Has": [["ml.m5.large", 1]]}
    assert refused(database, new, endpoint) == ""
    assert "for endpoint usage' is 2 Instances, with current utilization of 1" in refused(
        database, {**new, "Has": [["ml.m5.large", 2]]}, endpoint
    )
    set_value(database, "Number of instances across active endpoints", 2)
    assert "across active endpoints' is 2 Instances, with current utilization of 2" in refused(
        database, new, endpoint
    )


def test_a_refusal_takes_the_insert_back(database):
    """A refusal undoes the insert, as both are in one transaction."""
    set_value(database, "ml.m5.large for training job usage", 0)

    def create():
        with database.transaction():
            document = training_job(arn="arn:job")
            insert(database, document)
            limits.check(database, REGION, TRAINING_JOB, document)

    with pytest.raises(limits.AwsError):
        create()
    assert database.get("training-job", REGION, "job") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("L-611FA074", "L-611FA074"),
        ("l-611fa074", "L-611FA074"),
        ("ml.m5.large for training job usage", "L-611FA074"),
        ("m5.large for TRAINING", "L-611FA074"),
        ("across all transform", "L-60D2A6F0"),
    ],
)
def test_quotas_are_found_by_what_people_write(text, code):
    """A quota is found by its code, its name, or a part that only one name has."""
    assert quotas.find(text).code == code


@pytest.mark.parametrize(("text", "names"), [("m5.large", 4), ("ml.m99.large", 57), ("", 57)])
def test_unclear_names_list_the_quotas(text, names):
    """For an ambiguous or unknown name, the message lists the possible quotas."""
    with pytest.raises(quotas.AmbiguousQuotaError) as unclear:
        quotas.find(text)
    assert str(unclear.value).count("\n  L-") == names
