"""Wrong input gets AWS's answers, in its own words where they are public.

Sources of the texts: tracebacks in the issues of aws/amazon-sagemaker-examples and
aws/sagemaker-python-sdk, and the texts of aws/sagemaker-xgboost-container.
"""

import re

import pytest
from botocore.exceptions import ParamValidationError
from support import jobs
from support.clients import make_bucket

NOBODY = "arn:aws:iam::111122223333:role/nobody"
PULL = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
ACCOUNT = "683313688378"  # of the registry in us-east-1


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


@pytest.fixture
def refused(sagemaker, data, assert_aws_error):
    """Return a function that asserts CreateTrainingJob's refusal, and that no job is left."""

    def refused(message, code="ValidationException", **changes):
        request = jobs.training_request(data) | changes
        with assert_aws_error(code, message):
            sagemaker.create_training_job(**request)
        with assert_aws_error("ValidationException", "Requested resource not found."):
            sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])

    return refused


def starts_with(text: str) -> re.Pattern:
    return re.compile("^" + re.escape(text))


# What CreateTrainingJob refuses


def test_a_name_taken(sagemaker, data, trained, assert_aws_error):
    """The name of a training job can never be used again."""
    request = jobs.training_request(data) | {"TrainingJobName": trained["TrainingJobName"]}
    with assert_aws_error(
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job "
        f"with this name already exists ({trained['TrainingJobArn']})",
    ):
        sagemaker.create_training_job(**request)


@pytest.mark.parametrize("instance_type", ["local", "ml.t2.medium", "m1.m4.xlarge"])
def test_a_bad_instance_type(refused, instance_type):
    """For a bad instance type the answer names the member and the valid types."""
    refused(
        starts_with(
            f"1 validation error detected: Value '{instance_type}' at 'resourceConfig.instanceType'"
            " failed to satisfy constraint: Member must satisfy enum value set: [ml."
        ),
        ResourceConfig={"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 5},
    )


def test_a_role_arn_that_is_none(refused):
    """A string of over 20 characters that isn't an ARN passes botocore, but is refused here."""
    refused(
        "1 validation error detected: Value 'AmazonSageMaker-ExecutionRole' at 'roleArn' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: "
        r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        RoleArn="AmazonSageMaker-ExecutionRole",
    )


def test_a_role_that_is_not_there(refused):
    """A valid ARN of a role that doesn't exist is refused."""
    refused(
        f"Could not assume role {NOBODY}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
        RoleArn=NOBODY,
    )


@pytest.mark.parametrize("prefix", ["typo/train.csv", "train/typo", "Train"])
def test_a_prefix_with_no_objects(refused, data, prefix):
    """A prefix without objects is refused at once, and keys are case-sensitive."""
    refused(no_objects(data, prefix), InputDataConfig=[jobs.channel(f"s3://{data}/{prefix}")])


def no_objects(bucket: str, prefix: str, region: str = "us-east-1") -> str:
    return (
        f'No S3 objects found under S3 URL "s3://{bucket}/{prefix}" given in input data source. '
        f"Please ensure that the bucket exists in the selected region ({region}), that objects "
        f'exist under that S3 prefix, and that the role "{jobs.ROLE}" has "s3:ListBucket" '
        f'permissions on bucket "{bucket}".'
    )


def test_a_bucket_that_is_not_there(refused):
    """A missing bucket is refused in the same words as a prefix without objects."""
    name = jobs.new_name("bucket")
    refused(no_objects(name, "train"), InputDataConfig=[jobs.channel(f"s3://{name}/train")])


def test_a_bucket_of_another_region(refused, client):
    """A bucket of another region is refused."""
    elsewhere = client("s3", region_name="eu-west-1")
    location = {"LocationConstraint": "eu-west-1"}
    name = make_bucket(elsewhere, CreateBucketConfiguration=location)
    elsewhere.put_object(Bucket=name, Key="train/a.csv", Body=jobs.TRAIN_CSV)
    refused(no_objects(name, "train"), InputDataConfig=[jobs.channel(f"s3://{name}/train")])


IMAGES = {
    f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:9.9-9": (
        f"Cannot find the requested image: {ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/"
        "sagemaker-xgboost:9.9-9 with tag: 9.9-9 and digest: null. Please check if your ECR image "
        f"exists and role {jobs.ROLE} has proper pull permissions for SageMaker: {PULL}"
    ),
    f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/xgbost:1": (
        f"Cannot find repository: xgbost in registry ID: {ACCOUNT} Please check if your ECR "
        f"repository exists and role {jobs.ROLE} has proper pull permissions for SageMaker: {PULL}"
    ),
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0": (
        "Access denied for repository: sagemaker-xgboost in registry ID: 123456789012. Please "
        "check if your ECR repository and image exist and role "
        f"{jobs.ROLE} has proper pull permissions for SageMaker: {PULL}"
    ),
    "xgboost": (
        "Invalid training image. Please provide a valid Amazon Elastic Container Registry path of "
        "the Docker image to run."
    ),
}


