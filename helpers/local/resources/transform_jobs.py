"""Transform jobs: CreateTransformJob, and Describe, List, Stop."""

from helpers.catalog.resource_types import TRANSFORM_JOB
from helpers.local.containers import registry
from helpers.local.resources import models
from helpers.local.resources.call import Call
from helpers.local.resources.checks import check_input_data, check_job_role, check_output_path
from helpers.local.resources.pagination import list_page
from helpers.local.resources.volumes import check_volume_key
from helpers.local.runtime import script_serving
from helpers.local.runtime.hosts import MAX_HOSTS
from helpers.local.runtime.model_server import MULTI_MODEL
from helpers.local.runtime.transform import data_processing
from helpers.local.runtime.transform.job import TransformJob
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.wire.errors import AwsError, ValidationException

SUMMARY = (
    "TransformJobName",
    "TransformJobArn",
    "CreationTime",
    "TransformEndTime",
    "LastModifiedTime",
    "TransformJobStatus",
    "FailureReason",
)
COPIED_MEMBERS = (
    "ModelName",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformResources",
)


def create_transform_job(call: Call) -> dict:
    params = call.params
    name = params["TransformJobName"]
    arn = call.arn(TRANSFORM_JOB, name)
    model = models.find(call, params["ModelName"])
    _check_supported(params, model)
    _check_payload(call, model)
    check_job_role(model["ExecutionRoleArn"])
    check_output_path(params["TransformOutput"]["S3OutputPath"])
    source = params["TransformInput"]["DataSource"]["S3DataSource"]
    check_input_data(call.region, source, model["ExecutionRoleArn"])
    taken = AwsError(
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name "
        f"already exists ({arn})",
    )
    call.insert(TRANSFORM_JOB, _document(params, arn), taken)
    call.runner.start(TransformJob(call.context, call.region, name, arn))
    return {"TransformJobArn": arn}


def describe_transform_job(call: Call) -> dict:
    job = _find(call, "Could not find requested job with name")
    return {name: value for name, value in job.items() if name != "LastModifiedTime"}


def list_transform_jobs(call: Call) -> dict:
    page, token = list_page(call, TRANSFORM_JOB, SUMMARY)
    return {"TransformJobSummaries": page, "NextToken": token}


def stop_transform_job(call: Call) -> None:
    job = _find(call, "Could not find job to update with name")
    status = job["TransformJobStatus"]
    if status not in TRANSFORM_JOB.busy:
        raise ValidationException(
            f"The request was rejected because the transform job is in status {status}"
        )

    def change(document: Document) -> None:
        if document["TransformJobStatus"] == "InProgress":
            document.update(TransformJobStatus="Stopping", LastModifiedTime=now())

    call.database.change(TRANSFORM_JOB.arn_type, call.region, job["TransformJobName"], change)
    call.runner.stop(job["TransformJobArn"])


def _find(call: Call, text: str) -> Document:
    name = call.params["TransformJobName"]
    return call.find(TRANSFORM_JOB, ValidationException(f"{text}: {name}"))


def _check_supported(params: dict, model: Document) -> None:
    """Refuse at once what can't work, or what would be ignored silently."""
    count = params["TransformResources"]["InstanceCount"]
    if count > MAX_HOSTS:
        raise ValidationException(
            f"The Local SageMaker runs a transform job on at most {MAX_HOSTS} instances, each a "
            f"process of this machine, and transformResources.instanceCount is {count}. Set it to "
            f"a number from 1 to {MAX_HOSTS}."
        )
    check_volume_key(params["TransformResources"])
    if len(models.model_containers(model)) > 1:
        raise ValidationException(
            "The Local SageMaker transforms with models of one container; "
            f"{model['ModelName']} is an inference pipeline."
        )
    if any("ModelDataSource" in each for each in models.model_containers(model)):
        raise ValidationException(  # aws/sagemaker-python-sdk issues 4777 and 5160
            "SageMaker Batch currently doesn't support Model entity with container definitions "
            "which use ModelDataSource attribute"
        )
    if any(each.get("Mode") == MULTI_MODEL for each in models.model_containers(model)):
        raise ValidationException(  # the rule is AWS's, the wording ours
            f"{model['ModelName']} is a multi-model container, which batch transform does not "
            "support."
        )
    source = params["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise ValidationException(
            "The Local SageMaker transforms data of type S3Prefix or ManifestFile."
        )
    try:
        data_processing.processing_of_job(params)
    except data_processing.InvalidFilterError as error:
        raise ValidationException(str(error)) from error


def _check_payload(call: Call, model: Document) -> None:
    """Refuse chunked payloads for a built-in algorithm: API_CreateTransformJob; our wording."""
    if call.params.get("MaxPayloadInMB") != 0:
        return
    container = models.model_containers(model)[0]
    image = registry.resolve(container["Image"], call.region)
    if script_serving.runs_script(image, container.get("Environment", {})) is None:
        raise ValidationException(
            "MaxPayloadInMB 0 is for HTTP chunked encoding, which SageMaker built-in algorithms do "
            "not support."
        )


def _document(params: dict, arn: str) -> Document:
    """The job's Describe answer at its start. Absent is what AWS leaves absent."""
    created = now()
    return {
        "TransformJobName": params["TransformJobName"],
        "TransformJobArn": arn,
        "TransformJobStatus": "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
        "TransformInput": {
            "CompressionType": "None",
            "SplitType": "None",
            **params["TransformInput"],
        },
        "TransformOutput": {
            "AssembleWith": "None",
            "KmsKeyId": "",
            **params["TransformOutput"],
        },
        "DataProcessing": {
            "InputFilter": "$",
            "OutputFilter": "$",
            "JoinSource": "None",
            **params.get("DataProcessing", {}),
        },
        **{member: params[member] for member in COPIED_MEMBERS if member in params},
    }
