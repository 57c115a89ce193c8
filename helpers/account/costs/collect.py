"""Look at a place: its resources from the inventory, their usage, and the prices for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpers.account import inventory
from helpers.account.clients import ClientCache, error_code, is_denied, is_gone, make_client
from helpers.account.costs import usage
from helpers.account.costs.price_list import API_REGION, PriceListClient
from helpers.account.costs.pricing import CostItem, PriceLookup, price_usage
from helpers.account.costs.report import Report
from helpers.account.costs.usage import Usage
from helpers.account.inventory import Resource
from helpers.account.target import Target
from helpers.catalog import prices

PRICE_FILE = "price_list.json"
_ENDPOINT, _OBJECTS = "endpoint", "S3 objects"


def collect(place: Target, *, live: bool = False, now: datetime | None = None) -> Report:
    """Tell what the course has used, and what runs in this account and region, with prices.

    On AWS, or if `live`, prices are those of the Price List API, else of the dated table. What
    may not be read stands in the report's notes. Raises botocore's errors if nothing answers.
    """
    now = now or datetime.now(UTC)
    problems: list[inventory.AccessProblem] = []
    kinds = [*usage.OF_KIND, _ENDPOINT, _OBJECTS]
    found = inventory.find(place, kinds, mine=False, problems=problems)
    notes = [_why(problem) for problem in problems]
    prices_of_today = _live(place) if live or place.backend == "aws" else None
    pricer = prices_of_today.find if prices_of_today else prices.lookup
    clients = ClientCache(place)
    lines: list[CostItem] = []
    for item in sorted(found, key=lambda item: item.created or now):  # oldest first
        if item.described and item.kind.name != _OBJECTS:
            lines += _lines(item, _used(item, clients, now, notes), pricer, place)
    stored = sum(f.described["Bytes"] for f in found if f.kind.name == _OBJECTS and f.mine)
    notes += prices_of_today.notes if prices_of_today else []
    return Report(place, lines, stored, notes, complete=not problems)


def _used(item: Resource, clients: ClientCache, now: datetime, notes: list[str]) -> list[Usage]:
    if item.kind.name != _ENDPOINT:
        return usage.OF_KIND[item.kind.name](item.described, now)
    return usage.endpoint(item.described, now, _config(item, clients, notes))


def _config(item: Resource, clients: ClientCache, notes: list[str]) -> dict[str, Any] | None:
    """An endpoint's configuration, which alone tells its instance types."""
    from botocore.exceptions import ClientError

    name = item.described["EndpointConfigName"]
    try:
        return clients("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    except ClientError as error:
        if is_denied(error):
            reason = "allow the action sagemaker:DescribeEndpointConfig"
        else:
            reason = "it is deleted" if is_gone(error) else error_code(error)
        notes.append(
            f"Endpoint {item.name}: its configuration {name} can't be read ({reason}), so its "
            "instance type is unknown."
        )
        return None


def _lines(item: Resource, used: list[Usage], pricer: PriceLookup, place: Target) -> list[CostItem]:
    return price_usage(
        item.kind.name,
        item.name,
        used,
        pricer,
        region=item.arn.split(":")[3] if item.arn else place.region,
        status=item.status,
        lesson=item.lesson or None,
        mine=item.mine,
    )


def _live(place: Target) -> PriceListClient:
    from helpers.home import Home

    asked = make_client(place, "pricing", API_REGION) if place.backend == "aws" else None
    found = PriceListClient(asked, Home.find().path / PRICE_FILE)
    if asked is None:
        found.notes.append(
            "The Local SageMaker has no price list, so --live uses what was read on AWS today, if "
            "anything. To read it: SAGEMAKER_COURSE_BACKEND=aws python -m helpers costs"
        )
    return found


def _why(problem: inventory.AccessProblem) -> str:
    if problem.action:
        return (
            f"Not all of kind {problem.kind.name} could be seen: allow the action {problem.action}."
        )
    return f"Not all of kind {problem.kind.name} could be seen: {problem.message}"
