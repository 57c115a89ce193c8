"""Today's prices from AWS's Price List API, cached for a day; where it fails, the table's.

Source: Price List Query API, GetProducts of service AmazonSageMaker. The instance type stands in
the usage type, such as USE1-Train:ml.m5.large; most products have no other attribute that names it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from helpers.account.clients import explain
from helpers.catalog import prices
from helpers.catalog.prices import Price
from helpers.home import atomic_write

API_REGION = "us-east-1"  # the API answers for all regions from a few; this is one
SOURCE = "AWS Price List API"
_USES = {
    "Train": "training",
    "Host": "hosting",
    "Tsform": "transform",
    "Notebk": "notebook",
    "Processing": "processing",
}
_USAGE_TYPE = re.compile(r"(?:[A-Z0-9]+-)?(\w+):(ml\.[a-z0-9-]+\.[a-z0-9-]+)")

Readings = dict[str, tuple[str, str]]
"""Price and day of the list, by component."""


class PriceListClient:
    """Looks up prices; asks AWS once a day for each instance type and region.

    `client` is a boto3 client of `pricing`; its answers of `today` are cached in `file`. `notes`
    says what went wrong; then, and for what AWS does not list, the table of `helpers.prices` is
    used.
    """

    def __init__(self, client: Any, file: Path, today: datetime | None = None):
        self.notes: list[str] = []
        self._client = client
        self._file = file
        self._day = f"{today or datetime.now(UTC):%Y-%m-%d}"
        self._cache = _read(file, self._day)

    def lookup(self, item: str, component: str, region: str) -> Price | None:
        """AWS's price of today, else the table's, else None."""
        reading = item.startswith("ml.") and self._of_today(item, region).get(component)
        if not reading:
            return prices.lookup(item, component, region)
        usd, day = reading
        return Price(item, component, region, Decimal(usd), "hour", day, SOURCE)

    def _of_today(self, item: str, region: str) -> Readings:
        key = f"{region} {item}"
        if key in self._cache or self._client is None:
            return self._cache.get(key, {})
        try:
            self._cache[key] = _query(self._client, item, region)
            content = {"day": self._day, "prices": self._cache}
            atomic_write(self._file, json.dumps(content).encode())
        except OSError as error:
            self.notes.append(f"Could not save today's prices in {self._file}: {error.strerror}.")
        except Exception as error:  # no network, no permission, throttled: the table will do
            self.notes.append(
                f"AWS's Price List API gave no price ({explain(error, 'pricing')}). The dated "
                "table is used instead."
            )
            self._client = None
        return self._cache.get(key, {})


def _read(file: Path, day: str) -> dict[str, Readings]:
    """The prices that were read on this day; none if the file is damaged."""
    try:
        content = json.loads(file.read_text())
        return content["prices"] if content["day"] == day else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _query(client: Any, item: str, region: str) -> Readings:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
        {"Type": "CONTAINS", "Field": "usagetype", "Value": f":{item}"},
    ]
    pages = client.get_paginator("get_products").paginate(
        ServiceCode="AmazonSageMaker", FormatVersion="aws_v1", Filters=filters
    )
    readings: dict[str, set[tuple[str, str]]] = {}
    for product in map(json.loads, pages.search("PriceList")):
        usage = _USAGE_TYPE.fullmatch(product["product"]["attributes"].get("usagetype", ""))
        if usage and usage[2] == item and usage[1] in _USES:
            readings.setdefault(_USES[usage[1]], set()).update(_hourly(product))
    # Of two different prices for one use it is unknown which is billed, so neither is taken.
    return {use: min(of_use) for use, of_use in readings.items() if len(of_use) == 1}


def _hourly(product: dict) -> set[tuple[str, str]]:
    """On-demand prices above 0 an hour, each with the day of the list."""
    terms = product.get("terms", {}).get("OnDemand", {}).values()
    dimensions = [d for term in terms for d in term["priceDimensions"].values()]
    amounts = [
        Decimal(dimension["pricePerUnit"].get("USD", "0"))
        for dimension in dimensions
        if dimension["unit"].lower() in ("hrs", "hours", "hour")
    ]
    day = product.get("publicationDate", "")[:10]
    return {(f"{usd.normalize():f}", day) for usd in amounts if usd > 0}
