"""Requests for tuning jobs on small data, and waiting for their end, for tests by boto3."""

import ctypes
import time
from collections.abc import Callable
from typing import Any

from support import jobs
from support.clients import make_bucket

RMSE = {"Type": "Minimize", "MetricName": "validation:rmse"}
ETA = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]}
ENDED = ("Completed", "Failed", "Stopped")


MEMBER = "HyperParameterTuningJobName"
LONG = {"num_round": "1000000", "num_parallel_tree": "100"}
"""Of a job that ends only by a stop. The many trees in each round keep its log short."""


def data_bucket(s3) -> str:
    """Return a new bucket with the channels `train` and `validation`."""
    bucket = make_bucket(s3)
    for name in ("train", "validation"):
        s3.put_object(Bucket=bucket, Key=f"{name}/data.csv", Body=jobs.TRAIN_CSV)
    return bucket


def values(name: str, *texts: str) -> dict:
    """Return ParameterRanges with one categorical hyperparameter."""
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(texts)}]}


def job_definition(bucket: str, **changes: Any) -> dict:
    """Return a TrainingJobDefinition; changes: `hyperparameters` are added to the static ones.

    A change that is None leaves the member out.
    """
    request = jobs.training_request(bucket, hyperparameters=changes.pop("hyperparameters", {}))
    channels = [jobs.channel(f"s3://{bucket}/{name}", name) for name in ("train", "validation")]
    shared = ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "ResourceConfig")
    definition = {
        "StaticHyperParameters": request["HyperParameters"],
        "InputDataConfig": channels,
        "StoppingCondition": request["StoppingCondition"],
        **{name: request[name] for name in shared},
        **changes,
    }
    return {name: value for name, value in definition.items() if value is not None}


def tuning_request(bucket: str, *, number: int | None = 3, parallel: int = 2, **changes) -> dict:
    """Return a CreateHyperParameterTuningJob request of strategy Random that tunes eta.

    number, parallel: the ResourceLimits. changes: `config` is added to the configuration,
    `definition` and `hyperparameters` to the definition, all else to the request; None leaves out.
    """
    limits = {"MaxNumberOfTrainingJobs": number, "MaxParallelTrainingJobs": parallel}
    config = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": RMSE,
        "ResourceLimits": {name: value for name, value in limits.items() if value is not None},
        "ParameterRanges": ETA,
        **changes.pop("config", {}),
    }
    definition = changes.pop("definition", {})
    hyperparameters = changes.pop("hyperparameters", {})
    request = {
        "HyperParameterTuningJobName": jobs.new_name("tune"),
        "HyperParameterTuningJobConfig": {
            name: value for name, value in config.items() if value is not None
        },
        "TrainingJobDefinition": job_definition(
            bucket, hyperparameters=hyperparameters, **definition
        ),
        **changes,
    }
    return {name: value for name, value in request.items() if value is not None}


def start(sagemaker, request: dict) -> str:
    """Create a tuning job; return its name."""
    sagemaker.create_hyper_parameter_tuning_job(**request)
    return request["HyperParameterTuningJobName"]


def describe(sagemaker, name: str) -> dict:
    return sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def wait(sagemaker, name: str, true: Callable[[dict], bool] | None = None) -> dict:
    """Wait until a tuning job has ended, or something else is true of it; return the answer."""
    end = time.monotonic() + 120
    while True:
        job = describe(sagemaker, name)
        if job["HyperParameterTuningJobStatus"] in ENDED if true is None else true(job):
            return job
        assert time.monotonic() < end, job["TrainingJobStatusCounters"]
        time.sleep(0.02)


def tune(sagemaker, request: dict) -> dict:
    """Run a tuning job; return the answer of its last Describe."""
    return wait(sagemaker, start(sagemaker, request))


def training_jobs(sagemaker, name: str, **params) -> list[dict]:
    """Return the summaries of a tuning job's training jobs, of all pages."""
    paginator = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(HyperParameterTuningJobName=name, **params)
    return [item for page in pages for item in page["TrainingJobSummaries"]]


# Changes of tuning_request


def children_of(sagemaker, job: dict, **params) -> list[dict]:
    """Return the summaries of a described tuning job's training jobs."""
    return training_jobs(sagemaker, job[MEMBER], **params)


def value_of(child: dict) -> float:
    """Return the final objective of a training job's summary."""
    return child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


def float32(value: float) -> float:
    """Return a value as AWS keeps objectives, in single precision."""
    return ctypes.c_float(value).value


def numbers(kind: str, name: str, low: str, high: str, scaling: str = "Auto") -> dict:
    item = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {f"{kind}ParameterRanges": [item]}


def config(**changes) -> dict:
    return {"config": changes}


def ranges(given: dict) -> dict:
    return config(ParameterRanges=given)


def definition(**changes) -> dict:
    return {"definition": changes}


def objective(metric: str) -> dict:
    return {"Type": "Minimize", "MetricName": metric}


def algorithm(**changes) -> dict:
    specification = {"TrainingImage": jobs.image_uri(), "TrainingInputMode": "File", **changes}
    return definition(AlgorithmSpecification=specification)
