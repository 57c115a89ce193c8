"""CreateTrainingJob refuses wrong input as AWS does, in its own words where they are public.

Sources of the texts: tracebacks in the issues of aws/amazon-sagemaker-examples and
aws/sagemaker-python-sdk, and the texts of aws/sagemaker-xgboost-container.
"""

import re

import pytest
from support import jobs
from support.clients import make_bucket

NOBODY = "arn:aws:iam::111122223333:role/nobody"
PULL = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
ACCOUNT = "683313688378"  # of the registry in us-east-1


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


def test_a_wrong_role_arn(refused):
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
