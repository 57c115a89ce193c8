"""Transform jobs as boto3 sees them: what is sent to the model, and what is on S3 afterwards."""

import gzip
import json
import re
import time

import jobs
import pytest
from botocore.exceptions import ClientError
from conftest import make_bucket


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


@pytest.fixture(scope="module")
def echo(sagemaker, s3) -> str:
    """The name of a model that answers a row of one number with that number.

    Its trees split between all whole numbers from 0 to 99, so the order of answers can be seen.
    """
    bucket = make_bucket(s3)
    rows = "".join(f"{n},{n}\n" for n in range(100))
    s3.put_object(Bucket=bucket, Key="train", Body=rows.encode())
    settings = {
        "num_round": "1",
        "eta": "1",
        "max_depth": "20",
        "lambda": "0",
        "min_child_weight": "0",
        "base_score": "0",
        "tree_method": "exact",
    }
    job = jobs.train(sagemaker, jobs.training_request(bucket, hyperparameters=settings))
    assert job["TrainingJobStatus"] == "Completed", job
    return jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])


def numbers(start: int, end: int) -> list[int]:
    return [n % 100 for n in range(start, end)]


def as_csv(values: list[int]) -> bytes:
    return "".join(f"{value}\n" for value in values).encode()


def as_wide_csv(values: list[int]) -> bytes:
    """Lines of 100 bytes."""
    return "".join(f"{value:099d}\n" for value in values).encode()


def answers(content: bytes) -> list[int]:
    """The numbers in an output object, a line each."""
    return [round(float(line)) for line in content.decode().split("\n") if line]


def run(sagemaker, s3, bucket: str, model: str, **changes) -> tuple[dict, dict[str, bytes]]:
    """Run a transform job; returns its last Describe and the objects it wrote, by their names."""
    job = jobs.transform(sagemaker, jobs.transform_request(bucket, model, **changes))
    written = jobs.keys(s3, bucket, "out/")
    return job, {key.removeprefix("out/"): jobs.read(s3, bucket, key) for key in written}


def requests_of(logs, job: dict) -> int:
    """How many requests the container of a transform job has answered."""
    lines = jobs.log_lines(logs, "TransformJobs", job["TransformJobName"])
    return sum('"POST /invocations HTTP/1.1" 200' in line for line in lines)


def data_log(logs, job: dict) -> list[str]:
    return jobs.log_lines(logs, "TransformJobs", job["TransformJobName"], "/data-log")


# What the job says of itself


def test_describe(sagemaker, s3, data, model):
    """Every member that AWS gives, with its defaults, and none that AWS leaves absent."""
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
    """Names of transform jobs are never free again."""
    request = jobs.transform_request(data, model)
    arn = sagemaker.create_transform_job(**request)["TransformJobArn"]
    with assert_aws_error("ResourceInUse", re.compile(re.escape(arn))):
        sagemaker.create_transform_job(**request)
    jobs.wait_for_transform(sagemaker, request["TransformJobName"])


def test_no_such_model(sagemaker, data, assert_aws_error):
    """Refused at once, with the model's ARN."""
    arn = "arn:aws:sagemaker:us-east-1:111122223333:model/nobody"
    with assert_aws_error("ValidationException", f'Could not find model "{arn}".'):
        sagemaker.create_transform_job(**jobs.transform_request(data, "nobody"))


def test_no_such_job(sagemaker, assert_aws_error):
    """A waiter takes this code for a failure."""
    with assert_aws_error("ValidationException", "Could not find requested job with name: nobody"):
        sagemaker.describe_transform_job(TransformJobName="nobody")
    with assert_aws_error(
        "ValidationException", re.compile("^Could not find job to update with name")
    ):
        sagemaker.stop_transform_job(TransformJobName="nobody")


