"""Transform jobs on several instances, as boto3 sees them."""

import pytest
from support import jobs
from support.jobs import answers, as_csv, numbers, run_transform

RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 2}


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def streams(logs, job: dict) -> list[str]:
    """Return the log streams of a job without its data logs."""
    listed = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs",
        logStreamNamePrefix=f"{job['TransformJobName']}/",
    )
    names = [stream["logStreamName"] for stream in listed["logStreams"]]
    return [name for name in names if not name.endswith("/data-log")]


def requests_by_instance(logs, job: dict) -> list[int]:
    """Return how many requests each instance has answered, the fewest first."""
    return sorted(
        sum(
            '"POST /invocations HTTP/1.1" 200' in line
            for line in jobs.log_lines(logs, "TransformJobs", job["TransformJobName"], name)
        )
        for name in streams(logs, job)
    )


def put(s3, bucket: str, count: int) -> dict[str, list[int]]:
    """Store objects of 100 numbers each; return the numbers by the name of their output."""
    expected = {}
    for number in range(count):
        values = numbers(number, number + 100)
        s3.put_object(Bucket=bucket, Key=f"in/{number}.csv", Body=as_csv(values))
        expected[f"{number}.csv.out"] = values
    return expected


def test_each_object_goes_to_one_instance(sagemaker, s3, logs, data, echo):
    """Two instances divide the objects; each output is complete and in order."""
    expected = put(s3, data, 5)
    job, written = run_transform(
        sagemaker, s3, data, echo, uri=f"s3://{data}/in/", TransformResources=RESOURCES
    )
    assert job["TransformJobStatus"] == "Completed", job
    assert {name: answers(content) for name, content in written.items()} == expected
    assert requests_by_instance(logs, job) == [2, 3]


def test_an_instance_without_an_object_is_idle(sagemaker, s3, logs, data, echo):
    """With one object the second instance answers no request, and the job completes."""
    expected = put(s3, data, 1)
    job, written = run_transform(
        sagemaker, s3, data, echo, uri=f"s3://{data}/in/", TransformResources=RESOURCES
    )
    assert {name: answers(content) for name, content in written.items()} == expected
    assert requests_by_instance(logs, job) == [0, 1]


def test_an_object_that_fails_does_not_keep_the_others(sagemaker, s3, logs, data, echo):
    """A job fails by one bad object; the outputs of both instances' other objects are there."""
    expected = put(s3, data, 4)
    s3.put_object(Bucket=data, Key="in/0.csv", Body=b"\xff\xfe\n")
    job, written = run_transform(
        sagemaker, s3, data, echo, uri=f"s3://{data}/in/", TransformResources=RESOURCES
    )
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert written.keys() == expected.keys() - {"0.csv.out"}


def test_models_that_can_not_be_read(sagemaker, s3, data):
    """If the containers can't start, the job fails once, with the reason of one of them."""
    put(s3, data, 2)
    s3.put_object(Bucket=data, Key="bad.tar.gz", Body=b"no archive")
    model = jobs.create_model(sagemaker, f"s3://{data}/bad.tar.gz")
    job, written = run_transform(
        sagemaker, s3, data, model, uri=f"s3://{data}/in/", TransformResources=RESOURCES
    )
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Model data at s3://")
    assert written == {}
