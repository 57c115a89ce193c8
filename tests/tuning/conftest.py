"""What the tests of tuning jobs share: data for training and validation, and a finished job."""

import pytest
from support import tuning


@pytest.fixture(scope="session")
def tuning_data(s3) -> str:
    """Return a bucket with the channels `train` and `validation`."""
    return tuning.data_bucket(s3)


@pytest.fixture(scope="session")
def tuned(sagemaker, tuning_data) -> dict:
    """Return the Describe answer of a completed tuning job with three training jobs and tags."""
    request = tuning.tuning_request(
        tuning_data, config={"RandomSeed": 3}, Tags=[{"Key": "team", "Value": "blue"}]
    )
    request["HyperParameterTuningJobName"] = request["HyperParameterTuningJobName"].title()
    return tuning.tune(sagemaker, request)


@pytest.fixture
def refused(sagemaker, assert_aws_error):
    """Return refused(request, message): the request is refused, and no job has its name then."""

    def refused(request: dict, message) -> None:
        with assert_aws_error("ValidationException", message):
            sagemaker.create_hyper_parameter_tuning_job(**request)
        with assert_aws_error("ResourceNotFound"):
            tuning.describe(sagemaker, request["HyperParameterTuningJobName"])

    return refused
