"""Usage times price, checked against amounts worked out by hand."""

import doctest
from decimal import Decimal

import pytest

from helpers.account.costs import pricing
from helpers.account.costs.pricing import CostItem
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import TRAINING_JOB
from helpers.catalog import prices
from helpers.catalog.usage import Usage


def lines(*used, region="us-east-1"):
    job = Resource(TRAINING_JOB, "job", reason="tag")
    return [CostItem(job, region, u, prices.lookup(u.item, u.component, region)) for u in used]


# Each amount by hand: price an hour x instances x seconds / 3600.
CASES = [
    # 0.115 x 1 x 3600 / 3600 = 0.115; half a cent is rounded up
    (Usage("ml.m5.large", "training", 1, 3600), "us-east-1", "0.12 USD"),
    # 0.115 x 2 x 1800 / 3600 = 0.115
    (Usage("ml.m5.large", "training", 2, 1800), "us-east-1", "0.12 USD"),
    # 0.23 x 3 x 100 / 3600 = 0.019166...
    (Usage("ml.m5.xlarge", "training", 3, 100), "us-east-1", "0.02 USD"),
    # 0.257 x 3 x 100 / 3600 = 0.021416...
    (Usage("ml.m5.xlarge", "training", 3, 100), "eu-west-1", "0.02 USD"),
    # 0.461 x 1 x 60 h = 27.66: an endpoint over a weekend
    (Usage("ml.m5.2xlarge", "hosting", 1, 60 * 3600), "us-east-1", "27.66 USD"),
    # 1.408 x 8 x 250 h = 2816.00
    (Usage("ml.g5.xlarge", "training", 8, 250 * 3600), "us-east-1", "2,816.00 USD"),
    # 0.115 x 1 x 1 / 3600 = 0.0000319...
    (Usage("ml.m5.large", "training", 1, 1), "us-east-1", "under 0.01 USD"),
    # 0.14 / 730 x 20 GB x 730 h = 2.80
    (Usage("ML volume gp2", "notebook volume", 20, 730 * 3600), "us-east-1", "2.80 USD"),
]


@pytest.mark.parametrize(("used", "region", "usd"), CASES)
def test_amounts_to_the_cent(used, region, usd):
    """Amounts are exact, and rounded half up only when they are shown."""
    assert str(pricing.total_spent(lines(used, region=region))) == usd


def test_rounding_comes_last():
    """Three times 0.004 USD are 0.01, because rounding comes last."""
    # 0.23 x 63 s / 3600 = 0.004025 each, 0.012075 in all
    small = [Usage("ml.m5.xlarge", "training", 1, 63)] * 3
    assert str(pricing.total_spent(lines(*small))) == "0.01 USD"


@pytest.mark.parametrize(
    ("item", "region"), [("ml.m7i.xlarge", "us-east-1"), ("ml.m5.large", "ap-south-2"), (None, "x")]
)
def test_an_unknown_price_is_never_counted_as_nothing(item, region):
    """With an unknown price the sum says so, and what has no price is named once."""
    unknown = lines(Usage(item, "training", 2, 30), region=region)
    known = lines(Usage("ml.m5.large", "training", 1, 3600))
    assert str(pricing.total_spent(unknown)) == "unknown"
    assert str(pricing.total_spent(unknown + known)) == "at least 0.12 USD"
    second = lines(Usage("ml.m5.large", "training", 1, 1))
    assert str(pricing.total_spent(unknown + second)) == "at least 0.00003 USD"
    [sentence] = pricing.unpriced_usage(unknown + unknown + known)
    what = f"{item or 'unknown instance type'} for training in {region}"
    assert sentence.startswith(f"Price unknown here: {what}. ")
    assert pricing.unpriced_usage(known) == []


def test_no_time_costs_nothing_at_any_price():
    """A job that never had an instance does not make a sum uncertain."""
    assert str(pricing.total_spent(lines(Usage("ml.m7i.xlarge", "training", 1, 0)))) == "0.00 USD"


def test_two_regions_each_at_its_own_price():
    """An hour at 0.23 in us-east-1 and one at 0.257 in eu-west-1 cost 0.487 USD."""
    used = Usage("ml.m5.xlarge", "training", 1, 3600)
    both = lines(used) + lines(used, region="eu-west-1")
    assert pricing.total_spent(both).usd == Decimal("0.487")


def test_an_hour_counts_only_what_runs():
    """The hourly cost is 0.115 x 2 for the endpoint; the finished job adds nothing."""
    finished = Usage("ml.m7i.xlarge", "training", 1, 9)
    both = lines(Usage("ml.m5.large", "hosting", 2, 60, running=True), finished)
    assert pricing.total_per_hour(both) == (Decimal("0.230"), True)


def test_an_estimate_adds_a_minute_a_job():
    """Two jobs of a second are billed about two minutes on AWS: 0.115 x 122 / 3600 = 0.0039."""
    used = lines(
        Usage("ml.m5.large", "training", 1, 1),
        Usage("ml.m5.large", "transform", 1, 1),  # its price is unknown, training's is known
        Usage("ml.t3.medium", "notebook", 1, 600),
    )
    [sentence] = pricing.estimate(used)
    assert "On AWS 2 jobs like these would cost about 0.004 USD, at training's price" in sentence
    [sentence] = pricing.estimate(lines(Usage("ml.m5.xlarge", "training", 2, 30)))  # 0.0115
    assert "On AWS 1 job like this would cost about 0.012 USD: a job is billed from" in sentence


@pytest.mark.parametrize(
    "used",
    [
        Usage("ml.t3.medium", "notebook", 1, 600),
        Usage("ml.m7i.xlarge", "training", 1, 60),
        Usage("ml.m5.large", "training", 1, 0),
    ],
)
def test_no_estimate_without_jobs_or_prices(used):
    """No estimate is made for what is not a job, has no known price, or never ran."""
    assert pricing.estimate(lines(used)) == []


@pytest.mark.parametrize(
    ("usd", "words"),
    [("0.115", "0.115 USD"), ("0.5", "0.50 USD"), ("12", "12.00 USD"), ("0.000958", "0.001 USD")],
)
def test_rates_keep_what_cents_would_lose(usd, words):
    """A price per hour is shown with up to four decimal places, and at least two."""
    assert pricing.format_rate(Decimal(usd)) == words


def test_examples_of_the_docstrings():
    """The examples in the docstrings run."""
    assert doctest.testmod(pricing).failed == 0
    assert doctest.testmod(prices).failed == 0