def test_no_objects(sagemaker, data, model, assert_aws_error):
    """The same words as for a training job."""
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
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://a/b"}}, "DataCaptureConfig"),
        ({"source": {"S3DataType": "AugmentedManifestFile"}}, "S3Prefix or ManifestFile"),
        ({"DataProcessing": {"InputFilter": "no path"}}, "no path"),
        ({"input": {"SplitType": "Lines"}}, "at 'transformInput.splitType' failed to satisfy"),
    ],
)
def test_what_can_not_work_is_refused(sagemaker, data, model, assert_aws_error, changes, named):
    """At once, and the answer names the member."""
    with assert_aws_error("ValidationException", re.compile(re.escape(named))):
        sagemaker.create_transform_job(**jobs.transform_request(data, model, **changes))


def test_stopped(sagemaker, s3, logs, data, echo, assert_aws_error):
    """InProgress, Stopping, Stopped; nothing is stored, and there is nothing more to stop."""
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
    for _ in range(300):
        try:
            lines = jobs.log_lines(logs, "TransformJobs", name)
            if any("POST /invocations" in line for line in lines):
                return
        except ClientError:
            pass  # no log group yet
        time.sleep(0.1)
    raise AssertionError(sagemaker.describe_transform_job(TransformJobName=name))


# How records are sent


@pytest.mark.parametrize(
    ("changes", "requests"),
    [
        ({}, 1),
        ({"BatchStrategy": "MultiRecord"}, 1),
        ({"BatchStrategy": "SingleRecord"}, 7),
        ({"input": {"SplitType": "None"}}, 1),
        ({"input": {"SplitType": None}}, 1),
        ({"output": {"AssembleWith": "Line"}}, 1),
        ({"BatchStrategy": "SingleRecord", "output": {"AssembleWith": "Line"}}, 7),
    ],
)
def test_strategies(sagemaker, s3, logs, data, echo, changes, requests):
    """However records are packed, XGBoost's output has a line for each, and no blank ones."""
    s3.put_object(Bucket=data, Key="test.csv", Body=as_csv(numbers(0, 7)))
    job, written = run(sagemaker, s3, data, echo, **changes)
    assert list(written) == ["test.csv.out"]
    assert written["test.csv.out"].count(b"\n") == 7
    assert answers(written["test.csv.out"]) == numbers(0, 7)
    assert requests_of(logs, job) == requests


def test_the_payload_limit_packs_requests(sagemaker, s3, logs, data, echo):
    """MultiRecord sends as many lines as fit into MaxPayloadInMB, and answers keep their order."""
    values = numbers(0, 30_000)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(values))
    job, written = run(sagemaker, s3, data, echo, MaxPayloadInMB=1, MaxConcurrentTransforms=4)
    assert answers(written["test.csv.out"]) == values
    assert requests_of(logs, job) == 3  # of 10,485 lines at the most
    assert "MaxConcurrentTransforms=4, MaxPayloadInMB=1" in data_log(logs, job)[0]


def test_order_with_many_requests_at_a_time(sagemaker, s3, logs, data, echo):
    """Sixteen requests under way, each of one record: the output is in the input's order."""
    values = numbers(0, 300)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_csv(values))
    job, written = run(
        sagemaker, s3, data, echo, BatchStrategy="SingleRecord", MaxConcurrentTransforms=16
    )
    assert answers(written["test.csv.out"]) == values
    assert requests_of(logs, job) == 300


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # More than MaxPayloadInMB in one request: we don't send it.
        ({"input": {"SplitType": "None"}, "MaxPayloadInMB": 1}, "Raise MaxPayloadInMB"),
        # The job may send it, the container takes 6 MB: whatever MaxPayloadInMB says.
        ({"input": {"SplitType": "None"}, "MaxPayloadInMB": 100}, "Request Entity Too Large"),
    ],
)
def test_too_large(sagemaker, s3, logs, data, echo, changes, said):
    """413: a whole object in one request, where SplitType Line would have helped."""
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(numbers(0, 70_000)))
    job, written = run(sagemaker, s3, data, echo, **changes)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    lines = data_log(logs, job)
    assert lines[1].endswith(f"{data}/test.csv: ClientError: 413")
    assert said in "\n".join(lines)
    assert written == {}


