"""Training jobs: CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob."""

from helpers.local.containers.xgboost.metric_definitions import metric_definitions
from helpers.local.resources import training_request
from helpers.local.resources.call import Call
from helpers.local.resources.checks import (
    check_input_data,
    check_job_role,
    resolve_training_image,
)
from helpers.local.resources.pagination import list_page, summaries
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.training import KIND, TrainingJob, add_transition
from helpers.local.runtime.workloads import now
from helpers.local.services.quotas import limits
from helpers.local.state.database import AlreadyExistsError, Document
from helpers.local.wire.errors import AwsError, ValidationException

SUMMARY = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "SecondaryStatus",
)
# What a request may hold and a document keeps as it came.
KEPT = (
    "HyperParameters",
    "RoleArn",
    "ResourceConfig",
    "VpcConfig",
    "CheckpointConfig",
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "Environment",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
)


def create_training_job(call: Call) -> dict:
    params = call.params
    name = params["TrainingJobName"]
    arn = call.arn("training-job", name)
    training_request.check(params)
    image = resolve_training_image(
        params["AlgorithmSpecification"]["TrainingImage"], call.region, params["RoleArn"]
    )
    check_job_role(params["RoleArn"])
    for channel in params.get("InputDataConfig", ()):
        check_input_data(call, channel["DataSource"]["S3DataSource"], params["RoleArn"])
    document = _document(params, arn, image.uri)
    try:
        with call.database.transaction():
            call.database.insert(KIND, call.region, name, document, params.get("Tags", []), arn)
            _check_quota(call, arn)
    except AlreadyExistsError:
        raise AwsError(
            "ResourceInUse",
            "Training job names must be unique within an AWS account and region, and a training "
            f"job with this name already exists ({arn})",
        ) from None
    call.workshop.start(TrainingJob(call.workshop, call.region, name, arn))
    return {"TrainingJobArn": arn}


def _check_quota(call: Call, arn: str) -> None:
    use = "spot training job" if call.params.get("EnableManagedSpotTraining") else "training job"
    wanted = call.params["ResourceConfig"]
    limits.check(
        call.database, call.region, use, wanted["InstanceType"], wanted["InstanceCount"], arn
    )


def describe_training_job(call: Call) -> dict:
    job = _find(call)
    # The same 66 for every job, 8 kB of JSON: a list of jobs would read them all.
    job["AlgorithmSpecification"]["MetricDefinitions"] = metric_definitions()
    return job


def list_training_jobs(call: Call) -> dict:
    foreign = {"WarmPoolStatusEquals", "TrainingPlanArnEquals"}  # no job here has either
    page, token = list_page(
        call.params,
        [] if foreign & call.params.keys() else call.database.every(KIND, call.region),
        name="TrainingJobName",
        status="TrainingJobStatus",
        order="Ascending",
    )
    return {"TrainingJobSummaries": summaries(page, SUMMARY), "NextToken": token}


def stop_training_job(call: Call) -> None:
    job = _find(call)
    status = job["TrainingJobStatus"]
    if status not in ("InProgress", "Stopping"):
        raise ValidationException(
            f"The request was rejected because the training job is in status {status}."
        )

    def change(document: Document) -> None:
        if document["TrainingJobStatus"] == "InProgress":
            document["TrainingJobStatus"] = "Stopping"
            add_transition(document, "Stopping", now())

    call.database.change(KIND, call.region, job["TrainingJobName"], change)
    call.workshop.stop(job["TrainingJobArn"])


def _find(call: Call) -> Document:
    job = call.database.get(KIND, call.region, call.params["TrainingJobName"])
    if job is None:
        raise ValidationException("Requested resource not found.")
    return job


def _document(params: dict, arn: str, image: str) -> Document:
    """The Describe answer at its start, without what is the same for every job.

    Absent is what AWS leaves absent.
    """
    name, moment = params["TrainingJobName"], now()
    output = params["OutputDataConfig"]
    algorithm = params["AlgorithmSpecification"]
    compression = output.get("CompressionType", "GZIP")
    place = join_uri(output["S3OutputPath"], name, "output/model")
    document = {
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "ModelArtifacts": {
            "S3ModelArtifacts": place + (".tar.gz" if compression == "GZIP" else "/")
        },
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": algorithm["TrainingInputMode"],
            "EnableSageMakerMetricsTimeSeries": algorithm.get(
                "EnableSageMakerMetricsTimeSeries", False
            ),
        },
        "InputDataConfig": [_channel(channel) for channel in params.get("InputDataConfig", ())],
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": compression, **output},
        "StoppingCondition": {
            "MaxRuntimeInSeconds": training_request.DAY,
            **params.get("StoppingCondition", {}),
        },
        "CreationTime": moment,
        "LastModifiedTime": moment,
        "SecondaryStatusTransitions": [],
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": params.get(
            "EnableInterContainerTrafficEncryption", False
        ),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
        "ProfilingStatus": "Disabled",
        **{member: params[member] for member in KEPT if member in params},
    }
    add_transition(document, "Starting", moment)
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
