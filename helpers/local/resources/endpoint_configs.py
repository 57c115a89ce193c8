"""Endpoint configurations: CreateEndpointConfig, DescribeEndpointConfig, List..., Delete..."""

from collections import Counter

from helpers.catalog.resource_types import ENDPOINT_CONFIG
from helpers.local.resources import models
from helpers.local.resources.call import Call
from helpers.local.resources.pagination import list_page, summaries
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

SUMMARY = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
COPIED_MEMBERS = (
    "ProductionVariants",
    "DataCaptureConfig",
    "KmsKeyId",
    "ExecutionRoleArn",
    "VpcConfig",
)
# Members that would change what an endpoint does.
NOT_SERVED = (
    "AsyncInferenceConfig",
    "CrossRegionTrafficConfig",
    "ExplainerConfig",
    "MetricsConfig",
    "ShadowProductionVariants",
)
NOT_SERVED_OF_VARIANT = (
    "AcceleratorPartitionLayouts",
    "AcceleratorType",
    "CapacityReservationConfig",
    "CoreDumpConfig",
    "InstancePools",
    "ManagedInstanceScaling",
    "ServerlessConfig",
)
ROUTING_STRATEGIES = ("RANDOM", "LEAST_OUTSTANDING_REQUESTS")


def create_endpoint_config(call: Call) -> dict:
    params = call.params
    name = params["EndpointConfigName"]
    arn = call.arn(ENDPOINT_CONFIG, name)
    _refuse_members(params, NOT_SERVED)
    names = Counter(variant["VariantName"] for variant in params["ProductionVariants"])
    for variant_name, count in names.items():
        if count > 1:  # AWS refuses it too (mlflow pull request 6486); the wording is ours
            raise ValidationException(f'Variant name "{variant_name}" is not unique.')
    for variant in params["ProductionVariants"]:
        _check_variant(call, variant)
    document = {
        "EndpointConfigName": name,
        "EndpointConfigArn": arn,
        "CreationTime": now(),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        **{member: params[member] for member in COPIED_MEMBERS if member in params},
    }
    for variant in document["ProductionVariants"]:
        variant.setdefault("InitialVariantWeight", 1.0)
    taken = f'Cannot create already existing endpoint configuration "{arn}".'
    call.insert(ENDPOINT_CONFIG, document, ValidationException(taken))
    return {"EndpointConfigArn": arn}


def describe_endpoint_config(call: Call) -> dict:
    return find(call, call.params["EndpointConfigName"])


def list_endpoint_configs(call: Call) -> dict:
    page, token = list_page(call.params, call.list_all(ENDPOINT_CONFIG), name="EndpointConfigName")
    return {"EndpointConfigs": summaries(page, SUMMARY), "NextToken": token}


def delete_endpoint_config(call: Call) -> None:
    """Delete a configuration, also one in use: as far as is known, AWS refuses nothing here."""
    call.delete(ENDPOINT_CONFIG, find(call, call.params["EndpointConfigName"]))


def find(call: Call, name: str) -> Document:
    """Return a configuration by its name. Raises ValidationException in AWS's words."""
    document = call.database.get(ENDPOINT_CONFIG.arn_type, call.region, name)
    if document is None:
        raise ValidationException(
            f'Could not find endpoint configuration "{call.arn(ENDPOINT_CONFIG, name)}".'
        )
    return document


def _check_variant(call: Call, variant: dict) -> None:
    if "ManagedInstanceScaling" in variant and "ModelName" in variant:
        raise ValidationException(  # terraform-provider-aws pull request 45926
            "ManagedInstanceScaling is only supported for inference component endpoints."
        )
    _refuse_members(variant, NOT_SERVED_OF_VARIANT)
    strategy = variant.get("RoutingConfig", {}).get("RoutingStrategy", "RANDOM")
    if strategy not in ROUTING_STRATEGIES:
        raise ValidationException(
            f"The Local SageMaker does not serve the RoutingStrategy {strategy}. It serves: "
            f"{', '.join(ROUTING_STRATEGIES)}."
        )
    for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
        if member not in variant:  # the rule is AWS's, the wording ours
            raise ValidationException(
                f'Variant "{variant["VariantName"]}" needs {member}, unless it is serverless or '
                "for inference components, which the Local SageMaker does not serve."
            )
    containers = models.model_containers(models.find(call, variant["ModelName"]))
    if len(containers) > 1:
        raise ValidationException(
            f'Model "{variant["ModelName"]}" has {len(containers)} containers: the Local SageMaker '
            "serves one container a variant."
        )


def _refuse_members(params: dict, members: tuple[str, ...]) -> None:
    for member in members:
        if params.get(member):
            raise ValidationException(
                f"The Local SageMaker does not serve {member} of CreateEndpointConfig. On AWS the "
                "same request works: see helpers.connect(backend='aws')."
            )