@pytest.mark.parametrize(
    "content", [b"1\r\n2\r\n3\r\n", b"1\n2\n3", b"1\n\n2\n\n\n3\n", b"1\r\n2\n3"]
)
def test_line_ends(sagemaker, s3, data, echo, content):
    """CRLF, empty lines, a last line without an end: a prediction a record."""
    s3.put_object(Bucket=data, Key="test.csv", Body=content)
    _, written = run(sagemaker, s3, data, echo)
    assert written == {"test.csv.out": written["test.csv.out"]}
    assert answers(written["test.csv.out"]) == [1, 2, 3]


def test_a_newline_in_quotes_is_a_line_end(sagemaker, s3, logs, data, echo):
    """Batch transform does not know CSV's quotes (developer guide): the record is torn."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b'1,"a\nb"\n')
    job, _ = run(sagemaker, s3, data, echo, BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Failed"
    assert "ClientError: 415" in "\n".join(data_log(logs, job))


def test_accept_json_is_not_heard_in_a_batch(sagemaker, s3, data, echo):
    """XGBoost's container answers lines in a batch transform, whatever Accept says."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1\n2\n")
    job, written = run(sagemaker, s3, data, echo, output={"Accept": "application/json"})
    assert job["TransformJobStatus"] == "Completed"
    assert answers(written["test.csv.out"]) == [1, 2]


def test_environment(sagemaker, s3, data, echo):
    """Environment reaches the container: here it asks for answers with names, as JSON lines."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1\n2\n")
    _, written = run(
        sagemaker,
        s3,
        data,
        echo,
        Environment={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score"},
        output={"Accept": "application/jsonlines"},
    )
    lines = [json.loads(line) for line in written["test.csv.out"].splitlines()]
    assert [round(line["predicted_score"]) for line in lines] == [1, 2]


# Filters and joins


def test_join_and_filters(sagemaker, s3, data, echo):
    """The id is not sent, the prediction is put behind its record, and two columns are kept."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"id-a,5\nid-b,7\n")
    _, written = run(
        sagemaker,
        s3,
        data,
        echo,
        output={"Accept": "text/csv", "AssembleWith": "Line"},
        DataProcessing={
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-1]",
        },
    )
    rows = [line.split(",") for line in written["test.csv.out"].decode().splitlines()]
    assert [(name, round(float(value))) for name, value in rows] == [("id-a", 5), ("id-b", 7)]


# Objects in, objects out


def test_objects_below_a_prefix(sagemaker, s3, data, echo):
    """Each object gets its own, `.out` behind its name, at the same place below the output."""
    for number, key in enumerate(["a.csv", "deep/er/b.csv", "deep/c", "größe ü.csv", "x/../y.csv"]):
        s3.put_object(Bucket=data, Key=f"in/{key}", Body=as_csv([number]))
    s3.put_object(Bucket=data, Key="in/deep/", Body=b"")
    job, written = run(sagemaker, s3, data, echo, uri=f"s3://{data}/in/")
    assert job["TransformJobStatus"] == "Completed"
    assert {name: answers(content) for name, content in written.items()} == {
        "a.csv.out": [0],
        "deep/er/b.csv.out": [1],
        "deep/c.out": [2],
        "größe ü.csv.out": [3],
        "x/../y.csv.out": [4],
    }


def test_a_prefix_that_ends_inside_a_name(sagemaker, s3, data, echo):
    """The whole name is kept."""
    s3.put_object(Bucket=data, Key="in/test-1.csv", Body=b"1")
    s3.put_object(Bucket=data, Key="in/test-2.csv", Body=b"2")
    _, written = run(sagemaker, s3, data, echo, uri=f"s3://{data}/in/test")
    assert sorted(written) == ["test-1.csv.out", "test-2.csv.out"]


