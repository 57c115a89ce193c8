"""Training jobs: create, describe, list, stop, delete."""

import shutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.containers import registry, script
from helpers.local.containers.contract import Image, RequestError
from helpers.local.resources import script_request, training_request
from helpers.local.resources.call import Call
from helpers.local.resources.checks import (
    check_input_data,
    check_job_role,
    check_output_path,
    resolve_training_image,
)
from helpers.local.resources.contradictions import DEFAULT_MAX_RUNTIME_SECONDS
from helpers.local.resources.pagination import list_page
from helpers.local.runtime import training
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.training_metrics import metric_definitions, tuned_metric
from helpers.local.runtime.workloads import now, workload_folder
from helpers.local.state.database import Document
from helpers.local.wire.errors import AwsError, ValidationException
from helpers.local.wire.json_writer import JsonReady

NOT_FOUND = "Requested resource not found."
SUMMARY = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "SecondaryStatus",
)
ALGORITHM_MEMBERS = (
    "TrainingImage",
    "TrainingInputMode",
    "EnableSageMakerMetricsTimeSeries",
    "MetricDefinitions",
    "ContainerEntrypoint",
    "ContainerArguments",
)
# Members of a request that Describe shows as they came.
COPIED_MEMBERS = (
    "HyperParameters",
    "RoleArn",
    "ResourceConfig",
    "VpcConfig",
    "CheckpointConfig",
    "DebugHookConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "Environment",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
)


def create_training_job(call: Call) -> dict:
    check(call.params, call)
    return {"TrainingJobArn": create(call)}


def create(
    call: Call,
    of_tuning_job: Mapping[str, str] = MappingProxyType({}),
    observer: training.Observer | None = None,
) -> str:
    """Create a training job by a request that `check` has accepted, and start it; return its ARN.

    of_tuning_job: further members of the document of a tuning job's training job; observer: of it.
    """
    params = call.params
    name = params["TrainingJobName"]
    arn = call.arn(TRAINING_JOB, name)
    document = _document(params, arn) | of_tuning_job
    taken = AwsError(
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training "
        f"job with this name already exists ({arn})",
    )
    call.insert(TRAINING_JOB, document, taken)
    call.runner.start(training.TrainingJob(call.context, call.region, name, arn, observer))
    return arn


def check(params: Mapping[str, Any], call: Call) -> None:
    """Check a CreateTrainingJob request, which need not be that of the call. Raises AwsError."""
    region = call.region
    training_request.check(params)
    image = resolve_training_image(
        params["AlgorithmSpecification"]["TrainingImage"], region, params["RoleArn"]
    )
    training_request.check_image(params, image)
    if script.is_script(params):
        script_request.check(params, image, call.context.home)
    else:
        _check_algorithm(params, image)
    check_job_role(params["RoleArn"])
    check_output_path(params["OutputDataConfig"]["S3OutputPath"])
    for channel in params.get("InputDataConfig", ()):
        check_input_data(region, channel["DataSource"]["S3DataSource"], params["RoleArn"])


def _check_algorithm(params: Mapping[str, Any], image: Image) -> None:
    try:
        registry.container_of(image).check_training(params)
    except RequestError as error:
        raise ValidationException(str(error)) from error


def describe_training_job(call: Call) -> dict:
    job = _find(call)
    algorithm = job["AlgorithmSpecification"]
    algorithm["MetricDefinitions"] = shown_metric_definitions(
        algorithm, call.region, tuned_metric(job)
    )
    job.pop("TrainingJobDefinitionName", None)  # which only the lists of a tuning job show
    return job


def shown_metric_definitions(
    algorithm: Mapping[str, Any], region: str, objective: str | None
) -> JsonReady | list[dict[str, str]]:
    """Return the MetricDefinitions that Describe shows.

    Parameters
    ----------
    algorithm
        The AlgorithmSpecification of a job or of a training job definition.
    objective
        The metric that a tuning job optimizes.
    """
    if "MetricDefinitions" not in algorithm:
        return _definitions_of_image(algorithm["TrainingImage"], region, objective)
    image = registry.resolve(algorithm["TrainingImage"], region)
    return metric_definitions(image, algorithm, objective)


