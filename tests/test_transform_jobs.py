"""Transform jobs as boto3 sees them, and what they store on S3."""

import gzip
import json
import random
import re
import tarfile
import time
import zlib

import pytest
from botocore.exceptions import ClientError
from support import jobs
from support.jobs import answers, as_csv, data_log, numbers, run_transform


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


# What Describe and the waiter show


def test_describe(sagemaker, s3, data, model):
    """Describe has every member that AWS gives, with defaults, and none that AWS leaves absent."""
    request = jobs.transform_request(data, model)
    job = jobs.transform(sagemaker, request)
    name = request["TransformJobName"]
    assert job["TransformJobStatus"] == "Completed"
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    times = {"CreationTime", "TransformStartTime", "TransformEndTime"}
    rest = {key: job[key] for key in job.keys() - times - {"ResponseMetadata"}}
    source = request["TransformInput"] | {"CompressionType": "None"}
    target = request["TransformOutput"] | {"AssembleWith": "None", "KmsKeyId": ""}
    assert rest == request | {
        "TransformJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:transform-job/{name}",
        "TransformJobStatus": "Completed",
        "TransformInput": source,
        "TransformOutput": target,
        "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
    }


def test_a_name_taken(sagemaker, data, model, assert_aws_error):
    """The name of a transform job can never be used again."""
    request = jobs.transform_request(data, model)
    arn = sagemaker.create_transform_job(**request)["TransformJobArn"]
    with assert_aws_error("ResourceInUse", re.compile(re.escape(arn))):
        sagemaker.create_transform_job(**request)
    jobs.wait_for_transform(sagemaker, request["TransformJobName"])


def test_no_such_model(sagemaker, data, assert_aws_error):
    """A missing model is refused at once, with its ARN."""
    arn = "arn:aws:sagemaker:us-east-1:111122223333:model/nobody"
    with assert_aws_error("ValidationException", f'Could not find model "{arn}".'):
        sagemaker.create_transform_job(**jobs.transform_request(data, "nobody"))


def test_no_such_job(sagemaker, assert_aws_error):
    """A job that doesn't exist gets the code that a waiter takes for a failure."""
    with assert_aws_error("ValidationException", "Could not find requested job with name: nobody"):
        sagemaker.describe_transform_job(TransformJobName="nobody")
    with assert_aws_error(
        "ValidationException", re.compile("^Could not find job to update with name")
    ):
        sagemaker.stop_transform_job(TransformJobName="nobody")


def test_no_objects(sagemaker, data, model, assert_aws_error):
    """A prefix without objects is refused in the same words as for a training job."""
    uri = f"s3://{data}/typo"
    with assert_aws_error(
        "ValidationException",
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
        "the bucket exists in the selected region (us-east-1), that objects exist under that S3 "
        f'prefix, and that the role "{jobs.ROLE}" has "s3:ListBucket" permissions on bucket '
        f'"{data}".',
    ):
        sagemaker.create_transform_job(**jobs.transform_request(data, model, uri))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"MaxConcurrentTransforms": 4, "MaxPayloadInMB": 30}, "is 120"),
        ({"MaxConcurrentTransforms": 0, "MaxPayloadInMB": 101}, "is 101"),
        ({"MaxPayloadInMB": 0}, "chunked encoding, which SageMaker built-in algorithms do not"),
        (
            {"DataCaptureConfig": {"DestinationS3Uri": "s3://a/b"}},
            "does not serve dataCaptureConfig of",
        ),
        (
            {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 5}},
            "instanceCount is 5. Set it to a number from 1 to 4.",
        ),
        ({"source": {"S3DataType": "AugmentedManifestFile"}}, "S3Prefix or ManifestFile"),
        ({"DataProcessing": {"InputFilter": "no path"}}, "no path"),
        ({"input": {"SplitType": "Lines"}}, "at 'transformInput.splitType' failed to satisfy"),
    ],
)
def test_what_can_not_work_is_refused(sagemaker, data, model, assert_aws_error, changes, named):
    """A request that can't work is refused at once, and the answer names the member."""
    with assert_aws_error("ValidationException", re.compile(re.escape(named))):
        sagemaker.create_transform_job(**jobs.transform_request(data, model, **changes))


