"""What the jobs of the benchmarks have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import boto3

ROLE = "arn:aws:iam::111122223333:role/AmazonSageMaker-ExecutionRole"
XGBOOST_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def definition(
    image: str, channels: Mapping[str, str], output: str, content_type: str | None = "text/csv"
) -> dict:
    """Return the members of a CreateTrainingJob request besides name and hyperparameters.

    A TrainingJobDefinition of a tuning job has the same ones.

    Parameters
    ----------
    image
        The URI of the algorithm's image.
    channels
        The S3 URI of each channel's prefix, by the channel's name.
    output
        The S3 URI of the output.
    content_type
        Of all channels; None for the default of the algorithm.
    """
    kind = {} if content_type is None else {"ContentType": content_type}
    return {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                **kind,
            }
            for name, uri in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def clients(endpoint: Any) -> tuple[Any, Any]:
    """Return the clients of S3 and SageMaker for a Local SageMaker."""
    session = boto3.Session(
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
        region_name="us-east-1",
    )
    s3, sagemaker = (
        session.client(name, endpoint_url=endpoint.url) for name in ("s3", "sagemaker")
    )
    return s3, sagemaker


def wait(describe: Callable[..., dict], prefix: str, name: str) -> None:
    """Wait until a job has completed.

    Parameters
    ----------
    describe
        The client's method.
    prefix
        Of the members of its answer: TrainingJob or TransformJob.
    name
        Of the job.

    Raises
    ------
    RuntimeError
        With the FailureReason, if the job ends in another way.
    """
    while True:
        job = describe(**{f"{prefix}Name": name})
        status = job[f"{prefix}Status"]
        if status == "Completed":
            return
        if status != "InProgress":
            raise RuntimeError(job.get("FailureReason", status))
        time.sleep(0.005)
