"""Training jobs as boto3 sees them: what Describe shows, what is refused, and deletion."""

import datetime
import itertools
import re

import pytest
from support import jobs
from support.linear_learner_job import IMAGE_URI

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


@pytest.mark.parametrize("image", [IMAGE_URI, jobs.image_uri("0.72")])
def test_spot_without_checkpoints(sagemaker, data, assert_aws_error, image):
    """A spot job waits for an hour at most, if its algorithm saves no checkpoints."""
    stopping = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 3601}
    request = jobs.training_request(
        data, EnableManagedSpotTraining=True, StoppingCondition=stopping
    )
    sagemaker.create_training_job(**request)  # of the XGBoost that saves them
    request["AlgorithmSpecification"]["TrainingImage"] = image
    with assert_aws_error("ValidationException", re.compile("limited to a MaxWaitTime.* of 3600")):
        sagemaker.create_training_job(**request)


def test_an_instance_type_for_notebooks_only(sagemaker, data, assert_aws_error):
    """The service model lets ml.t3.medium pass, and training jobs can't have it."""
    request = jobs.training_request(data)
    request["ResourceConfig"]["InstanceType"] = "ml.t3.medium"
    text = "The requested resource training-job/ml.t3.medium is not available in this region"
    with assert_aws_error("ResourceLimitExceeded", text):
        sagemaker.create_training_job(**request)


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


def checkpoints_outside_s3(request: dict) -> None:
    request["CheckpointConfig"] = {"S3Uri": "https://example.com/a"}


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
        (checkpoints_outside_s3, "The S3Uri of CheckpointConfig can't be used"),
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
