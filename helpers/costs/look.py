"""Look at a place: its resources from the inventory, their usage, and the prices for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpers import inventory, prices
from helpers.calls import Clients, client, code_of, is_denied, is_gone
from helpers.costs import usage
from helpers.costs.amounts import Line, Pricer, priced
from helpers.costs.live import API_REGION, LivePrices
from helpers.costs.report import Report
from helpers.costs.usage import Usage
from helpers.inventory import Found
from helpers.place import Place

PRICE_FILE = "price_list.json"
_ENDPOINT, _OBJECTS = "endpoint", "S3 objects"


def look(place: Place, *, live: bool = False, now: datetime | None = None) -> Report:
    """Tell what the course has used, and what runs in this account and region, with prices.

    On AWS, or if `live`, prices are those of the Price List API, else of the dated table. What
    may not be read stands in the report's notes. Raises botocore's errors if nothing answers.
    """
    now = now or datetime.now(UTC)
    problems: list[inventory.Problem] = []
    kinds = [*usage.OF_KIND, _ENDPOINT, _OBJECTS]
    found = inventory.find(place, kinds, mine=False, problems=problems)
    notes = [_why(problem) for problem in problems]
    prices_of_today = _live(place) if live or place.backend == "aws" else None
    pricer = prices_of_today.find if prices_of_today else prices.find
    clients = Clients(place)
    lines: list[Line] = []
    for item in sorted(found, key=lambda item: item.created or now):  # oldest first
        if item.described and item.kind.name != _OBJECTS:
            lines += _lines(item, _used(item, clients, now, notes), pricer, place)
    stored = sum(f.described["Bytes"] for f in found if f.kind.name == _OBJECTS and f.mine)
    notes += prices_of_today.notes if prices_of_today else []
    return Report(place, lines, stored, notes, complete=not problems)


def _used(item: Found, clients: Clients, now: datetime, notes: list[str]) -> list[Usage]:
    if item.kind.name != _ENDPOINT:
        return usage.OF_KIND[item.kind.name](item.described, now)
    return usage.endpoint(item.described, now, _config(item, clients, notes))


def _config(item: Found, clients: Clients, notes: list[str]) -> dict[str, Any] | None:
    """An endpoint's configuration, which alone tells its instance types."""
    from botocore.exceptions import ClientError

    name = item.described["EndpointConfigName"]
    try:
        return clients("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    except ClientError as error:
        if is_denied(error):
            reason = "allow the action sagemaker:DescribeEndpointConfig"
        else:
            reason = "it is deleted" if is_gone(error) else code_of(error)
        notes.append(
            f"Endpoint {item.name}: its configuration {name} can't be read ({reason}), so its "
            "instance type is unknown."
        )
        return None


def _lines(item: Found, used: list[Usage], pricer: Pricer, place: Place) -> list[Line]:
    return priced(
        item.kind.name,
        item.name,
        used,
        pricer,
        region=item.arn.split(":")[3] if item.arn else place.region,
        status=item.status,
        lesson=item.lesson or None,
        mine=item.mine,
    )


def _live(place: Place) -> LivePrices:
    from helpers.local.home import Home

    asked = client(place, "pricing", API_REGION) if place.backend == "aws" else None
    found = LivePrices(asked, Home.find().path / PRICE_FILE)
    if asked is None:
        found.notes.append(
            "The Local SageMaker has no price list, so --live uses what was read on AWS today, if "
            "anything. To read it: SAGEMAKER_COURSE_BACKEND=aws python -m helpers costs"
        )
    return found


def _why(problem: inventory.Problem) -> str:
    if problem.action:
        return (
            f"Not all of kind {problem.kind.name} could be seen: allow the action {problem.action}."
        )
    return f"Not all of kind {problem.kind.name} could be seen: {problem.message}"
