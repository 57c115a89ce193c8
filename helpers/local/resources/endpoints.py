"""Endpoints: CreateEndpoint, Describe, List, Update, UpdateEndpointWeightsAndCapacities, Delete."""

from collections.abc import Callable

from helpers.catalog.resource_types import ENDPOINT
from helpers.local.resources import endpoint_configs, models
from helpers.local.resources.call import Call
from helpers.local.resources.endpoint_description import (
    ASYNC,
    CAPTURE,
    DEPLOYMENT,
    deployed_images,
    described,
)
from helpers.local.resources.pagination import list_page
from helpers.local.resources.variant_checks import check_weight
from helpers.local.runtime.hosting.async_queue import forget_endpoint
from helpers.local.runtime.hosting.deployment import Deployment, DeploymentConfigError
from helpers.local.runtime.hosting.endpoint import Endpoint
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.model_server import READY_SECONDS, served_container
from helpers.local.runtime.workloads import now
from helpers.local.services import alarms
from helpers.local.services.quotas import limits
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

SUMMARY = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")


def create_endpoint(call: Call) -> dict:
    params, created = call.params, now()
    name = params["EndpointName"]
    arn = call.arn(ENDPOINT, name)
    config = endpoint_configs.find(call, params["EndpointConfigName"])
    document = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": config["EndpointConfigName"],
        "EndpointStatus": "Creating",
        "CreationTime": created,
        "LastModifiedTime": created,
        **_served(call, config),
    }
    if DEPLOYMENT in params:  # only for a later update that retains it
        _check_deployment_config(call, params[DEPLOYMENT], document["Fleet"])
        document[DEPLOYMENT] = params[DEPLOYMENT]
    taken = ValidationException(f'Cannot create already existing endpoint "{arn}".')
    call.insert(ENDPOINT, document, taken)
    call.runner.start(Endpoint(call.context, call.region, name, arn))
    return {"EndpointArn": arn}


def describe_endpoint(call: Call) -> dict:
    return described(call.find(ENDPOINT, _not_found(call)))


def list_endpoints(call: Call) -> dict:
    page, token = list_page(call, ENDPOINT, SUMMARY)
    return {"Endpoints": page, "NextToken": token}


def update_endpoint(call: Call) -> dict:
    params = call.params

    def change(document: Document) -> None:
        _require_in_service(document)
        config = endpoint_configs.find(call, params["EndpointConfigName"])
        following = {
            "EndpointConfigName": config["EndpointConfigName"],
            **_served(call, config),
        }
        deployment = params.get(DEPLOYMENT)
        if params.get("RetainDeploymentConfig"):
            deployment = document.get(DEPLOYMENT)
        if deployment is not None:
            _check_variant_names(document["Fleet"], following["Fleet"])
            _check_deployment_config(call, deployment, following["Fleet"])
            following[DEPLOYMENT] = deployment
        is_serverless = [_is_serverless(served) for served in (document, following)]
        if (ASYNC in document) != (ASYNC in following):  # the rule is AWS's, the wording ours
            raise ValidationException(
                "An endpoint stays asynchronous, or not, for as long as it exists."
            )
        if is_serverless == [False, True]:  # developer guide, "Serverless Inference"
            raise ValidationException("An endpoint with instances can't become serverless.")
        if params.get("RetainAllVariantProperties"):
            _retain_properties(following, document, params)
        limits.check(call.database, call.region, ENDPOINT, {**document, **following})
        document.pop("FailureReason", None)
        document.update(
            EndpointStatus="Updating",
            LastModifiedTime=now(),
            Next=following,
        )

    return _change_and_wake(call, change)


def update_endpoint_weights_and_capacities(call: Call) -> dict:
    desired = {item["VariantName"]: item for item in call.params["DesiredWeightsAndCapacities"]}

    def change(document: Document) -> None:
        _require_in_service(document)
        names = {spec["VariantName"] for spec in document["Fleet"]}
        if unknown := ", ".join(sorted(desired.keys() - names)):  # moto pull request 5082
            raise ValidationException(
                f'The variant name(s) "{unknown}" is/are not present within endpoint configuration '
                f'"{document["EndpointConfigName"]}".'
            )
        if _is_serverless(document) and any("DesiredInstanceCount" in i for i in desired.values()):
            raise ValidationException(  # the rule is AWS's, the wording ours
                "A serverless endpoint has no instances: DesiredInstanceCount can't be set."
            )
        for spec in document["Fleet"]:
            item = desired.get(spec["VariantName"], {})
            spec["DesiredWeight"] = item.get("DesiredWeight", spec["Weight"])
            spec["DesiredInstanceCount"] = item.get("DesiredInstanceCount", spec["InstanceCount"])
        for spec in document["Fleet"]:
            check_weight(spec["DesiredWeight"])
        if not any(spec["DesiredWeight"] for spec in document["Fleet"]):
            raise ValidationException("At least one variant needs a weight greater than 0.")
        wanted = [
            {**spec, "InstanceCount": spec["DesiredInstanceCount"]} for spec in document["Fleet"]
        ]
        limits.check(call.database, call.region, ENDPOINT, {**document, "Fleet": wanted})
        document.pop("FailureReason", None)
        document.update(EndpointStatus="Updating", LastModifiedTime=now())

    return _change_and_wake(call, change)