@pytest.mark.parametrize("uri", IMAGES)
def test_an_image_that_does_not_exist(refused, uri):
    """An unknown tag, repository or registry is refused with the list of images that run."""
    refused(
        starts_with(f"{IMAGES[uri]} (The Local SageMaker runs: {jobs.image_uri()}, "),
        AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"},
    )


@pytest.mark.parametrize("repository", ["kmeans", "sagemaker-tensorflow-scriptmode"])
def test_an_image_that_only_aws_has(refused, sagemaker, assert_aws_error, repository):
    """An image of another algorithm is said not to be served, not to be missing."""
    uri = f"382416733822.dkr.ecr.us-east-1.amazonaws.com/{repository}:1"
    text = starts_with(
        f"The Local SageMaker does not serve images of the repository {repository}; AWS does: see "
        "helpers.connect(backend='aws'). (The Local SageMaker runs: "
    )
    refused(text, AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"})
    with assert_aws_error("ValidationException", text):
        sagemaker.create_model(
            ModelName="m", PrimaryContainer={"Image": uri}, ExecutionRoleArn=jobs.ROLE
        )


def test_script_mode(refused):
    """A script in an image that runs none is refused with the images that run scripts."""
    image = jobs.image_uri("1.7-1")
    refused(
        re.compile(f"does not run scripts in {image},.* Scripts run in: .*{jobs.image_uri()}"),
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://a/b"},
    )


def test_an_image_of_another_region(refused):
    """An image of another region is refused."""
    uri = jobs.image_uri(region="eu-west-1")
    refused(
        starts_with("Access denied for repository: sagemaker-xgboost in registry ID: 141502667606"),
        AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"},
    )


# What the job itself finds wrong


@pytest.fixture
def failed(sagemaker, data, logs):
    """Return a function that runs a failing job: its FailureReason and its log lines.

    The server lives on: the next job completes.
    """

    def failed(**changes) -> tuple[str, list[str]]:
        job = jobs.train(sagemaker, jobs.training_request(data, **changes))
        assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
        assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]
        assert len(job["FailureReason"]) <= 1024
        assert "FinalMetricDataList" not in job
        after = jobs.train(sagemaker, jobs.training_request(data))
        assert after["TrainingJobStatus"] == "Completed"
        return job["FailureReason"], jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"])

    return failed


