"""Training jobs are stopped by their user or at their time limit."""

import io
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import xgboost
from botocore.exceptions import ClientError
from support import jobs

ENDLESS = {"num_round": "1000000"}  # of trees that are too small to fill the memory
SMALL_TREES = {"max_depth": "1"}


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def endless(bucket: str, **changes) -> dict:
    """Return a request for a job that would run for a long time."""
    changes["hyperparameters"] = ENDLESS | SMALL_TREES | changes.get("hyperparameters", {})
    return jobs.training_request(bucket, **changes)


def wait_for_rounds(sagemaker, logs, name: str) -> None:
    """Wait until a job has trained for a few rounds."""
    for _ in range(600):
        try:
            if any(line.startswith("[3]") for line in jobs.log_lines(logs, "TrainingJobs", name)):
                return
        except ClientError:
            pass  # no log group yet
        time.sleep(0.1)
    raise AssertionError(sagemaker.describe_training_job(TrainingJobName=name))


def test_artifacts_are_named_from_the_start(sagemaker, data):
    """ModelArtifacts says where the model will be, while the job still runs."""
    request = endless(data)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    job = sagemaker.describe_training_job(TrainingJobName=name)
    sagemaker.stop_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "InProgress"
    place = f"s3://{data}/output/{name}/output/model.tar.gz"
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": place}
    assert "TrainingEndTime" not in job
    jobs.wait_for_training(sagemaker, name)


def test_stopped(sagemaker, s3, logs, data, assert_aws_error):
    """A stopped job is InProgress, Stopping, Stopped, has no model, and can't stop again."""
    request = endless(data)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    wait_for_rounds(sagemaker, logs, name)
    sagemaker.stop_training_job(TrainingJobName=name)
    stopping = sagemaker.describe_training_job(TrainingJobName=name)
    assert stopping["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = jobs.wait_for_training(sagemaker, name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert [move["Status"] for move in job["SecondaryStatusTransitions"]][-2:] == [
        "Stopping",
        "Stopped",
    ]
    assert "FailureReason" not in job
    assert job["BillableTimeInSeconds"] >= 1
    assert jobs.keys(s3, data, "output/") == []
    with assert_aws_error(
        "ValidationException",
        "The request was rejected because the training job is in status Stopped.",
    ):
        sagemaker.stop_training_job(TrainingJobName=name)


def test_stopped_with_its_model(sagemaker, s3, logs, data):
    """save_model_on_termination keeps the model of the last round, which can be loaded."""
    request = endless(data, hyperparameters={"save_model_on_termination": "true"})
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    wait_for_rounds(sagemaker, logs, name)
    sagemaker.stop_training_job(TrainingJobName=name)
    assert jobs.wait_for_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"
    assert load_model(s3, data, name).num_boosted_rounds() >= 3


def load_model(s3, bucket: str, name: str) -> xgboost.Booster:
    packed = jobs.read(s3, bucket, f"output/{name}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return xgboost.Booster(model_file=bytearray(tar.extractfile("xgboost-model").read()))


def test_a_waiter_is_answered_at_the_end(sagemaker, data):
    """A waiter is answered at the end, also while a job stops, without a two-minute sleep."""
    request = endless(data)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with ThreadPoolExecutor() as pool:
        once = {"MaxAttempts": 1}  # it fails if the first answer is not the last
        waiting = pool.submit(waiter.wait, TrainingJobName=name, WaiterConfig=once)
        time.sleep(0.3)
        sagemaker.stop_training_job(TrainingJobName=name)
        waiting.result(60)
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Stopped"


def test_stop_a_completed_job(sagemaker, trained, assert_aws_error):
    """Stopping a completed job is refused in AWS's words."""
    with assert_aws_error(
        "ValidationException",
        "The request was rejected because the training job is in status Completed.",
    ):
        sagemaker.stop_training_job(TrainingJobName=trained["TrainingJobName"])


def test_max_runtime_exceeded(sagemaker, s3, data):
    """A job that exceeds its runtime is Stopped, says why, and has stored its model on S3."""
    request = endless(
        data,
        hyperparameters={"save_model_on_termination": "true"},
        StoppingCondition={"MaxRuntimeInSeconds": 5},  # enough for a round on a busy machine
    )
    job = jobs.train(sagemaker, request)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    last = job["SecondaryStatusTransitions"][-1]
    assert last["Status"] == "MaxRuntimeExceeded"
    assert job["BillableTimeInSeconds"] >= 5
    assert load_model(s3, data, job["TrainingJobName"]).num_boosted_rounds() >= 1
