"""Endpoint configurations: CreateEndpointConfig, DescribeEndpointConfig, List..., Delete..."""

from helpers.catalog.resource_types import ENDPOINT_CONFIG
from helpers.local.resources.call import Call
from helpers.local.resources.pagination import list_page
from helpers.local.resources.variant_checks import check_config
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

SUMMARY = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
COPIED_MEMBERS = (
    "ProductionVariants",
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "KmsKeyId",
    "ExecutionRoleArn",
    "VpcConfig",
)


def create_endpoint_config(call: Call) -> dict:
    params = call.params
    name = params["EndpointConfigName"]
    arn = call.arn(ENDPOINT_CONFIG, name)
    check_config(call)
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
    page, token = list_page(call, ENDPOINT_CONFIG, SUMMARY)
    return {"EndpointConfigs": page, "NextToken": token}


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
