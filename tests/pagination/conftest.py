"""What the tests of List operations share: resources in a region that only they use."""

import time

import pytest
from support import jobs
from support.clients import make_bucket
from support.lists import NAMES, REGION, make_model


@pytest.fixture(scope="session")
def there(client):
    """Return a SageMaker client of the region that the tests of this folder list."""
    return client("sagemaker", region_name=REGION)


@pytest.fixture(scope="session")
def bucket(client):
    s3 = client("s3", region_name=REGION)
    bucket = make_bucket(s3, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="train", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key="test.csv", Body=jobs.TEST_CSV)
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"")
    return bucket


@pytest.fixture(scope="session")
def models(there, bucket) -> list[dict]:
    """Create five models; return them in their order of creation."""
    for name in NAMES:
        make_model(there, bucket, name)
        time.sleep(0.002)  # times are compared in whole milliseconds
    return [there.describe_model(ModelName=name) for name in NAMES]


@pytest.fixture(scope="session")
def trained(there, bucket) -> list[dict]:
    """Run two training jobs that complete, and then one that fails."""
    described = []
    for name, rounds in (("train-b", "1"), ("train-a", "1"), ("train-c", "0")):
        request = jobs.training_request(bucket, hyperparameters={"num_round": rounds})
        request["TrainingJobName"] = name
        request["AlgorithmSpecification"]["TrainingImage"] = jobs.image_uri(region=REGION)
        described.append(jobs.train(there, request))
    return described
