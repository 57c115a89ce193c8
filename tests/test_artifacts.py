"""Model artifacts: what a training job leaves on S3, where, and what if it can't."""

import io
import re
import tarfile

import numpy as np
import pytest
import xgboost
from support import jobs
from support.clients import make_bucket


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a tar.gz, by name."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def test_plain_xgboost_predicts_what_the_transform_wrote(sagemaker, s3, data, trained, model):
    """XGBoost alone, opening the artifact, predicts the same numbers to the last digit."""
    bucket, _, key = trained["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
    files = unpack(jobs.read(s3, bucket, key))
    assert list(files) == ["xgboost-model"]
    booster = xgboost.Booster(model_file=bytearray(files["xgboost-model"]))
    features = np.array([row[1:] for row in jobs.ROWS], dtype=np.float32)
    expected = booster.predict(xgboost.DMatrix(features))
    jobs.transform(sagemaker, jobs.transform_request(data, model))
    written = jobs.read(s3, data, "out/test.csv.out").decode().splitlines()
    assert len(written) == len(features)
    assert [np.float32(line) for line in written] == list(expected)
    assert len(set(written)) > 1


def test_no_compression(sagemaker, s3, data):
    """With CompressionType NONE the model's files are stored below a prefix, uncompressed."""
    output = {"S3OutputPath": f"s3://{data}/output/", "CompressionType": "NONE"}
    job = jobs.train(sagemaker, jobs.training_request(data, OutputDataConfig=output))
    place = f"output/{job['TrainingJobName']}/output/model/"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{data}/{place}"
    assert jobs.keys(s3, data, "output/") == [f"{place}xgboost-model"]
    xgboost.Booster(model_file=bytearray(jobs.read(s3, data, f"{place}xgboost-model")))


def test_output_data(sagemaker, s3, data):
    """Files that the container writes beside its model (here by k-fold) become output.tar.gz."""
    settings = {"_kfold": "2"}
    job = jobs.train(sagemaker, jobs.training_request(data, hyperparameters=settings))
    place = f"output/{job['TrainingJobName']}/output"
    models = unpack(jobs.read(s3, data, f"{place}/model.tar.gz"))
    assert list(models) == ["xgboost-model-0", "xgboost-model-1"]
    predictions = unpack(jobs.read(s3, data, f"{place}/output.tar.gz"))["predictions.csv"]
    assert len(predictions.splitlines()) == len(jobs.ROWS)


def test_checkpoints(sagemaker, s3, data):
    """Checkpoints are uploaded to S3, and a job that finds them there resumes from them."""
    config = {"S3Uri": f"s3://{data}/checkpoints/"}
    first = jobs.training_request(data, CheckpointConfig=config)
    assert jobs.train(sagemaker, first)["TrainingJobStatus"] == "Completed"
    kept = [f"checkpoints/xgboost-checkpoint.{number}" for number in range(3)]
    assert jobs.keys(s3, data, "checkpoints/") == kept
    before = {key: jobs.read(s3, data, key) for key in kept}
    second = jobs.training_request(
        data, CheckpointConfig=config, hyperparameters={"num_round": "5"}
    )
    job = jobs.train(sagemaker, second)
    place = f"output/{job['TrainingJobName']}/output/model.tar.gz"
    content = unpack(jobs.read(s3, data, place))["xgboost-model"]
    assert xgboost.Booster(model_file=bytearray(content)).num_boosted_rounds() == 5
    assert job["CheckpointConfig"] == config
    assert {key: jobs.read(s3, data, key) for key in kept} == before


def test_artifacts_carry_the_same_bytes_for_the_same_model(sagemaker, s3, data):
    """Two jobs with the same request produce artifacts with the same bytes."""
    models = []
    for _ in range(2):
        job = jobs.train(sagemaker, jobs.training_request(data))
        place = f"output/{job['TrainingJobName']}/output/model.tar.gz"
        models.append(unpack(jobs.read(s3, data, place)))
    assert models[0] == models[1]


# Output paths that can't be written


def failure_of_output(sagemaker, data: str, uri: str) -> tuple[str, str]:
    """Return a job's name and FailureReason if its output is written to a URI."""
    request = jobs.training_request(data, OutputDataConfig={"S3OutputPath": uri})
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["SecondaryStatusTransitions"][-2]["Status"] == "Uploading"
    assert job["FinalMetricDataList"]  # it had trained
    return job["TrainingJobName"], job["FailureReason"]


def test_output_bucket_is_missing(sagemaker, data):
    """A job whose output bucket is missing trains, and fails at its end."""
    missing = jobs.new_name("bucket")
    name, reason = failure_of_output(sagemaker, data, f"s3://{missing}/output")
    assert reason == (
        "ClientError: Artifact upload failed:Unable to upload file to "
        f"s3://{missing}/output/{name}/output/model.tar.gz "
        "(NoSuchBucket: The specified bucket does not exist)"
    )


WRONG_REGION = "(BucketRegionError: bucket must be in the same region as the job)"


def test_output_bucket_of_another_region(sagemaker, client, data):
    """A job can't write to a bucket of another region."""
    location = {"LocationConstraint": "eu-west-1"}
    bucket = make_bucket(client("s3", region_name="eu-west-1"), CreateBucketConfiguration=location)
    name, reason = failure_of_output(sagemaker, data, f"s3://{bucket}")
    assert reason == (
        "ClientError: Artifact upload failed:Unable to upload file to "
        f"s3://{bucket}/{name}/output/model.tar.gz {WRONG_REGION}"
    )


@pytest.mark.parametrize(
    "host",
    ["s3-us-east-1.amazonaws.com/{}", "s3.amazonaws.com/{}", "{}.s3.us-east-1.amazonaws.com"],
)
def test_paths_by_https(sagemaker, s3, data, host):
    """Channels, outputs and models may be named by https URLs of S3, as AWS's examples do."""
    url = f"https://{host.format(data)}"
    request = jobs.training_request(data, OutputDataConfig={"S3OutputPath": f"{url}/made"})
    request["InputDataConfig"] = [jobs.channel(f"{url}/train")]
    job = jobs.train(sagemaker, request)
    artifacts = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifacts == f"{url}/made/{job['TrainingJobName']}/output/model.tar.gz"
    assert jobs.keys(s3, data, "made") == [artifacts.removeprefix(f"{url}/")]
    model = jobs.create_model(sagemaker, artifacts)
    request = jobs.transform_request(data, model, f"{url}/test.csv")
    request["TransformOutput"] = {"S3OutputPath": f"{url}/out"}
    assert jobs.transform(sagemaker, request)["TransformJobStatus"] == "Completed"
    assert jobs.keys(s3, data, "out") == ["out/test.csv.out"]


def test_output_path_on_another_host(sagemaker, data, assert_aws_error):
    """An https output path that isn't S3's is refused before the job trains."""
    output = {"S3OutputPath": "https://example.com/bucket/x"}
    with assert_aws_error("ValidationException", re.compile("an https URL of S3, got 'https://ex")):
        sagemaker.create_training_job(**jobs.training_request(data, OutputDataConfig=output))


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_slashes_at_the_end_of_the_output_path(sagemaker, s3, data, slashes):
    """Slashes at the end of the output path make no empty names in keys."""
    output = {"S3OutputPath": f"s3://{data}/made{slashes}"}
    job = jobs.train(sagemaker, jobs.training_request(data, OutputDataConfig=output))
    key = f"made/{job['TrainingJobName']}/output/model.tar.gz"
    assert jobs.keys(s3, data, "made") == [key]
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{data}/{key}"
