"""Models: CreateModel, DescribeModel, ListModels, DeleteModel."""

from helpers.catalog.resource_types import MODEL
from helpers.local.containers import registry
from helpers.local.resources.call import Call
from helpers.local.resources.checks import (
    check_served_repository,
    role_is_assumable,
    supported_images,
)
from helpers.local.resources.pagination import list_page
from helpers.local.runtime import images, script_serving
from helpers.local.runtime.model_server import MULTI_MODEL
from helpers.local.runtime.s3_uri import split
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.s3 import objects
from helpers.local.wire.errors import ValidationException

SUMMARY = ("ModelName", "ModelArn", "CreationTime")
MAX_ENVIRONMENT_BYTES = 32 * 1024
COPIED_MEMBERS = ("PrimaryContainer", "Containers", "InferenceExecutionConfig", "VpcConfig")


def create_model(call: Call) -> dict:
    params = call.params
    name = params["ModelName"]
    arn = call.arn(MODEL, name)
    containers = model_containers(params)
    if not containers or {"PrimaryContainer", "Containers"} <= params.keys():
        raise ValidationException(
            "CreateModel needs either a PrimaryContainer or a list of Containers."
        )
    _check_together(containers)
    if params.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
        _check_direct(containers)
    role = params.get("ExecutionRoleArn")
    if role is None:
        raise ValidationException("ExecutionRoleArn is required for a model with an image in ECR.")
    if not role_is_assumable(role):
        raise ValidationException(
            f'The execution role ARN "{role}" is invalid. Please ensure that the role exists and '
            'that its trust relationship policy allows the action "sts:AssumeRole" for the service '
            'principal "sagemaker.amazonaws.com".'
        )
    for container in containers:
        _check_container(container, call.region, role)
        _check_script(call, container)
    document = {
        "ModelName": name,
        "ModelArn": arn,
        "ExecutionRoleArn": role,
        "CreationTime": now(),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        **{member: params[member] for member in COPIED_MEMBERS if member in params},
    }
    for container in model_containers(document):
        container.setdefault("Mode", "SingleModel")
    call.insert(
        MODEL, document, ValidationException(f'Cannot create already existing model "{arn}".')
    )
    return {"ModelArn": arn}


def describe_model(call: Call) -> dict:
    return find(call, call.params["ModelName"])


def list_models(call: Call) -> dict:
    page, token = list_page(call, MODEL, SUMMARY)
    return {"Models": page, "NextToken": token}


def delete_model(call: Call) -> None:
    model = find(call, call.params["ModelName"])
    call.delete(MODEL, model)


def find(call: Call, name: str) -> Document:
    """Return a model by its name. Raises ValidationException in AWS's words."""
    model = call.database.read(MODEL.arn_type, call.region, name)
    if model is None:
        raise ValidationException(f'Could not find model "{call.arn(MODEL, name)}".')
    return model


def model_containers(model: dict) -> list[dict]:
    """Return the containers of a model or of a request for one, in their order."""
    if "PrimaryContainer" in model:
        return [model["PrimaryContainer"]]
    return model.get("Containers", [])


def _check_together(containers: list[dict]) -> None:
    """Refuse what all containers together can't have.

    Source of the rules: API_ContainerDefinition, and "Multi-Model Endpoints" in the developer
    guide; the wording is ours.
    """
    with_hostname = sum("ContainerHostname" in container for container in containers)
    if len(containers) > 1 and 0 < with_hostname < len(containers):
        raise ValidationException(
            f"{with_hostname} of {len(containers)} containers have a ContainerHostname: specify it "
            "for every container of the inference pipeline, or for none."
        )
    if sum(container.get("Mode") == MULTI_MODEL for container in containers) > 1:
        raise ValidationException(
            "Only one multi-model container can be included in an inference pipeline."
        )
    variables = [item for each in containers for item in each.get("Environment", {}).items()]
    size = sum(len(text.encode()) for variable in variables for text in variable)
    if size > MAX_ENVIRONMENT_BYTES:
        raise ValidationException(
            "The maximum length of all keys and values in the Environment of all containers, "
            f"combined, is {MAX_ENVIRONMENT_BYTES} bytes, and they have {size}."
        )


def _check_direct(containers: list[dict]) -> None:
    """Refuse containers that can't be called one by one.

    Source of the rules: "Create a multi-container endpoint" in the developer guide; the wording is
    ours.
    """
    if len(containers) < 2:
        raise ValidationException(
            "InferenceExecutionConfig of Mode Direct needs more than one container in Containers."
        )
    if not all("ContainerHostname" in container for container in containers):
        raise ValidationException(
            "InferenceExecutionConfig of Mode Direct requires ContainerHostname for each container."
        )


