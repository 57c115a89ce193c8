"""The Price List API answers for SageMaker from the dated table."""

import json
from decimal import Decimal

import pytest

from helpers.account.costs.price_list import PriceListClient
from helpers.catalog.prices import price_table


@pytest.fixture
def pricing(client):
    return client("pricing")


def test_prices_that_helpers_costs_reads(pricing, tmp_path):
    """What `helpers costs` reads on AWS, it reads here: each instance price of the table."""
    prices = PriceListClient(pricing, tmp_path / "prices.json")
    rows = [row for row in price_table().values() if row.item.startswith("ml.")]
    assert rows
    for row in rows:
        read = prices.lookup(row.item, row.component, row.region)
        assert read.usd == row.usd
    assert prices.notes == []
    cached = json.loads((tmp_path / "prices.json").read_text())
    assert any("training" in entry for entry in cached["prices"].values())


def test_products(pricing):
    """Products are found by filters, and every price is a positive number of dollars."""
    filters = [
        {"Type": "TERM_MATCH", "Field": "instanceName", "Value": "ml.m5.xlarge"},
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
    ]
    answer = pricing.get_products(ServiceCode="AmazonSageMaker", Filters=filters)
    products = list(map(json.loads, answer["PriceList"]))
    assert {product["product"]["attributes"]["instanceName"] for product in products} == {
        "ml.m5.xlarge"
    }
    for product in products:
        (term,) = product["terms"]["OnDemand"].values()
        (dimension,) = term["priceDimensions"].values()
        assert Decimal(dimension["pricePerUnit"]["USD"]) > 0
    nothing = [{"Type": "CONTAINS", "Field": "usagetype", "Value": "nothing"}]
    answer = pricing.get_products(ServiceCode="AmazonSageMaker", Filters=nothing)
    assert answer["PriceList"] == []


def test_pages_of_products(pricing):
    """Pages hold each product once, and a token of another list is refused."""
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode="AmazonSageMaker", PaginationConfig={"PageSize": 10}
    )
    skus = [json.loads(text)["product"]["sku"] for page in pages for text in page["PriceList"]]
    assert len(skus) == len(set(skus)) > 20
    with pytest.raises(pricing.exceptions.InvalidNextTokenException):
        pricing.get_products(ServiceCode="AmazonSageMaker", NextToken="abc")


def test_services_and_attributes(pricing):
    """The API lists the one service that it knows, and the values of its attributes."""
    (service,) = pricing.describe_services()["Services"]
    assert service["ServiceCode"] == "AmazonSageMaker"
    assert "usagetype" in service["AttributeNames"]
    values = pricing.get_attribute_values(
        ServiceCode="AmazonSageMaker", AttributeName="instanceName"
    )["AttributeValues"]
    assert {"Value": "ml.m5.xlarge"} in values


def test_what_the_price_list_does_not_have(pricing, assert_aws_error):
    """Another service's prices, and operations that aren't served, are refused by name."""
    with assert_aws_error("InvalidParameterException"):
        pricing.get_products(ServiceCode="AmazonEC2")
    with assert_aws_error("UnknownOperationException"):
        pricing.list_price_lists(ServiceCode="AmazonSageMaker", EffectiveDate=0, CurrencyCode="USD")
