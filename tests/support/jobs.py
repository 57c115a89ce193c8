"""Requests for jobs on small data, and waiting for their end, for tests by boto3."""

import contextlib
import uuid
from typing import Any

from botocore.exceptions import WaiterError

from helpers.local.containers.xgboost import versions

ROLE = "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole"
FAST = {"Delay": 1, "MaxAttempts": 60}
ROWS = [[2 * a + b, a, b] for a in range(8) for b in range(5)]  # label first
TRAIN_CSV = "".join(f"{label},{a},{b}\n" for label, a, b in ROWS).encode()
TEST_CSV = "".join(f"{a},{b}\n" for _, a, b in ROWS).encode()


def image_uri(version: str = "3.2-0", region: str = "us-east-1") -> str:
    """Return the URI of the built-in XGBoost image; "0.72" is `xgboost:latest`."""
    repository, tag = versions.repository_and_tag(version)
    account = versions.registries()[repository][region]
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{repository}:{tag}"


def new_name(start: str = "job") -> str:
    return f"{start}-{uuid.uuid4().hex[:12]}"


def channel(uri: str, name: str = "train", content_type: str | None = "text/csv", **more) -> dict:
    """Return a member of InputDataConfig; more: its other members, `source` of S3DataSource."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, **more.pop("source", {})}
    config = {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}
    return config if content_type is None else {**config, "ContentType": content_type}


def training_request(bucket: str, *, version: str = "3.2-0", **changes: Any) -> dict:
    """Return a CreateTrainingJob request for `s3://<bucket>/train`.

    changes: hyperparameters=... (added to num_round 3), and members of the request.
    """
    hyperparameters = {"num_round": "3", "objective": "reg:squarederror"}
    hyperparameters |= changes.pop("hyperparameters", {})
    request = {
        "TrainingJobName": new_name("train"),
        "AlgorithmSpecification": {
            "TrainingImage": image_uri(version),
            "TrainingInputMode": "File",
        },
        "RoleArn": ROLE,
        "HyperParameters": {name: text for name, text in hyperparameters.items() if text},
        "InputDataConfig": [channel(f"s3://{bucket}/train")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    return request | changes


def transform_request(bucket: str, model: str, uri: str | None = None, **changes: Any) -> dict:
    """Return a CreateTransformJob request for `s3://<bucket>/test.csv`, CSV in and out.

    changes: `input` and `output` are added to TransformInput and TransformOutput, a member that
    is None is left out; all else to the request.
    """
    source = {"S3DataType": "S3Prefix", "S3Uri": uri or f"s3://{bucket}/test.csv"}
    given = {
        "DataSource": {"S3DataSource": source | changes.pop("source", {})},
        "ContentType": "text/csv",
        "SplitType": "Line",
    } | changes.pop("input", {})
    target = {"S3OutputPath": f"s3://{bucket}/out"} | changes.pop("output", {})
    return {
        "TransformJobName": new_name("transform"),
        "ModelName": model,
        "TransformInput": {name: value for name, value in given.items() if value is not None},
        "TransformOutput": target,
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    } | changes


def wait_for_training(sagemaker, name: str) -> dict:
    """Wait as boto3 does, and describe the job, however it ended."""
    return _wait(
        sagemaker,
        "training_job_completed_or_stopped",
        lambda: sagemaker.describe_training_job(TrainingJobName=name),
        TrainingJobName=name,
    )


def wait_for_transform(sagemaker, name: str) -> dict:
    return _wait(
        sagemaker,
        "transform_job_completed_or_stopped",
        lambda: sagemaker.describe_transform_job(TransformJobName=name),
        TransformJobName=name,
    )


def train(sagemaker, request: dict) -> dict:
    """Run a training job; return the answer of its last Describe."""
    sagemaker.create_training_job(**request)
    return wait_for_training(sagemaker, request["TrainingJobName"])


def transform(sagemaker, request: dict) -> dict:
    """Run a transform job; return the answer of its last Describe."""
    sagemaker.create_transform_job(**request)
    return wait_for_transform(sagemaker, request["TransformJobName"])


def create_model(sagemaker, data_url: str, *, version: str = "3.2-0", name: str = "") -> str:
    """Create a model of a training job's artifacts; return its name."""
    name = name or new_name("model")
    container = {"Image": image_uri(version), "ModelDataUrl": data_url}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    return name


def read(s3, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def keys(s3, bucket: str, prefix: str = "") -> list[str]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for item in listed.get("Contents", [])]


def log_lines(logs, kind: str, job: str, stream: str = "") -> list[str]:
    """Return a job's lines in its log group (such as "TrainingJobs"), by streams in order.

    stream: only streams whose name holds this text.
    """
    group = f"/aws/sagemaker/{kind}"
    listed = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
    lines = []
    for found in listed["logStreams"]:
        if stream in found["logStreamName"]:
            events = logs.get_log_events(
                logGroupName=group, logStreamName=found["logStreamName"], startFromHead=True
            )
            lines += [event["message"] for event in events["events"]]
    return lines


def numbers(start: int, end: int) -> list[int]:
    """Return numbers that an echoing model can tell apart: 0 to 99, repeated."""
    return [n % 100 for n in range(start, end)]


def as_csv(values: list[int]) -> bytes:
    """Return the numbers as CSV, one a line."""
    return "".join(f"{value}\n" for value in values).encode()


def as_wide_csv(values: list[int]) -> bytes:
    """Return the numbers as CSV lines of 100 bytes."""
    return "".join(f"{value:099d}\n" for value in values).encode()


def answers(content: bytes) -> list[int]:
    """Return the numbers in an output object, which has one a line."""
    return [round(float(line)) for line in content.decode().split("\n") if line]


def run_transform(
    sagemaker, s3, bucket: str, model: str, **changes
) -> tuple[dict, dict[str, bytes]]:
    """Run a transform job; return its last Describe and the objects it wrote, by name."""
    job = transform(sagemaker, transform_request(bucket, model, **changes))
    written = keys(s3, bucket, "out/")
    return job, {key.removeprefix("out/"): read(s3, bucket, key) for key in written}


def requests_of(logs, job: dict) -> int:
    """Return how many requests the container of a transform job has answered."""
    lines = log_lines(logs, "TransformJobs", job["TransformJobName"])
    return sum('"POST /invocations HTTP/1.1" 200' in line for line in lines)


def data_log(logs, job: dict) -> list[str]:
    """Return the lines of a transform job's data log."""
    return log_lines(logs, "TransformJobs", job["TransformJobName"], "/data-log")


def _wait(sagemaker, waiter: str, describe, **names: str) -> dict:
    with contextlib.suppress(WaiterError):  # Failed is an end too
        sagemaker.get_waiter(waiter).wait(**names, WaiterConfig=FAST)
    return describe()
