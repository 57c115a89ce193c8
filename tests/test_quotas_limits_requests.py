"""A request for a resource over its quota is refused by the server, in AWS's words."""

import re
import threading

import pytest
from botocore.exceptions import ClientError
from support import jobs
from support.clients import make_client
from support.quota_values import own_quotas, set_value
from support.targets import region_of_commands

from helpers.catalog.resource_types import NOTEBOOK_INSTANCE


@pytest.fixture
def quota(local):
    """Return a function that sets a quota on the session's server, and restores it later."""
    with own_quotas(local, "us-east-1") as database:
        yield lambda name, value: set_value(database, name, value)


def test_a_new_account_trains_nowhere(sagemaker, data, quota, assert_aws_error):
    """With 0 instances CreateTrainingJob is refused in AWS's words, and leaves no job."""
    quota("ml.m5.large for training job usage", 0)
    request = jobs.training_request(data)
    with assert_aws_error(
        "ResourceLimitExceeded",
        "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with "
        "current utilization of 0 Instances and a request delta of 1 Instances. Please use AWS "
        "Service Quotas to request an increase for this quota. If AWS Service Quotas is not "
        "available, contact AWS support to request an increase for this quota.",
    ):
        sagemaker.create_training_job(**request)
    with assert_aws_error("ValidationException", "Requested resource not found."):
        sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])


def test_the_longest_run_time(sagemaker, data, quota, assert_aws_error):
    """A job may ask for 5 days, and for more only after an increase of the quota."""
    five_days = 432_000

    def request(seconds: int) -> dict:
        return jobs.training_request(data, StoppingCondition={"MaxRuntimeInSeconds": seconds})

    refused = request(five_days + 1)
    with assert_aws_error(
        "ResourceLimitExceeded",
        "The account-level service limit 'Longest run time for a training job' is 432000 Seconds, "
        "with current utilization of 0 Seconds and a request delta of 432001 Seconds. Please use "
        "AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not "
        "available, contact AWS support to request an increase for this quota.",
    ):
        sagemaker.create_training_job(**refused)
    with assert_aws_error("ValidationException", "Requested resource not found."):
        sagemaker.describe_training_job(TrainingJobName=refused["TrainingJobName"])
    assert jobs.train(sagemaker, request(five_days))["TrainingJobStatus"] == "Completed"
    quota("Longest run time for a training job", 2 * five_days)
    assert jobs.train(sagemaker, refused)["TrainingJobStatus"] == "Completed"


def test_size_of_the_volume(sagemaker, data, quota, assert_aws_error):
    """A volume may have 1,024 GB; local storage counts for no quota of volumes."""

    def request(size: int, instance_type: str = "ml.m5.large") -> dict:
        config = {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": size}
        return jobs.training_request(data, ResourceConfig=config)

    with assert_aws_error(
        "ResourceLimitExceeded",
        "The request delta of 1025 GBs for 'Size of EBS volume for a training job instance' is "
        "greater than the account-level service-limit of 1024 GBs. Please use AWS Service Quotas "
        "to request an increase for this quota. If AWS Service Quotas is not available, contact "
        "AWS support to request an increase for this quota.",
    ):
        sagemaker.create_training_job(**request(1025))
    for accepted in (request(1024), request(1025, "ml.g4dn.xlarge")):
        assert jobs.train(sagemaker, accepted)["TrainingJobStatus"] == "Completed"
    quota("Size of EBS volume for a training job instance", 2000)
    assert jobs.train(sagemaker, request(1025))["TrainingJobStatus"] == "Completed"


def test_spot_training_has_its_own(sagemaker, data, quota, assert_aws_error):
    """The quota of spot training does not limit other training, nor the other way round."""
    quota("ml.m5.large for spot training job usage", 0)
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
    }
    with assert_aws_error("ResourceLimitExceeded"):
        sagemaker.create_training_job(**jobs.training_request(data, **spot))
    assert jobs.train(sagemaker, jobs.training_request(data))["TrainingJobStatus"] == "Completed"


def test_transform_jobs(sagemaker, data, model, quota, assert_aws_error):
    """CreateTransformJob is limited by its own quota; once raised, the same request runs."""
    quota("ml.m5.large for transform job usage", 0)
    request = jobs.transform_request(data, model)
    with assert_aws_error("ResourceLimitExceeded"):
        sagemaker.create_transform_job(**request)
    quota("ml.m5.large for transform job usage", 1)
    assert jobs.transform(sagemaker, request)["TransformJobStatus"] == "Completed"


def test_a_taken_name_is_said_first(sagemaker, trained, data, quota, assert_aws_error):
    """A repeated request is refused because of its name, before quotas are checked."""
    quota("ml.m5.large for training job usage", 0)
    request = jobs.training_request(data, TrainingJobName=trained["TrainingJobName"])
    with assert_aws_error("ResourceInUse"):
        sagemaker.create_training_job(**request)


def test_two_creates_for_one_slot(local, monkeypatch):
    """Of eight concurrent creates for one instance, one succeeds and seven are refused."""
    place = region_of_commands(local, monkeypatch)
    with own_quotas(local, place.region) as database:
        set_value(database, "ml.m5.large for training job usage", 1, place.region)
        created_at_once(local, place)


def created_at_once(local, place) -> None:
    clients = [make_client(local, "sagemaker", region_name=place.region) for _ in range(8)]
    s3 = make_client(local, "s3", region_name=place.region)
    bucket = jobs.new_name("slot")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": place.region})
    s3.put_object(Bucket=bucket, Key="train", Body=jobs.TRAIN_CSV)
    image = {"TrainingImage": jobs.image_uri(region=place.region), "TrainingInputMode": "File"}
    ready, said = threading.Barrier(8), []

    def create(client):
        long = {"num_round": "100000"}  # still running when the last one comes
        request = jobs.training_request(bucket, AlgorithmSpecification=image, hyperparameters=long)
        ready.wait()
        try:
            client.create_training_job(**request)
            said.append(request["TrainingJobName"])
        except ClientError as error:
            said.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=create, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("ResourceLimitExceeded") == 7, said
    name = next(text for text in said if text != "ResourceLimitExceeded")
    running = clients[0].list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in running] == [name]
    clients[0].stop_training_job(TrainingJobName=name)
    assert jobs.wait_for_training(clients[0], name)["TrainingJobStatus"] == "Stopped"


def test_a_notebook_instance_over_the_total(sagemaker, quota, assert_aws_error):
    """A notebook instance over the total is refused in AWS's words, and not created."""
    there = len(sagemaker.list_notebook_instances(MaxResults=100)["NotebookInstances"])
    quota(NOTEBOOK_INSTANCE.number_quota, there)
    named = {"NotebookInstanceName": jobs.new_name("over")}
    with assert_aws_error(
        "ResourceLimitExceeded",
        f"The account-level service limit 'Total number of notebook instances' is {there} "
        f"NotebookInstances, with current utilization of {there} NotebookInstances and a request "
        "delta of 1 NotebookInstances. Please use AWS Service Quotas to request an increase for "
        "this quota. If AWS Service Quotas is not available, contact AWS support to request an "
        "increase for this quota.",
    ):
        sagemaker.create_notebook_instance(**named, InstanceType="ml.t3.medium", RoleArn=jobs.ROLE)
    with assert_aws_error("ValidationException", re.compile("RecordNotFound")):
        sagemaker.describe_notebook_instance(**named)
