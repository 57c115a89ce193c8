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
