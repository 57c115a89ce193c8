"""The table of instance types has hardware, uses, prices and default quotas of the files."""

import csv

import botocore.session
import pytest

from helpers.catalog import instance_types, prices, quotas

# The shapes that list the instance types that SageMaker's API accepts for each use.
SHAPES = {
    "notebook": "InstanceType",
    "training": "TrainingInstanceType",
    "transform": "TransformInstanceType",
    "hosting": "ProductionVariantInstanceType",
}

each_type = pytest.mark.parametrize(
    "row", instance_types.all_types(), ids=lambda row: row.instance_type
)


@pytest.fixture(scope="module")
def model():
    return botocore.session.get_session().get_service_model("sagemaker")


@each_type
def test_each_type_has_hardware_and_a_source(row):
    """Each type has valid hardware figures, and only a GPU type has GPU memory."""
    assert int(row.vcpu) > 0
    assert int(row.memory_gib) > 0
    assert bool(row.gpu) == bool(row.gpu_memory_gib)
    assert row.meant_for
    assert row.source


@each_type
def test_the_api_takes_each_type_in_the_uses_that_are_offered(row, model):
    """botocore's model of the API lists each type for each use that the table offers."""
    for use in row.offered:
        assert row.instance_type in model.shape_for(SHAPES[use]).enum, use


@each_type
def test_what_has_a_price_or_a_quota_is_offered(row):
    """A use that has a price or a quota is offered in the table."""
    for use in instance_types.USES:
        if row.price(use) or row.default_quota(use) is not None:
            assert use in row.offered, use


def test_prices_are_those_of_the_price_table():
    """Each price equals its row of prices.csv, or is unknown or not offered, but never 0."""
    with prices.TABLE.open(newline="") as file:
        listed = {
            (row["item"], row["component"]): row["usd"]
            for row in csv.DictReader(file)
            if row["region"] == "us-east-1"
        }
    frame = instance_types.prices_an_hour("us-east-1")
    for row in instance_types.all_types():
        for use in instance_types.USES:
            expected = listed.get((row.instance_type, use), "unknown")
            if use not in row.offered:
                expected = "-"
            assert frame.loc[row.instance_type, use] == expected
    assert frame.loc["ml.m5.large", "training"] == "0.115"
    assert frame.loc["ml.m4.xlarge", "training"] == "unknown"


def test_another_region_has_its_own_prices():
    """In a region that the table lacks, all prices are unknown."""
    assert instance_types.prices_an_hour("eu-west-1").loc["ml.m5.xlarge", "training"] == "0.257"
    assert set(instance_types.prices_an_hour("mars-north-1").values.ravel()) == {"-", "unknown"}


def test_default_quotas_are_those_of_service_quotas():
    """Each default quota is the one that the local Service Quotas lists under AWS's name."""
    with quotas.TABLE.open(newline="") as file:
        listed = {row["name"]: row["default"] for row in csv.DictReader(file)}
    frame = instance_types.default_quotas()
    for row in instance_types.all_types():
        for use, named in instance_types.USES.items():
            expected = listed.get(f"{row.instance_type} for {named} usage", "unknown")
            if use not in row.offered:
                expected = "-"
            assert frame.loc[row.instance_type, use] == expected
    assert frame.loc["ml.t3.medium", "notebook"] == "6"
    assert frame.loc["ml.g5.xlarge", "transform"] == "unknown"


def test_priced_lists_what_is_known_from_cheap_to_dear():
    """Only known prices of offered uses are listed, in order."""
    found = instance_types.known_prices()
    assert [price.usd for price in found] == sorted(price.usd for price in found)
    assert found[0].item == "ml.t3.medium"
    assert {price.component for price in found} <= set(instance_types.USES)
    assert instance_types.known_prices("mars-north-1") == []


def test_hardware_has_a_dash_for_what_there_is_not():
    """A machine without a GPU shows a dash, not an empty cell or NaN."""
    frame = instance_types.hardware()
    assert frame.loc["ml.m5.large", ["vCPU", "memory (GiB)", "GPU"]].tolist() == ["2", "8", "-"]
    assert frame.loc["ml.p2.xlarge", "GPU memory (GiB)"] == "12"
    assert (frame != "").all().all()
