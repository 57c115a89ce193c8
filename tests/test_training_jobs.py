"""Training jobs as boto3 sees them, from their start to their end."""

import datetime
import io
import itertools
import re
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import xgboost
from botocore.exceptions import ClientError
from support import jobs

ENDLESS = {"num_round": "1000000"}  # of trees that are too small to fill the memory
SMALL_TREES = {"max_depth": "1"}

MEMBERS = {  # of DescribeTrainingJob for a completed job that asked for nothing more
    "TrainingJobName",
    "TrainingJobArn",
    "ModelArtifacts",
    "TrainingJobStatus",
    "SecondaryStatus",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "SecondaryStatusTransitions",
    "FinalMetricDataList",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "TrainingTimeInSeconds",
    "BillableTimeInSeconds",
    "ProfilingStatus",
}


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


def test_describe_has_what_aws_has(trained):
    """Describe has every member that AWS gives, and none that AWS leaves absent (VpcConfig)."""
    assert trained.keys() - {"ResponseMetadata"} == MEMBERS
    assert trained["TrainingJobStatus"] == trained["SecondaryStatus"] == "Completed"
    name = trained["TrainingJobName"]
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}"
    assert trained["TrainingJobArn"] == arn
    assert trained["OutputDataConfig"]["KmsKeyId"] == ""


def test_transitions(trained):
    """Each secondary status ends when the next one starts, and the last one has an end too."""
    moves = trained["SecondaryStatusTransitions"]
    assert [move["Status"] for move in moves] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    for move, following in itertools.pairwise(moves):
        assert move["StartTime"] <= move["EndTime"] == following["StartTime"]
    assert moves[0]["StartTime"] == trained["CreationTime"]
    assert moves[1]["StartTime"] == trained["TrainingStartTime"]
    assert moves[-1]["EndTime"] == trained["TrainingEndTime"] == trained["LastModifiedTime"]
    assert all(move["StatusMessage"] for move in moves)


def test_billable_seconds(trained):
    """Billable seconds are the whole seconds from start to end, and at least one."""
    took = trained["TrainingEndTime"] - trained["TrainingStartTime"]
    seconds = trained["BillableTimeInSeconds"]
    assert seconds == trained["TrainingTimeInSeconds"] >= 1
    assert seconds - 1 <= took.total_seconds() <= seconds


def test_defaults_are_shown(sagemaker, data):
    """Describe shows defaults that a request omits, such as one day as the maximum runtime."""
    request = jobs.training_request(data, StoppingCondition={})
    job = jobs.train(sagemaker, request)
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    channel = job["InputDataConfig"][0]
    assert channel["CompressionType"] == channel["RecordWrapperType"] == "None"
    assert channel["DataSource"]["S3DataSource"]["S3DataDistributionType"] == "FullyReplicated"
    assert len(job["AlgorithmSpecification"]["MetricDefinitions"]) == 66


def test_metric_definitions_are_the_algorithms(sagemaker, data, assert_aws_error):
    """A request can't override the metric definitions of a built-in algorithm, as on AWS."""
    request = jobs.training_request(data)
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "a", "Regex": "b(.)"}]
    with assert_aws_error(
        "ValidationException",
        "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry "
        "the request without specifying metric definitions.",
    ):
        sagemaker.create_training_job(**request)


def test_final_metrics_are_the_last_logged(sagemaker, s3, logs, data):
    """FinalMetricDataList has the last logged value of each channel and metric."""
    s3.put_object(Bucket=data, Key="validation/v.csv", Body=jobs.TRAIN_CSV)
    channels = [jobs.channel(f"s3://{data}/{name}", name) for name in ("train", "validation")]
    job = jobs.train(
        sagemaker,
        jobs.training_request(
            data, InputDataConfig=channels, hyperparameters={"eval_metric": "rmse,mae"}
        ),
    )
    last = [
        line
        for line in jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"])
        if re.match(r"\[2\]#011", line)
    ]
    logged = {
        f"{channel}:{metric}": float(value)
        for channel, metric, value in re.findall(r"#011(\w+)-(\w+):([0-9.]+)", last[0])
    }
    found = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    assert len(found) == 4
    assert found == pytest.approx(logged, rel=1e-7)  # AWS keeps single precision
    for item in job["FinalMetricDataList"]:
        assert job["TrainingStartTime"] <= item["Timestamp"] <= job["TrainingEndTime"]


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


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job"])
def test_no_such_job(sagemaker, assert_aws_error, operation):
    """A job that doesn't exist, or is in another region, is not found."""
    with assert_aws_error("ValidationException", "Requested resource not found."):
        getattr(sagemaker, operation)(TrainingJobName="nobody")


