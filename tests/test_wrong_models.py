"""Models and transforms that cannot work are refused, or fail, in AWS's words."""

import re

import pytest
from support import jobs

ACCOUNT = "683313688378"  # of the registry in us-east-1


def starts_with(text: str) -> re.Pattern:
    return re.compile("^" + re.escape(text))


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def test_a_model_of_an_image_that_does_not_exist(sagemaker, trained, assert_aws_error):
    """CreateModel has its own texts for an image that doesn't exist or has no tag."""
    container = {"ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]}
    for uri, text in {
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:9.9-9": "not found",
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/xgbost:1": "not found",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0": "not found",
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost": "invalid",
        "xgboost": "invalid",
    }.items():
        said = f"Requested image {uri} not found."
        if text == "invalid":
            said = f'ECR image "{uri}" is invalid.'
        with assert_aws_error("ValidationException", starts_with(said)):
            sagemaker.create_model(
                ModelName="no-image",
                PrimaryContainer={**container, "Image": uri},
                ExecutionRoleArn=jobs.ROLE,
            )


def test_a_model_whose_artifact_is_missing(sagemaker, data, assert_aws_error):
    """CreateModel refuses a model whose artifact is missing."""
    for uri in (f"s3://{data}/model.tar.gz", "s3://not-there/model.tar.gz"):
        with assert_aws_error("ValidationException", f"Could not find model data at {uri}."):
            jobs.create_model(sagemaker, uri)


def test_an_artifact_that_is_deleted_before_the_transform(
    sagemaker, s3, data, trained, assert_aws_error
):
    """If an artifact is deleted before the job, the job starts and fails with its name."""
    source = trained["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://")
    s3.copy_object(Bucket=data, Key="model.tar.gz", CopySource=source)
    model = jobs.create_model(sagemaker, f"s3://{data}/model.tar.gz")
    s3.delete_object(Bucket=data, Key="model.tar.gz")
    job = jobs.transform(sagemaker, jobs.transform_request(data, model))
    assert job["TransformJobStatus"] == "Failed"
    assert f"Could not find model data at s3://{data}/model.tar.gz." in job["FailureReason"]


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_an_artifact_that_is_not_an_archive(sagemaker, s3, data, content):
    """If an artifact is not an archive, the job fails with its name."""
    s3.put_object(Bucket=data, Key="model.tar.gz", Body=content)
    model = jobs.create_model(sagemaker, f"s3://{data}/model.tar.gz")
    job = jobs.transform(sagemaker, jobs.transform_request(data, model))
    assert job["TransformJobStatus"] == "Failed"
    assert f"s3://{data}/model.tar.gz" in job["FailureReason"]


def test_a_transform_of_the_wrong_content_type(sagemaker, s3, logs, data, model):
    """For a wrong content type (415) the job fails, and the data log lists the accepted ones."""
    request = jobs.transform_request(data, model, input={"ContentType": "application/json"})
    job = jobs.transform(sagemaker, request)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert jobs.keys(s3, data, "out/") == []
    lines = jobs.log_lines(logs, "TransformJobs", job["TransformJobName"], "/data-log")
    assert re.search(
        r"\[sagemaker logs\]: MaxConcurrentTransforms=\d+, MaxPayloadInMB=6, "
        "BatchStrategy=MULTI_RECORD$",
        lines[0],
    )
    place = f"[sagemaker logs]: {data}/test.csv: "
    assert [line.split(place)[1] for line in lines[1:]] == [
        "ClientError: 415",
        "",
        "Message:",
        "application/json is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, "
        "text/csv, text/libsvm, text/x-libsvm, application/x-parquet, "
        "application/x-recordio-protobuf.",
    ]