def test_stopped(sagemaker, s3, logs, data, echo, assert_aws_error):
    """A stopped job is InProgress, Stopping, Stopped, stores nothing, and can't stop again."""
    s3.put_object(Bucket=data, Key="test.csv", Body=as_csv(numbers(0, 200_000)))
    request = jobs.transform_request(data, echo, BatchStrategy="SingleRecord")
    name = request["TransformJobName"]
    sagemaker.create_transform_job(**request)
    wait_for_requests(sagemaker, logs, name)
    sagemaker.stop_transform_job(TransformJobName=name)
    stopping = sagemaker.describe_transform_job(TransformJobName=name)
    assert stopping["TransformJobStatus"] in ("Stopping", "Stopped")
    job = jobs.wait_for_transform(sagemaker, name)
    assert job["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in job
    assert job["TransformEndTime"] >= job["TransformStartTime"]
    assert jobs.keys(s3, data, "out/") == []
    with assert_aws_error(
        "ValidationException",
        "The request was rejected because the transform job is in status Stopped",
    ):
        sagemaker.stop_transform_job(TransformJobName=name)


def wait_for_requests(sagemaker, logs, name: str) -> None:
    """Wait until a transform job's container has answered some requests."""
    for _ in range(600):
        try:
            lines = jobs.log_lines(logs, "TransformJobs", name)
            if any("POST /invocations" in line for line in lines):
                return
        except ClientError:
            pass  # no log group yet
        time.sleep(0.1)
    raise AssertionError(sagemaker.describe_transform_job(TransformJobName=name))


# Objects in, objects out


def test_objects_below_a_prefix(sagemaker, s3, data, echo):
    """Each object's output has its name and `.out`, at the same path below the output."""
    for number, key in enumerate(["a.csv", "deep/er/b.csv", "deep/c", "größe ü.csv", "x/../y.csv"]):
        s3.put_object(Bucket=data, Key=f"in/{key}", Body=as_csv([number]))
    s3.put_object(Bucket=data, Key="in/deep/", Body=b"")
    job, written = run_transform(sagemaker, s3, data, echo, uri=f"s3://{data}/in/")
    assert job["TransformJobStatus"] == "Completed"
    assert {name: answers(content) for name, content in written.items()} == {
        "a.csv.out": [0],
        "deep/er/b.csv.out": [1],
        "deep/c.out": [2],
        "größe ü.csv.out": [3],
        "x/../y.csv.out": [4],
    }


def test_a_prefix_that_ends_inside_a_name(sagemaker, s3, data, echo):
    """A prefix that ends inside a name keeps the whole name in the output."""
    s3.put_object(Bucket=data, Key="in/test-1.csv", Body=b"1")
    s3.put_object(Bucket=data, Key="in/test-2.csv", Body=b"2")
    _, written = run_transform(sagemaker, s3, data, echo, uri=f"s3://{data}/in/test")
    assert sorted(written) == ["test-1.csv.out", "test-2.csv.out"]


def test_a_manifest(sagemaker, s3, data, echo):
    """A manifest's objects are transformed, with output names below its own prefix."""
    for name in "abc":
        s3.put_object(Bucket=data, Key=f"in/{name}.csv", Body=b"1")
    listed = [{"prefix": f"s3://{data}/in/"}, "a.csv", "c.csv"]
    s3.put_object(Bucket=data, Key="manifest", Body=json.dumps(listed).encode())
    _, written = run_transform(
        sagemaker,
        s3,
        data,
        echo,
        uri=f"s3://{data}/manifest",
        source={"S3DataType": "ManifestFile"},
    )
    assert sorted(written) == ["a.csv.out", "c.csv.out"]


def test_compressed_input(sagemaker, s3, logs, data, echo):
    """With CompressionType Gzip, only an object that isn't compressed fails."""
    s3.put_object(Bucket=data, Key="in/a.csv.gz", Body=gzip.compress(b"1\n2\n"))
    s3.put_object(Bucket=data, Key="in/b.csv.gz", Body=b"1\n2\n")
    s3.put_object(Bucket=data, Key="in/c.csv.gz", Body=gzip.compress(as_csv([3] * 999))[:-9])
    job, written = run_transform(
        sagemaker, s3, data, echo, uri=f"s3://{data}/in", input={"CompressionType": "Gzip"}
    )
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert {name: answers(content) for name, content in written.items()} == {"a.csv.gz.out": [1, 2]}
    lines = "\n".join(data_log(logs, job))
    assert f"{data}/in/b.csv.gz: ClientError: 400" in lines
    assert f"{data}/in/c.csv.gz: ClientError: 400" in lines


def test_one_bad_object_among_good_ones(sagemaker, s3, logs, data, echo):
    """If one object is bad the good ones are stored, the bad one isn't, and the job fails."""
    for name, content in {"a": b"1\n2\n", "b": b"1\ntext\n", "c": b"3\n"}.items():
        s3.put_object(Bucket=data, Key=f"in/{name}.csv", Body=content)
    job, written = run_transform(sagemaker, s3, data, echo, uri=f"s3://{data}/in/")
    assert job["TransformJobStatus"] == "Failed"
    assert sorted(written) == ["a.csv.out", "c.csv.out"]
    failed = [line for line in data_log(logs, job) if "ClientError" in line]
    assert len(failed) == 1
    assert failed[0].endswith(f"{data}/in/b.csv: ClientError: 415")


def test_an_empty_object(sagemaker, s3, data, echo):
    """An empty object has no records, so its output has no predictions."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"")
    job, written = run_transform(sagemaker, s3, data, echo)
    assert job["TransformJobStatus"] == "Completed"
    assert written == {"test.csv.out": b""}


def test_output_bucket_is_missing(sagemaker, s3, data, echo):
    """If the output bucket is missing, the job fails and names the path."""
    missing = jobs.new_name("bucket")
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1")
    request = jobs.transform_request(data, echo, output={"S3OutputPath": f"s3://{missing}/out"})
    job = jobs.transform(sagemaker, request)
    assert job["TransformJobStatus"] == "Failed"
    assert f"s3://{missing}/out/test.csv.out (NoSuchBucket: " in job["FailureReason"], job


def test_a_model_deleted_meanwhile(sagemaker, s3, data, trained):
    """A running job continues after its model is deleted; one that waits to start fails."""
    model = jobs.create_model(sagemaker, trained["ModelArtifacts"]["S3ModelArtifacts"])
    request = jobs.transform_request(data, model)
    sagemaker.create_transform_job(**request)
    sagemaker.delete_model(ModelName=model)
    job = jobs.wait_for_transform(sagemaker, request["TransformJobName"])
    if job["TransformJobStatus"] == "Failed":
        assert job["FailureReason"] == f"ClientError: Model {model} was deleted."
    else:
        assert jobs.keys(s3, data, "out/") == ["out/test.csv.out"]


def test_a_damaged_model(sagemaker, s3, data):
    """A model archive with damaged bytes in its middle is named by the job."""
    member = tarfile.TarInfo("xgboost-model")
    member.size = 1_000_000
    gzipped = zlib.compressobj(wbits=31)
    start = gzipped.compress(member.tobuf() + random.randbytes(500_000))
    start += gzipped.flush(zlib.Z_FULL_FLUSH)
    s3.put_object(Bucket=data, Key="model.tar.gz", Body=start + bytes([255] * 1000))
    uri = f"s3://{data}/model.tar.gz"
    job = jobs.transform(sagemaker, jobs.transform_request(data, jobs.create_model(sagemaker, uri)))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"ClientError: Model data at {uri} can't be unpacked")
