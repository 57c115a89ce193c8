"""The Price List API, for SageMaker's prices: it answers from the dated table of the catalog.

Prices are read from AWS's list or bills; what the table lacks is not listed. Source of the form:
GetProducts of the Price List Query API, as `helpers/account/costs/price_list.py` reads it on AWS.
"""

import json
from collections.abc import Callable
from typing import Any

from helpers.catalog.prices import Price, price_table
from helpers.local.wire import aws_json, page_token
from helpers.local.wire.errors import AwsError, unsupported_operation
from helpers.local.wire.validation import validate

SERVICE, SERVICE_CODE = "pricing", "AmazonSageMaker"
MAX_RESULTS = 100
_USAGE = {
    "training": "Train",
    "hosting": "Host",
    "transform": "Tsform",
    "notebook": "Notebk",
    "processing": "Processing",
}
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "TERM_MATCH": lambda value, wanted: value == wanted,
    "EQUALS": lambda value, wanted: value == wanted,
    "CONTAINS": lambda value, wanted: wanted in value,
    "ANY_OF": lambda value, wanted: value in wanted.split(","),
    "NONE_OF": lambda value, wanted: value not in wanted.split(","),
}


def answer(target: str, body: bytes) -> bytes:
    """Return the body of an answer. Raises AwsError."""
    operation, params = aws_json.parse(target, body, SERVICE)
    if operation not in _OPERATIONS:
        raise unsupported_operation(f"{operation} of the Price List API", _OPERATIONS)
    validate(operation, params, SERVICE)
    code = params.get("ServiceCode")
    if code not in (None, SERVICE_CODE):
        raise AwsError(
            "InvalidParameterException",
            f"The Local SageMaker lists the prices of {SERVICE_CODE} only, not of {code}.",
        )
    return aws_json.serialize(operation, _OPERATIONS[operation](params), SERVICE)


def _describe_services(params: dict[str, Any]) -> dict[str, Any]:
    names = sorted({name for product in _products() for name in _attributes(product)})
    return {
        "Services": [{"ServiceCode": SERVICE_CODE, "AttributeNames": names}],
        "FormatVersion": "aws_v1",
    }


def _get_attribute_values(params: dict[str, Any]) -> dict[str, Any]:
    name = params["AttributeName"]
    values = sorted({_attributes(product).get(name, "") for product in _products()} - {""})
    page, token = _page(params, values)
    return {"AttributeValues": [{"Value": value} for value in page], "NextToken": token}


def _get_products(params: dict[str, Any]) -> dict[str, Any]:
    products = [
        product
        for product in _products()
        if all(_fits(product, item) for item in params.get("Filters", ()))
    ]
    page, token = _page(params, products)
    return {"FormatVersion": "aws_v1", "PriceList": list(map(json.dumps, page)), "NextToken": token}


_OPERATIONS = {
    "DescribeServices": _describe_services,
    "GetAttributeValues": _get_attribute_values,
    "GetProducts": _get_products,
}


def _page(params: dict[str, Any], items: list[Any]) -> tuple[list[Any], str | None]:
    start = 0
    if "NextToken" in params:
        values = page_token.decode(params["NextToken"])
        if len(values) != 1 or not isinstance(values[0], int):
            raise AwsError("InvalidNextTokenException", "The pagination token is invalid.")
        start = values[0]
    end = start + params.get("MaxResults", MAX_RESULTS)
    return items[start:end], page_token.encode([end]) if end < len(items) else None


def _fits(product: dict[str, Any], condition: dict[str, str]) -> bool:
    value = _attributes(product).get(condition["Field"], "")
    return _MATCHES[condition["Type"]](value, condition["Value"])


def _products() -> list[dict[str, Any]]:
    return [_product(price) for price in price_table().values() if price.component in _USAGE]


def _attributes(product: dict[str, Any]) -> dict[str, str]:
    return product["product"]["attributes"]


def _product(price: Price) -> dict[str, Any]:
    """Return a product as GetProducts has it: one on-demand price an hour."""
    sku = f"{price.region}-{price.component}-{price.item}"
    dimension = {
        "unit": "Hrs",
        "pricePerUnit": {"USD": f"{price.usd:f}"},
        "description": f"{price.usd:f} US dollars per hour ({price.source})",
    }
    term = {"sku": sku, "priceDimensions": {f"{sku}.1": dimension}}
    return {
        "product": {
            "productFamily": "ML Instance",
            "sku": sku,
            "attributes": {
                "servicecode": SERVICE_CODE,
                "productFamily": "ML Instance",
                "regionCode": price.region,
                "instanceName": price.item,
                "usagetype": f"{_USAGE[price.component]}:{price.item}",
            },
        },
        "serviceCode": SERVICE_CODE,
        "publicationDate": price.price_list,
        "terms": {"OnDemand": {f"{sku}.0": term}},
    }
