"""What an endpoint configuration must have."""

from collections import Counter
from collections.abc import Mapping

from helpers.catalog.instance_types import has_local_storage
from helpers.local.resources import models
from helpers.local.resources.call import Call
from helpers.local.resources.checks import check_output_path
from helpers.local.runtime.model_server import MULTI_MODEL
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

ROUTING_STRATEGIES = ("RANDOM", "LEAST_OUTSTANDING_REQUESTS")
MEMORY_STEP_MB = 1024
MAX_WEIGHT = 3.4e38  # of 32 bits


def check_config(call: Call) -> None:
    """Check a CreateEndpointConfig request. Raises ValidationException.

    Rules without a source of their text are AWS's, in our words.
    """
    params = call.params
    if params.get("EnableNetworkIsolation"):  # terraform-provider-aws pull request 48738
        raise ValidationException(
            "EnableNetworkIsolation is only supported for inference component endpoints."
        )
    variants = params["ProductionVariants"]
    names = Counter(variant["VariantName"] for variant in variants)
    for name, count in names.items():
        if count > 1:  # mlflow pull request 6486
            raise ValidationException(f'Variant name "{name}" is not unique.')
    if not any(variant.get("InitialVariantWeight", 1) for variant in variants):
        raise ValidationException("At least one variant needs a weight greater than 0.")
    for variant in variants:
        check_weight(variant.get("InitialVariantWeight", 1))
        _check_variant(call, variant)
    if "DataCaptureConfig" in params:
        check_output_path(params["DataCaptureConfig"]["DestinationS3Uri"], "DestinationS3Uri")
    if "AsyncInferenceConfig" in params:
        _check_async(params["AsyncInferenceConfig"]["OutputConfig"], variants)
    if any("ServerlessConfig" in variant for variant in variants):
        if len(variants) > 1:
            raise ValidationException("A serverless endpoint has exactly one production variant.")
        for member in ("AsyncInferenceConfig", "DataCaptureConfig", "VpcConfig"):
            if member in params:
                raise ValidationException(f"A serverless endpoint does not support {member}.")


def _check_async(output: Mapping, variants: list[dict]) -> None:
    if "S3OutputPath" not in output:
        raise ValidationException("AsyncInferenceConfig needs OutputConfig.S3OutputPath.")
    for member in ("S3OutputPath", "S3FailurePath"):
        if member in output:
            check_output_path(output[member], member)
    if len(variants) > 1:  # aws/aws-cdk-rfcs pull request 433
        raise ValidationException("An asynchronous endpoint has exactly one production variant.")


def check_weight(weight: float) -> None:
    """Refuse a weight that 32 bits can't hold, such as infinity. Raises ValidationException."""
    if weight > MAX_WEIGHT:
        raise ValidationException(f"The weight of a variant can be {MAX_WEIGHT:g} at most.")


def _check_variant(call: Call, variant: Mapping) -> None:
    name = variant["VariantName"]
    if "ManagedInstanceScaling" in variant and "ModelName" in variant:
        raise ValidationException(  # terraform-provider-aws pull request 45926
            "ManagedInstanceScaling is only supported for inference component endpoints."
        )
    strategy = variant.get("RoutingConfig", {}).get("RoutingStrategy", "RANDOM")
    if strategy not in ROUTING_STRATEGIES:
        raise ValidationException(
            f"The Local SageMaker does not serve the RoutingStrategy {strategy}. It serves: "
            f"{', '.join(ROUTING_STRATEGIES)}."
        )
    if "ModelName" not in variant:
        raise ValidationException(
            f'Variant "{name}" needs ModelName, unless it is for inference components, which the '
            "Local SageMaker does not serve."
        )
    if "ServerlessConfig" in variant:
        _check_serverless(variant)
    else:
        for member in ("InstanceType", "InitialInstanceCount"):
            if member not in variant:
                raise ValidationException(
                    f'Variant "{name}" needs {member}, unless it is serverless.'
                )
        if "VolumeSizeInGB" in variant and has_local_storage(variant["InstanceType"]):
            raise ValidationException(  # volume_size_supported in aws/sagemaker-python-sdk
                f'Variant "{name}" can\'t have VolumeSizeInGB: {variant["InstanceType"]} has '
                "storage of its own, and no EBS volume."
            )
    model = models.find(call, variant["ModelName"])
    containers = models.model_containers(model)
    if "ServerlessConfig" in variant:
        _check_serverless_model(model, containers)
    if any(container.get("Mode") == MULTI_MODEL for container in containers):
        _check_multi_model(call, variant)
    if len(containers) > 1:
        raise ValidationException(
            f'Model "{variant["ModelName"]}" has {len(containers)} containers: the Local SageMaker '
            "serves one container a variant."
        )


def _check_multi_model(call: Call, variant: Mapping) -> None:
    """Refuse what multi-model endpoints can't be; the rules are AWS's, the wording is ours."""
    for member, is_set in (
        ("ServerlessConfig", "ServerlessConfig" in variant),
        ("AsyncInferenceConfig", "AsyncInferenceConfig" in call.params),
    ):
        if is_set:
            raise ValidationException(
                f'Model "{variant["ModelName"]}" of variant "{variant["VariantName"]}" is a '
                f"multi-model container, which {member} does not support."
            )


def _check_serverless_model(model: Document, containers: list[dict]) -> None:
    """Refuse what a serverless endpoint does not support of its model.

    Source of the rules: "Serverless Inference" in the developer guide, its excluded features; for
    ModelDataSource, API_ContainerDefinition. The wording is ours, but the first words of the last
    one are AWS's, as a public log shows them.
    """
    if any("ModelDataSource" in container for container in containers):
        raise ValidationException(
            "Model with containers that use ModelDataSource can't be used by a serverless "
            f'endpoint: "{model["ModelName"]}".'
        )
    excluded = {
        "VpcConfig": "VpcConfig" in model,
        "EnableNetworkIsolation": model["EnableNetworkIsolation"],
    }
    for member, is_set in excluded.items():
        if is_set:
            raise ValidationException(
                f"A serverless endpoint does not support {member}, which the model "
                f'"{model["ModelName"]}" has.'
            )


def _check_serverless(variant: Mapping) -> None:
    config = variant["ServerlessConfig"]
    for member in ("InstanceType", "InitialInstanceCount"):
        if member in variant:
            raise ValidationException(
                f'Variant "{variant["VariantName"]}" is serverless: it can\'t have {member}.'
            )
    if config["MemorySizeInMB"] % MEMORY_STEP_MB:
        raise ValidationException(
            f"MemorySizeInMB is {config['MemorySizeInMB']}: choose 1024, 2048, 3072, 4096, 5120 or "
            "6144."
        )
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise ValidationException(
            f"ProvisionedConcurrency is {config['ProvisionedConcurrency']}, more than the "
            f"MaxConcurrency of {config['MaxConcurrency']}."
        )
