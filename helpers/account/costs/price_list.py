"""Today's prices from AWS's Price List API, cached for a day; where it fails, the table's.

Source: Price List Query API, GetProducts of service AmazonSageMaker. The instance type stands in
the usage type, such as USE1-Train:ml.m5.large; most products have no other attribute that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from helpers.account.clients import explain
from helpers.catalog import prices
from helpers.catalog.prices import Price
from helpers.home import atomic_write

API_REGION = "us-east-1"  # the API answers for all regions from a few; this is one
CACHE_TIME = timedelta(days=1)
SOURCE = "AWS Price List API"
_USES = {
    "Train": "training",
    "Host": "hosting",
    "Tsform": "transform",
    "Notebk": "notebook",
    "Processing": "processing",
}
_USAGE_TYPE = re.compile(r"(?:[A-Z0-9]+-)?(\w+):(ml\.[a-z0-9-]+\.[a-z0-9-]+)")


class PriceListClient:
    """Looks up prices; asks AWS once a day for each instance type and region.

    `client` is a boto3 client of `pricing`, or None to use only what is cached in `file`. `notes`
    says what went wrong; then, and for what AWS does not list, the table of `helpers.prices` is
    used.
    """

    def __init__(
        self,
        client: Any,
        file: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        self.notes: list[str] = []
        self._client = client
        self._file = file
        self._now = now
        self._cache = _read(file)

    def lookup(self, item: str, component: str, region: str) -> Price | None:
        """AWS's price of today, else the table's, else None."""
        if not item.startswith("ml."):
            return prices.lookup(item, component, region)
        reading = self._of_today(item, region).get(component)
        if reading is None:
            return prices.lookup(item, component, region)
        usd, day = reading
        return Price(item, component, region, Decimal(usd), "hour", day, SOURCE)

    def _of_today(self, item: str, region: str) -> dict[str, list[str]]:
        """Price and day by component."""
        if entry := self._cache.get(f"{region} {item}"):
            age = self._now() - datetime.fromisoformat(entry["read"])
            if timedelta(0) <= age < CACHE_TIME:
                return entry["prices"]
        if self._client is None:
            return {}
        try:
            readings = _query(self._client, item, region)
        except Exception as error:  # no network, no permission, throttled: the table will do
            self.notes.append(
                f"AWS's Price List API gave no price ({explain(error, 'pricing')}). The dated "
                "table is used instead."
            )
            self._client = None
            return {}
        self._cache[f"{region} {item}"] = {"read": self._now().isoformat(), "prices": readings}
        self._save()
        return readings

    def _save(self) -> None:
        try:
            atomic_write(self._file, json.dumps(self._cache).encode())
        except OSError as error:
            self.notes.append(f"Could not save today's prices in {self._file}: {error.strerror}.")


def _query(client: Any, item: str, region: str) -> dict[str, list[str]]:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
        {"Type": "CONTAINS", "Field": "usagetype", "Value": f":{item}"},
    ]
    pages = client.get_paginator("get_products").paginate(
        ServiceCode="AmazonSageMaker", FormatVersion="aws_v1", Filters=filters
    )
    readings: dict[str, set[tuple[str, str]]] = {}
    for page in pages:
        for product in map(json.loads, page["PriceList"]):
            usage = _USAGE_TYPE.fullmatch(product["product"]["attributes"].get("usagetype", ""))
            if usage and usage[2] == item and usage[1] in _USES:
                readings.setdefault(_USES[usage[1]], set()).update(_hourly(product))
    # Of two different prices for one use it is unknown which is billed, so neither is taken.
    return {use: list(*of_use) for use, of_use in readings.items() if len(of_use) == 1}


def _hourly(product: dict) -> set[tuple[str, str]]:
    """On-demand prices above 0 an hour, each with the day of the list."""
    day = product.get("publicationDate", "")[:10]
    readings = set()
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = dimension["pricePerUnit"].get("USD", "")
            if dimension["unit"].lower() in ("hrs", "hours", "hour") and _positive(usd):
                readings.add((f"{Decimal(usd).normalize():f}", day))
    return readings


def _positive(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False


def _read(file: Path) -> dict[str, Any]:
    """The cache; empty if it can't be read."""
    try:
        cache = json.loads(file.read_text())
        return {
            name: {"read": entry["read"], "prices": dict(entry["prices"])}
            for name, entry in cache.items()
            if datetime.fromisoformat(entry["read"]).tzinfo
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