def _check_container(container: dict, region: str, role: str) -> None:
    image = container.get("Image")
    if image is None:
        raise ValidationException(
            "Specify one of either Image and Model Data URL or ModelPackageName in container "
            "definition. (The Local SageMaker serves Image.)"
        )
    try:
        registry.resolve(image, region)
    except registry.ImageError as error:
        check_served_repository(error.repository, region)
        text = f"Requested image {image} not found."
        if isinstance(error, registry.InvalidImageError):
            text = f'ECR image "{image}" is invalid.'
        raise ValidationException(f"{text} {supported_images(region)}") from error
    if container.get("Mode") == MULTI_MODEL:
        _check_multi_model(container, region)
    elif "MultiModelConfig" in container:
        raise ValidationException("MultiModelConfig needs the mode MultiModel.")
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if "ModelDataSource" in container and source is None:  # which the service model lets pass
        raise ValidationException("ModelDataSource needs S3DataSource.")
    if source and "ModelDataUrl" in container:
        raise ValidationException(
            "A container has its model data in ModelDataUrl or in ModelDataSource, not in both."
        )
    if source:
        if (source["S3DataType"], source["CompressionType"]) == ("S3Prefix", "Gzip"):
            raise ValidationException(
                "Model data with CompressionType Gzip is one model.tar.gz: set S3DataType to "
                "S3Object and S3Uri to its URI."
            )
        if source["S3DataType"] == "S3Prefix" and not source["S3Uri"].endswith("/"):
            raise ValidationException(  # the rule: API_S3ModelDataSource; the wording is ours
                "A valid key name prefix of S3DataType S3Prefix always ends with a forward slash "
                f"(/), and S3Uri is {source['S3Uri']}."
            )
        _check_model_data(source["S3Uri"], region, role, source["S3DataType"] == "S3Prefix")
    if "ModelDataUrl" in container:
        is_prefix = container.get("Mode") == MULTI_MODEL
        _check_model_data(container["ModelDataUrl"], region, role, is_prefix)


def _check_multi_model(container: dict, region: str) -> None:
    """Refuse what can't be served from many models; the wordings are ours."""
    image = registry.resolve(container["Image"], region)
    if registry.container_of(image).serve_models is None:
        raise ValidationException(
            f"The Local SageMaker serves one model a container of the image {image.uri}: leave "
            "mode out, or set it to SingleModel."
        )
    if container.get("Environment", {}).get(script_serving.PROGRAM):
        raise ValidationException(
            "The Local SageMaker serves multi-model endpoints by the built-in algorithm, not by "
            f"scripts: leave out {script_serving.PROGRAM} of the environment, or mode MultiModel."
        )
    if "ModelDataUrl" not in container:
        raise ValidationException(
            "A container of mode MultiModel needs ModelDataUrl, the S3 prefix of its models."
        )


def _check_script(call: Call, container: dict) -> None:
    """Refuse a script that can't be run here; AWS looks at it when the container starts."""
    image = registry.resolve(container["Image"], call.region)
    environment = container.get("Environment", {})
    framework = script_serving.runs_script(image, environment)
    if framework is not None:
        try:
            images.interpreter(call.context.home, framework)
        except images.ImageNotPulledError as error:
            raise ValidationException(str(error)) from error
    elif environment.get(script_serving.PROGRAM):
        raise ValidationException(
            f"The environment's {script_serving.PROGRAM} names a script, and the Local SageMaker "
            f"runs none in the image {image.uri}: leave it out, or choose one of the images that "
            "`python -m helpers local images` lists."
        )


def _check_model_data(uri: str, region: str, role: str, is_prefix: bool = False) -> None:
    try:
        bucket, key = split(uri)
    except ValueError:
        bucket = key = ""
    bucket_region = objects.bucket_region(bucket) if bucket else None
    if bucket_region not in (None, region):
        raise ValidationException(
            f'Could not access model data at {uri}. Please ensure that the role "{role}" exists '
            'and that its trust relationship policy allows the action "sts:AssumeRole" for the '
            'service principal "sagemaker.amazonaws.com". Also ensure that the role has '
            f'"s3:GetObject" permissions and that the object is located in {region}. If your Model '
            "uses multiple models or uncompressed models, please ensure that the role has "
            '"s3:ListBucket" permission.'
        )
    exists = objects.list_objects if is_prefix else objects.exists
    if bucket_region is None or not exists(bucket, key):
        raise ValidationException(f"Could not find model data at {uri}.")
