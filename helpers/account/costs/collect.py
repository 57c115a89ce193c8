"""Collect the costs of a target: its resources, what they used, and the prices for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from helpers import cli
from helpers.account import inventory
from helpers.account.clients import explain, make_client
from helpers.account.costs.price_list import API_REGION, PriceListClient
from helpers.account.costs.pricing import CostItem, cost_items
from helpers.account.costs.report import Report
from helpers.account.inventory import AccessProblem, Resource
from helpers.account.inventory.resource_types import ENDPOINT, OBJECTS
from helpers.account.target import Target
from helpers.catalog import prices, usage
from helpers.home import home_folder

PRICE_FILE = "price_list.json"


def collect(target: Target, now: datetime | None = None) -> Report:
    """Collect what the course has used, and what runs in this account and region, with prices.

    On AWS, prices are those of the Price List API, else of the dated table. What may not be read is
    in the report's notes. Raises botocore's errors if AWS does not answer.
    """
    now = now or datetime.now(UTC)
    problems: list[AccessProblem] = []
    types = [*usage.USAGE_BY_TYPE, ENDPOINT.name, OBJECTS.name]
    resources = inventory.discover(target, types, course_only=False, problems=problems)
    notes = [f"Some {cli.plural(p.type.name)} could not be listed: {p}" for p in problems]
    price_list = None if target.is_local else _price_list(target)
    lookup = price_list.lookup if price_list else prices.lookup
    items: list[CostItem] = []
    stored_bytes = 0
    for resource in sorted(resources, key=lambda resource: resource.created or now):  # oldest first
        if resource.type == OBJECTS:
            stored_bytes += resource.described["Bytes"] if resource.is_course else 0
        elif resource.described:
            region = resource.arn.split(":")[3] if resource.arn else target.region
            config = _endpoint_config(target, resource, notes) if resource.type == ENDPOINT else {}
            items += cost_items(resource, region, now, lookup=lookup, endpoint_config=config)
    notes += price_list.notes if price_list else []
    return Report(target, items, stored_bytes, notes, complete=not problems)


def _endpoint_config(target: Target, endpoint: Resource, notes: list[str]) -> dict[str, Any]:
    """An endpoint's configuration, which alone has its instance types; empty if unreadable."""
    name = endpoint.described["EndpointConfigName"]
    client = make_client(target, "sagemaker")
    try:
        return client.describe_endpoint_config(EndpointConfigName=name)
    except ClientError as error:
        notes.append(
            f"The instance type of endpoint {endpoint.name} is unknown, since its configuration "
            f"{name} can't be read: {explain(error, 'sagemaker')}"
        )
        return {}


def _price_list(target: Target) -> PriceListClient:
    return PriceListClient(make_client(target, "pricing", API_REGION), home_folder() / PRICE_FILE)