def test_spot(sagemaker, data, assert_aws_error):
    """A spot job must state its maximum wait; then it runs like any other."""
    request = jobs.training_request(data, EnableManagedSpotTraining=True)
    with assert_aws_error("ValidationException", re.compile("^Invalid MaxWaitTimeInSeconds")):
        sagemaker.create_training_job(**request)
    request["StoppingCondition"]["MaxWaitTimeInSeconds"] = 600
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed"
    assert job["EnableManagedSpotTraining"] is True


def five_instances(request: dict) -> None:
    request["ResourceConfig"]["InstanceCount"] = 5


def no_instance(request: dict) -> None:
    request["ResourceConfig"]["InstanceCount"] = 0


def instance_groups(request: dict) -> None:
    group = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"}
    request["ResourceConfig"]["InstanceGroups"] = [group]


def no_image(request: dict) -> None:
    request["AlgorithmSpecification"].pop("TrainingImage")


def a_script(request: dict) -> None:  # in an image that only runs its algorithm here
    image = jobs.image_uri("1.7-1")
    request["AlgorithmSpecification"] |= {"TrainingImage": image, "ContainerEntrypoint": ["sh"]}


def session_tags(request: dict) -> None:
    request["SessionChainingConfig"] = {"EnableSessionTagChaining": True}


def checkpoints_elsewhere(request: dict) -> None:
    request["CheckpointConfig"] = {"S3Uri": "s3://a/b", "LocalPath": "/tmp"}


def one_channel_twice(request: dict) -> None:
    request["InputDataConfig"] *= 2


def a_file_system(request: dict) -> None:
    request["InputDataConfig"][0]["DataSource"] = {
        "FileSystemDataSource": {
            "FileSystemId": "fs-01234567890",
            "FileSystemAccessMode": "ro",
            "FileSystemType": "EFS",
            "DirectoryPath": "/data",
        }
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (five_instances, "resourceConfig.instanceCount is 5. Set it to a number from 1 to 4."),
        (no_instance, "at 'resourceConfig.instanceCount' failed to satisfy"),
        (instance_groups, "does not serve resourceConfig.instanceGroups of CreateTrainingJob."),
        (no_image, "algorithmSpecification.trainingImage"),
        (a_script, "does not run scripts in"),
        (session_tags, "does not serve sessionChainingConfig of CreateTrainingJob."),
        (checkpoints_elsewhere, "localPath is /tmp"),
        (one_channel_twice, "must be unique"),
        (a_file_system, "dataSource.fileSystemDataSource of"),
    ],
)
def test_what_does_not_run_here_is_refused(sagemaker, data, assert_aws_error, change, named):
    """A member that isn't supported is refused by name instead of ignored."""
    request = jobs.training_request(data)
    change(request)
    with assert_aws_error("ValidationException", re.compile(re.escape(named))):
        sagemaker.create_training_job(**request)


def test_times_are_those_of_now(trained):
    """Timestamps are current, in UTC, to the millisecond."""
    age = datetime.datetime.now(datetime.UTC) - trained["CreationTime"]
    assert datetime.timedelta(0) <= age < datetime.timedelta(hours=1)


def test_delete(sagemaker, s3, data, assert_aws_error):
    """A deleted job is gone with its tags, its artifacts stay, and its name is free again."""
    request = jobs.training_request(data, Tags=[{"Key": "a", "Value": "b"}])
    name = request["TrainingJobName"]
    job = jobs.train(sagemaker, request)
    sagemaker.delete_training_job(TrainingJobName=name)
    with assert_aws_error("ValidationException", "Requested resource not found."):
        sagemaker.describe_training_job(TrainingJobName=name)
    with assert_aws_error("ResourceNotFound", "Requested resource not found."):
        sagemaker.delete_training_job(TrainingJobName=name)
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
    assert jobs.read(s3, bucket, key)
    del request["Tags"]
    assert jobs.train(sagemaker, request)["TrainingJobStatus"] == "Completed"
    assert sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == []


def test_delete_a_running_job(sagemaker, data, assert_aws_error):
    """A job that runs can't be deleted."""
    request = jobs.training_request(data, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    with assert_aws_error(
        "ResourceInUse",
        "The request was rejected because the training job is in status InProgress.",
    ):
        sagemaker.delete_training_job(TrainingJobName=name)
    sagemaker.stop_training_job(TrainingJobName=name)
    jobs.wait_for_training(sagemaker, name)
    sagemaker.delete_training_job(TrainingJobName=name)