@cache
def _definitions_of_image(image_uri: str, region: str, objective: str | None) -> JsonReady:
    """Return those of an image: dozens, 8 kB of JSON, so they are not in each job's document."""
    return JsonReady(metric_definitions(registry.resolve(image_uri, region), {}, objective))


def list_training_jobs(call: Call) -> dict:
    foreign = {"WarmPoolStatusEquals", "TrainingPlanArnEquals"}  # no job here has either
    page, token = list_page(
        call, TRAINING_JOB, SUMMARY, fits=lambda document: not foreign & call.params.keys()
    )
    return {"TrainingJobSummaries": page, "NextToken": token}


def stop_training_job(call: Call) -> None:
    job = _find(call)
    status = job["TrainingJobStatus"]
    if status not in TRAINING_JOB.busy:
        raise ValidationException(
            f"The request was rejected because the training job is in status {status}."
        )

    call.change(TRAINING_JOB, training.mark_stopping, _not_found())
    call.runner.stop(job["TrainingJobArn"])


def delete_training_job(call: Call) -> None:
    """Delete a job that has ended; its artifacts and its log stay, and its name is free again.

    Source of the rules and the codes: the service model. The texts are those of DescribeTrainingJob
    and StopTrainingJob.
    """
    job = call.find(TRAINING_JOB, AwsError("ResourceNotFound", NOT_FOUND))
    status = job["TrainingJobStatus"]
    if status in TRAINING_JOB.busy:
        raise AwsError(
            "ResourceInUse",
            f"The request was rejected because the training job is in status {status}.",
        )
    call.runner.wait_until_ended(job["TrainingJobArn"])
    call.delete(TRAINING_JOB, job)
    folder = workload_folder(call.context.home, TRAINING_JOB, call.region, job["TrainingJobName"])
    shutil.rmtree(folder, ignore_errors=True)


def _find(call: Call) -> Document:
    return call.find(TRAINING_JOB, _not_found())


def _not_found() -> ValidationException:
    return ValidationException(NOT_FOUND)


def _document(params: dict, arn: str) -> Document:
    """The Describe answer at its start, without what is the same for every job.

    Absent is what AWS leaves absent.
    """
    name, created = params["TrainingJobName"], now()
    output = params["OutputDataConfig"]
    algorithm = params["AlgorithmSpecification"]
    compression = output.get("CompressionType", "GZIP")
    model_uri = join_uri(output["S3OutputPath"], name, "output/model")
    document = {
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "ModelArtifacts": {
            "S3ModelArtifacts": model_uri + (".tar.gz" if compression == "GZIP" else "/")
        },
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "AlgorithmSpecification": {
            "EnableSageMakerMetricsTimeSeries": False,
            **{member: algorithm[member] for member in ALGORITHM_MEMBERS if algorithm.get(member)},
        },
        "InputDataConfig": [_channel(channel) for channel in params.get("InputDataConfig", ())],
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": compression, **output},
        "StoppingCondition": {
            "MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS,
            **params.get("StoppingCondition", {}),
        },
        "CreationTime": created,
        "LastModifiedTime": created,
        "SecondaryStatusTransitions": [],
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": params.get(
            "EnableInterContainerTrafficEncryption", False
        ),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
        "ProfilingStatus": "Disabled",
        **{member: params[member] for member in COPIED_MEMBERS if member in params},
    }
    training.add_transition(document, "Starting", created)
    return document


def _channel(channel: dict) -> dict:
    """A channel with the defaults that DescribeTrainingJob shows."""
    source = channel["DataSource"]["S3DataSource"]
    return {
        "CompressionType": "None",
        "RecordWrapperType": "None",
        **channel,
        "DataSource": {"S3DataSource": {"S3DataDistributionType": "FullyReplicated", **source}},
    }
