"""Collect the costs of a target: its resources, what they used, and the prices for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from helpers import cli
from helpers.account import inventory
from helpers.account.clients import ClientCache, explain, make_client
from helpers.account.costs import usage
from helpers.account.costs.price_list import API_REGION, PriceListClient
from helpers.account.costs.pricing import CostItem, price_usage
from helpers.account.costs.report import Report
from helpers.account.inventory import AccessProblem, Resource
from helpers.account.inventory.resource_types import ENDPOINT, OBJECTS
from helpers.account.target import Target
from helpers.catalog import prices
from helpers.home import home_folder

PRICE_FILE = "price_list.json"


def collect(target: Target, *, live: bool = False, now: datetime | None = None) -> Report:
    """Collect what the course has used, and what runs in this account and region, with prices.

    On AWS, or if `live`, prices are those of the Price List API, else of the dated table. What
    may not be read is in the report's notes. Raises botocore's errors if AWS does not answer.
    """
    now = now or datetime.now(UTC)
    problems: list[AccessProblem] = []
    types = [*usage.USAGE_BY_TYPE, ENDPOINT.name, OBJECTS.name]
    resources = inventory.discover(target, types, course_only=False, problems=problems)
    notes = [f"Some {cli.plural(p.type.name)} could not be listed: {p}" for p in problems]
    price_list = _price_list(target) if live or not target.is_local else None
    lookup = price_list.lookup if price_list else prices.lookup
    clients = ClientCache(target)
    items: list[CostItem] = []
    stored_bytes = 0
    for resource in sorted(resources, key=lambda resource: resource.created or now):  # oldest first
        if resource.type == OBJECTS:
            stored_bytes += resource.described["Bytes"] if resource.is_course else 0
        elif resource.described:
            items += price_usage(
                resource.type.name,
                resource.name,
                _usages(resource, clients, now, notes),
                lookup,
                region=resource.arn.split(":")[3] if resource.arn else target.region,
                status=resource.status,
                lesson=resource.lesson or None,
                is_course=resource.is_course,
            )
    notes += price_list.notes if price_list else []
    return Report(target, items, stored_bytes, notes, complete=not problems)


def _usages(
    resource: Resource, clients: ClientCache, now: datetime, notes: list[str]
) -> list[usage.Usage]:
    if resource.type != ENDPOINT:
        return usage.USAGE_BY_TYPE[resource.type.name](resource.described, now)
    return usage.endpoint(resource.described, now, _endpoint_config(resource, clients, notes))


def _endpoint_config(
    endpoint: Resource, clients: ClientCache, notes: list[str]
) -> dict[str, Any] | None:
    """An endpoint's configuration, which alone has its instance types."""
    name = endpoint.described["EndpointConfigName"]
    try:
        return clients("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    except ClientError as error:
        notes.append(
            f"The instance type of endpoint {endpoint.name} is unknown, since its configuration "
            f"{name} can't be read: {explain(error, 'sagemaker')}"
        )
        return None


def _price_list(target: Target) -> PriceListClient:
    client = None if target.is_local else make_client(target, "pricing", API_REGION)
    price_list = PriceListClient(client, home_folder() / PRICE_FILE)
    if client is None:
        price_list.notes.append(
            "The Local SageMaker has no price list, so --live uses what was read on AWS today, if "
            "anything. To read it: SAGEMAKER_COURSE_BACKEND=aws python -m helpers costs"
        )
    return price_list
