"""What is refused of the storage volumes of jobs and endpoints."""

import pytest
from support import jobs, tuning
from support.endpoints import configure, variant

G4DN = {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5}
M5 = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
KEY = {"VolumeKmsKeyId": "alias/course"}
NO_KEY = (
    "You can't request a VolumeKmsKeyId when using an instance type with local storage, which "
    "ml.g4dn.xlarge has."
)
NO_SIZE = "VolumeSizeInGB is required in ResourceConfig: ml.m5.large has no storage of its own."


@pytest.mark.parametrize(
    ("resources", "text"),
    [(G4DN | KEY, NO_KEY), (M5, NO_SIZE), (M5 | {"VolumeSizeInGB": 0}, NO_SIZE)],
)
def test_training_jobs(sagemaker, data, assert_aws_error, resources, text):
    """A volume has a size; local storage has no key of the request."""
    with assert_aws_error("ValidationException", text):
        sagemaker.create_training_job(**jobs.training_request(data, ResourceConfig=resources))


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ({"ResourceConfig": G4DN | KEY}, NO_KEY),
        ({"ResourceConfig": M5}, NO_SIZE),
        ({"ResourceConfig": None, "HyperParameterTuningResourceConfig": G4DN | KEY}, NO_KEY),
    ],
)
def test_tuning_jobs(sagemaker, s3, assert_aws_error, definition, text):
    """The training jobs of a tuning job have volumes like any other."""
    request = tuning.tuning_request(tuning.data_bucket(s3), definition=definition)
    with assert_aws_error("ValidationException", text):
        sagemaker.create_hyper_parameter_tuning_job(**request)


def test_the_size_that_a_tuning_job_need_not_name(sagemaker, s3):
    """In HyperParameterTuningResourceConfig the size of the volume is optional."""
    definition = {"ResourceConfig": None, "HyperParameterTuningResourceConfig": M5}
    request = tuning.tuning_request(tuning.data_bucket(s3), number=1, definition=definition)
    sagemaker.create_hyper_parameter_tuning_job(**request)
    name = request["HyperParameterTuningJobName"]
    assert tuning.wait(sagemaker, name)["TrainingJobStatusCounters"]["Completed"] == 1


def test_transform_jobs(sagemaker, data, model, assert_aws_error):
    """Local storage has no key of the request."""
    resources = {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1, **KEY}
    with assert_aws_error("ValidationException", NO_KEY):
        sagemaker.create_transform_job(
            **jobs.transform_request(data, model, TransformResources=resources)
        )


@pytest.mark.parametrize("instance_type", ["ml.g4dn.xlarge", "ml.g6.xlarge", "ml.m5d.xlarge"])
def test_variants(sagemaker, model, assert_aws_error, instance_type):
    """A variant whose instances have local storage has no volume, and so no size of it."""
    text = (
        f'Variant "AllTraffic" can\'t have VolumeSizeInGB: {instance_type} has storage of its own, '
        "and no EBS volume."
    )
    request = variant(model, InstanceType=instance_type)
    with assert_aws_error("ValidationException", text):
        configure(sagemaker, jobs.new_name("config"), request | {"VolumeSizeInGB": 60})
    configure(sagemaker, jobs.new_name("config"), request)