HYPERPARAMETERS = [
    ({"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
    ({"subsample": "0.0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
    ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
    ({"silent": "0"}, "Extraneous hyperparameter found: silent"),
    ({"num_round": ""}, "Missing required hyperparameter: num_round"),
    (
        {"num_round": "ten"},
        "Hyperparameter num_round: could not parse value (caused by ValueError)",
    ),
    (
        {"objective": "multi:softmax"},
        "Require input for parameter 'num_class' for multi-classification",
    ),
]


@pytest.mark.parametrize(("hyperparameters", "text"), HYPERPARAMETERS)
def test_hyperparameters(failed, hyperparameters, text):
    """For refused hyperparameters the useful line ends the reason; the log has a traceback."""
    reason, lines = failed(hyperparameters=hyperparameters)
    assert reason.startswith("AlgorithmError: framework error: \nTraceback (most recent call last)")
    assert reason.endswith(f"{text}, exit code: 1")
    log = "\n".join(lines)
    assert "Traceback (most recent call last)" in log
    assert f"UserError: {text}" in log


def test_hyperparameters_of_the_old_image(failed):
    """0.72 blames the user at once, without a traceback in the reason."""
    reason, _ = failed(version="0.72", hyperparameters={"eta": "1.5"})
    assert reason.startswith("ClientError: ")
    assert "Traceback" not in reason
    assert reason.endswith(", exit code: 1")


def test_hyperparameters_are_text(sagemaker, data):
    """A number as a hyperparameter is refused by botocore itself."""
    request = jobs.training_request(data)
    request["HyperParameters"]["max_depth"] = 5
    with pytest.raises(ParamValidationError, match=r"HyperParameters\.max_depth, value: 5"):
        sagemaker.create_training_job(**request)


def test_an_empty_file(failed, s3, data):
    """A file without a row is reported as having no data."""
    s3.put_object(Bucket=data, Key="empty/train.csv", Body=b"")
    reason, _ = failed(InputDataConfig=[jobs.channel(f"s3://{data}/empty")])
    assert reason.endswith(
        "No data in training channel path /opt/ml/input/data/train, exit code: 1"
    )


def test_a_channel_without_a_content_type(failed, data):
    """A channel without a content type is read as libsvm, so CSV fails."""
    config = [jobs.channel(f"s3://{data}/train", content_type=None)]
    reason, _ = failed(InputDataConfig=config)
    assert re.search(
        r"First line '0,0,0\s*\.\.\.' of file 'train.csv' is not 'LIBSVM' format. Please ensure "
        "the file is in 'LIBSVM' format., exit code: 1$",
        reason,
    )
    old, _ = failed(version="0.72", InputDataConfig=config)
    assert old.startswith("ClientError: Blankspace and colon not found in firstline '0,0,0")
    assert "ContentType by defaullt is in libsvm" in old


def test_a_channel_that_is_not_one_of_the_algorithms(failed, data):
    """XGBoost requires the train channel, and knows no other but validation."""
    reason, _ = failed(InputDataConfig=[jobs.channel(f"s3://{data}/train", "training")])
    assert "Missing required channel: train" in reason or "Extraneous channel" in reason


def test_no_channel_at_all(sagemaker, data):
    """A job without channels is valid on AWS, but fails with this algorithm."""
    request = jobs.training_request(data)
    del request["InputDataConfig"]
    reason = jobs.train(sagemaker, request)["FailureReason"]
    assert reason.endswith("Missing required channel: train, exit code: 1")


BAD_CSV = {  # the file; what 0.72 says of it; the warning of today's image, and the rows it reads
    "header": (
        b"medv,rooms,lstat\n24.0,6.5,4.9\n21.6,6.4,9.1\n",
        "Non-numeric value 'm' found in the header line 'medv,rooms,lstat...' of file 'train.csv'. "
        "CSV format require no header line in it. If header line is already removed, XGBoost does "
        "not accept non-numeric value in the data.",
        "train.csv, line 1: text 'medv' in column 1 (the label)",
        3,
    ),
    "text": (
        b"24.0,6.5,yes\n21.6,6.4,no\n",
        "Non-numeric value 'y' found in the header line '24.0,6.5,yes...' of file 'train.csv'. "
        "CSV format require no header line in it. If header line is already removed, XGBoost does "
        "not accept non-numeric value in the data.",
        "train.csv, line 1: text 'yes' in column 3",
        2,
    ),
    "no label": (
        b",6.5,4.9\n,6.4,9.1\n",
        "Got input data without labels. Please check the input data set.",
        "train.csv, line 1: no value in column 1 (the label)",
        2,
    ),
}


@pytest.mark.parametrize("kind", BAD_CSV)
def test_csv_that_is_not_all_numbers(sagemaker, s3, logs, data, failed, kind):
    """0.72 refuses text in CSV; today's image trains on it as on AWS, with a warning in the log."""
    content, refusal, warning, rows = BAD_CSV[kind]
    s3.put_object(Bucket=data, Key="bad/train.csv", Body=content)
    config = [jobs.channel(f"s3://{data}/bad")]
    reason, _ = failed(version="0.72", InputDataConfig=config)
    assert reason == f"ClientError: {refusal}, exit code: 1"
    job = jobs.train(sagemaker, jobs.training_request(data, InputDataConfig=config))
    assert job["TrainingJobStatus"] == "Completed"
    log = "\n".join(jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"]))
    assert re.search(
        r":WARNING\] This CSV contains more than numbers.*\n +" + re.escape(warning), log
    )
    assert f"Train matrix has {rows} rows" in log


def test_training_fails_in_xgboost(failed):
    """If labels are not probabilities, the reason ends with xgboost's text, not a stack trace."""
    reason, _ = failed(hyperparameters={"objective": "binary:logistic"})
    assert reason.startswith("AlgorithmError: framework error: ")
    assert reason.endswith("base_score must be in (0,1) for the logistic loss., exit code: 1")
    assert "Stack trace:" not in reason
