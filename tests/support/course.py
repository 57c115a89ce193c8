"""Imitates by quick real jobs what the lessons make, for tests of inventory and cleanup."""

import functools
from typing import NamedTuple

from helpers.account.target import Target
from helpers.s3 import lesson_prefix
from helpers.tagging import tags
from support import jobs

HIGH = "Boston Housing - XGBoost (Batch Transform) - High Level"
LOW = "Boston Housing - XGBoost (Batch Transform) - Low Level"


class Made(NamedTuple):
    """Names of what a lesson has created; the model has the training job's name."""

    bucket: str
    prefix: str
    training_job: str
    transform_job: str


def client(place: Target, service: str):
    """Return a client of the target's session, the same one each time."""
    return _client(place.session, service)


@functools.lru_cache(8)
def _client(session, service: str):
    return session.client(service)


def default_bucket(place: Target) -> str:
    """Return the SDK's default bucket, created if it is missing."""
    name = f"sagemaker-{place.region}-{place.account}"
    make_bucket(place, name)
    return name


def make_bucket(place: Target, name: str) -> None:
    s3 = client(place, "s3")
    if name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        where = {"LocationConstraint": place.region}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)


def training_request(place: Target, bucket: str, prefix: str, **changes) -> dict:
    """Return a CreateTrainingJob request as the lessons make it, on jobs.TRAIN_CSV."""
    request = jobs.training_request(bucket, **changes)
    image = jobs.image_uri(region=place.region)
    return request | {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "InputDataConfig": [jobs.channel(f"s3://{bucket}/{prefix}/train.csv")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/{prefix}/output"},
    }


def upload(place: Target, bucket: str, prefix: str) -> None:
    s3 = client(place, "s3")
    s3.put_object(Bucket=bucket, Key=f"{prefix}/train.csv", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key=f"{prefix}/test.csv", Body=jobs.TEST_CSV)


def some_artifacts(place: Target) -> str:
    """Return the URI of an object that no job has created."""
    bucket = default_bucket(place)
    client(place, "s3").put_object(Bucket=bucket, Key="mine/model.tar.gz", Body=b"")
    return f"s3://{bucket}/mine/model.tar.gz"


def create_model(place: Target, name: str, artifacts: str, **more) -> None:
    container = {"Image": jobs.image_uri(region=place.region), "ModelDataUrl": artifacts}
    client(place, "sagemaker").create_model(
        ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE, **more
    )


def training(place: Target, lesson: str, bucket: str = "") -> dict:
    """Run a lesson's training job; return its Describe answer."""
    prefix, bucket = lesson_prefix(lesson), bucket or default_bucket(place)
    upload(place, bucket, prefix)
    request = training_request(place, bucket, prefix) | {"Tags": tags(lesson)}
    job = jobs.train(client(place, "sagemaker"), request)
    assert job["TrainingJobStatus"] == "Completed", job
    return job


def run(place: Target, lesson: str, bucket: str = "") -> Made:
    """Create all that a lesson creates before its section "Clean up"."""
    sagemaker = client(place, "sagemaker")
    prefix, tagged = lesson_prefix(lesson), {"Tags": tags(lesson)}
    bucket = bucket or default_bucket(place)
    job = training(place, lesson, bucket)
    name = job["TrainingJobName"]
    create_model(place, name, job["ModelArtifacts"]["S3ModelArtifacts"], **tagged)
    request = jobs.transform_request(bucket, name, f"s3://{bucket}/{prefix}/test.csv") | tagged
    request["TransformOutput"] = {"S3OutputPath": f"s3://{bucket}/{prefix}/predictions"}
    done = jobs.transform(sagemaker, request)
    assert done["TransformJobStatus"] == "Completed", done
    return Made(bucket, prefix, name, request["TransformJobName"])