def test_a_manifest(sagemaker, s3, data, echo):
    """The objects that it names, below its own prefix."""
    for name in "abc":
        s3.put_object(Bucket=data, Key=f"in/{name}.csv", Body=b"1")
    listed = [{"prefix": f"s3://{data}/in/"}, "a.csv", "c.csv"]
    s3.put_object(Bucket=data, Key="manifest", Body=json.dumps(listed).encode())
    _, written = run(
        sagemaker,
        s3,
        data,
        echo,
        uri=f"s3://{data}/manifest",
        source={"S3DataType": "ManifestFile"},
    )
    assert sorted(written) == ["a.csv.out", "c.csv.out"]


def test_compressed_input(sagemaker, s3, logs, data, echo):
    """CompressionType Gzip; an object that is none fails, and only that one."""
    s3.put_object(Bucket=data, Key="in/a.csv.gz", Body=gzip.compress(b"1\n2\n"))
    s3.put_object(Bucket=data, Key="in/b.csv.gz", Body=b"1\n2\n")
    s3.put_object(Bucket=data, Key="in/c.csv.gz", Body=gzip.compress(as_csv([3] * 999))[:-9])
    job, written = run(
        sagemaker, s3, data, echo, uri=f"s3://{data}/in", input={"CompressionType": "Gzip"}
    )
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert {name: answers(content) for name, content in written.items()} == {"a.csv.gz.out": [1, 2]}
    lines = "\n".join(data_log(logs, job))
    assert f"{data}/in/b.csv.gz: ClientError: 400" in lines
    assert f"{data}/in/c.csv.gz: ClientError: 400" in lines


def test_one_bad_object_among_good_ones(sagemaker, s3, logs, data, echo):
    """The good ones are stored, of the bad one nothing, and the job has failed."""
    for name, content in {"a": b"1\n2\n", "b": b"1\ntext\n", "c": b"3\n"}.items():
        s3.put_object(Bucket=data, Key=f"in/{name}.csv", Body=content)
    job, written = run(sagemaker, s3, data, echo, uri=f"s3://{data}/in/")
    assert job["TransformJobStatus"] == "Failed"
    assert sorted(written) == ["a.csv.out", "c.csv.out"]
    failed = [line for line in data_log(logs, job) if "ClientError" in line]
    assert len(failed) == 1
    assert failed[0].endswith(f"{data}/in/b.csv: ClientError: 415")


def test_an_empty_object(sagemaker, s3, data, echo):
    """It has no records, so its output has no predictions."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"")
    job, written = run(sagemaker, s3, data, echo)
    assert job["TransformJobStatus"] == "Completed"
    assert written == {"test.csv.out": b""}


def test_output_bucket_is_missing(sagemaker, s3, data, echo):
    """The job fails and says which place it could not write."""
    missing = jobs.new_name("bucket")
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1")
    request = jobs.transform_request(data, echo, output={"S3OutputPath": f"s3://{missing}/out"})
    job = jobs.transform(sagemaker, request)
    assert job["TransformJobStatus"] == "Failed"
    assert f"s3://{missing}/out/test.csv.out (NoSuchBucket: " in job["FailureReason"], job


def test_a_model_deleted_meanwhile(sagemaker, s3, data, trained):
    """A job needs its model until it starts; a running one has what it needs."""
    model = jobs.create_model(sagemaker, trained["ModelArtifacts"]["S3ModelArtifacts"])
    request = jobs.transform_request(data, model)
    sagemaker.create_transform_job(**request)
    sagemaker.delete_model(ModelName=model)
    job = jobs.wait_for_transform(sagemaker, request["TransformJobName"])
    if job["TransformJobStatus"] == "Failed":
        assert job["FailureReason"] == f"ClientError: Model {model} was deleted."
    else:
        assert jobs.keys(s3, data, "out/") == ["out/test.csv.out"]


def test_a_large_object(sagemaker, s3, logs, data, echo):
    """20 MB go through in pieces, and come out in order."""
    values = numbers(0, 200_000)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(values))
    job, written = run(sagemaker, s3, data, echo, MaxConcurrentTransforms=2)
    assert requests_of(logs, job) == 4
    assert answers(written["test.csv.out"]) == values