def delete_endpoint(call: Call) -> None:
    def change(document: Document) -> None:
        if document["EndpointStatus"] != "Failed":
            _require_in_service(document)
        document.update(EndpointStatus="Deleting", LastModifiedTime=now())

    document = call.change(ENDPOINT, change, _not_found(call))
    arn = document["EndpointArn"]
    if call.runner.find(arn) is None:
        forget_endpoint(call.database, call.region, document["EndpointName"])
        call.delete(ENDPOINT, document)
    else:
        call.runner.stop(arn)


def _change_and_wake(call: Call, change: Callable[[Document], None]) -> dict:
    arn = call.change(ENDPOINT, change, _not_found(call))["EndpointArn"]
    call.context.statuses.notify(arn)
    endpoint = call.runner.find(arn)
    if isinstance(endpoint, Endpoint):
        endpoint.wake()
    return {"EndpointArn": arn}


def _not_found(call: Call) -> ValidationException:
    return ValidationException(
        f'Could not find endpoint "{call.arn(ENDPOINT, call.params["EndpointName"])}".'
    )


def _require_in_service(document: Document) -> None:
    status, arn = document["EndpointStatus"], document["EndpointArn"]
    if status == "Failed":  # the rule is AWS's, the wording ours
        raise ValidationException(f'Cannot update failed endpoint "{arn}": delete it.')
    if status != "InService":
        raise ValidationException(f'Cannot update in-progress endpoint "{arn}".')


def _check_deployment_config(call: Call, config: dict, fleet: list[VariantSpec]) -> None:
    try:
        deployment = Deployment.of(config, fleet)
    except DeploymentConfigError as error:
        raise ValidationException(str(error)) from error
    if deployment.is_rolling and len(fleet) > 1:  # developer guide, "Exclusions"; our wording
        raise ValidationException(
            "A rolling update can't be used with an endpoint of several variants: use "
            "BlueGreenUpdatePolicy."
        )
    if names := alarms.missing(call.region, deployment.alarms):
        raise ValidationException(  # the wording is ours
            f"AutoRollbackConfiguration names alarms that do not exist in {call.region}: "
            f"{', '.join(names)}."
        )
    if names := alarms.not_evaluated(call.region, deployment.alarms):
        raise ValidationException(
            f"The Local SageMaker does not evaluate these alarms: {', '.join(names)}. It has no "
            "percentiles and no metric math. Name an alarm with a Statistic, such as Maximum. On "
            "AWS the same call works: see helpers.connect(backend='aws')."
        )


def _check_variant_names(old: list[VariantSpec], new: list[VariantSpec]) -> None:
    """Refuse other variants: developer guide, "Exclusions" of deployment guardrails."""
    before, after = ([spec["VariantName"] for spec in fleet] for fleet in (old, new))
    if set(before) != set(after):
        raise ValidationException(  # the wording is ours
            "With a DeploymentConfig, the new endpoint configuration must have the same variant "
            f"names as the old one, {', '.join(before)}, and not {', '.join(after)}. Leave "
            "DeploymentConfig out to change them."
        )


def _served(call: Call, config: Document) -> dict:
    """Return what an endpoint keeps of its configuration, which may be deleted or made again."""
    kept = {"Fleet": [_spec(call, variant) for variant in config["ProductionVariants"]]}
    return kept | {member: config[member] for member in (CAPTURE, ASYNC) if member in config}


def _spec(call: Call, variant: dict) -> VariantSpec:
    container = served_container(models.find(call, variant["ModelName"]))
    count, weight = variant.get("InitialInstanceCount", 1), variant["InitialVariantWeight"]
    kind = (
        {"Serverless": variant["ServerlessConfig"]}
        if "ServerlessConfig" in variant
        else {"InstanceType": variant["InstanceType"]}
    )
    return {
        **kind,
        "VariantName": variant["VariantName"],
        "Container": container,
        "DeployedImages": deployed_images(container["Image"], call.region),
        "InstanceCount": count,
        "Weight": weight,
        "DesiredInstanceCount": count,
        "DesiredWeight": weight,
        "StartSeconds": variant.get("ContainerStartupHealthCheckTimeoutInSeconds", READY_SECONDS),
        "RoutingStrategy": variant.get("RoutingConfig", {}).get("RoutingStrategy", "RANDOM"),
    }


def _is_serverless(served: dict) -> bool:
    return "Serverless" in served["Fleet"][0]


def _retain_properties(following: dict, document: Document, params: dict) -> None:
    """Keep what the endpoint and its variants have now, unless it is excluded."""
    excluded = {
        item["VariantPropertyType"] for item in params.get("ExcludeRetainedVariantProperties", ())
    }
    if CAPTURE in document and CAPTURE not in excluded:
        following[CAPTURE] = document[CAPTURE]
    current = {spec["VariantName"]: spec for spec in document["Fleet"]}
    for spec in following["Fleet"]:
        if old := current.get(spec["VariantName"]):
            if "DesiredInstanceCount" not in excluded:
                spec["InstanceCount"] = spec["DesiredInstanceCount"] = old["InstanceCount"]
            if "DesiredWeight" not in excluded:
                spec["Weight"] = spec["DesiredWeight"] = old["Weight"]
