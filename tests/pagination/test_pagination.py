"""List operations have pages, and tokens that are valid for one list only."""

import functools
import itertools
import re
import string

import pytest
from botocore.config import Config
from support import jobs
from support.lists import NAMES, OTHER, REGION, make_model, names_of


def test_a_page_is_taken_before_it_is_filtered(there, trained, models):
    """StatusEquals and NameContains filter the page, so it may be empty and have a NextToken."""
    for query in (
        {"StatusEquals": "Completed"},
        {"NameContains": "train-a"},
        {"NameContains": "train-a", "StatusEquals": "Completed"},
    ):
        first = there.list_training_jobs(MaxResults=1, **query)
        assert names_of(first) == []
        second = there.list_training_jobs(MaxResults=1, NextToken=first["NextToken"], **query)
        assert names_of(second) == ["train-a"]
        assert "NextToken" in second
    pages = there.get_paginator("list_models").paginate(
        NameContains="first", PaginationConfig={"PageSize": 2}
    )
    found = [names_of(page) for page in pages]
    assert found[-1] == ["b-first"]
    assert not any(found[:-1])


def test_times_restrict_what_is_taken(there, models):
    """The time filters restrict what a page is taken from, so no page of them is empty."""
    times = [model["CreationTime"] for model in models]
    first = there.list_models(CreationTimeBefore=times[2], MaxResults=2)
    assert names_of(first) == ["c-third", "A-second"]
    last = there.list_models(
        CreationTimeBefore=times[2], MaxResults=2, NextToken=first["NextToken"]
    )
    assert names_of(last) == ["b-first"]
    assert "NextToken" not in last


def test_a_paginator(there, models):
    """boto3's paginator returns each item once, in order, whatever the size of a page."""
    for size in range(1, 7):
        pages = there.get_paginator("list_models").paginate(
            SortBy="Name", PaginationConfig={"PageSize": size}
        )
        found = [name for page in pages for name in names_of(page)]
        assert found == sorted(NAMES, reverse=True)


def test_the_last_page_has_no_token(there, models):
    """The last page has no token, even if it is full."""
    first = there.list_models(MaxResults=3)
    assert "NextToken" in first
    last = there.list_models(MaxResults=2, NextToken=first["NextToken"])
    assert len(names_of(last)) == 2
    assert "NextToken" not in last


def test_ten_a_page(there, bucket, models):
    """A page has ten items if the request doesn't say how many."""
    names = [jobs.new_name("many") for _ in range(11)]
    for name in names:
        make_model(there, bucket, name)
    assert len(names_of(there.list_models())) == 10
    assert len(names_of(there.list_models(NameContains="many-", MaxResults=100))) == 11
    for name in names:
        there.delete_model(ModelName=name)


@pytest.mark.parametrize("sort_by", ["Name", "CreationTime"])
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_pages_while_others_come_and_go(there, bucket, models, sort_by, order):
    """If items are created or deleted between two pages, the rest is still listed once each."""
    there_before = set(names_of(there.list_models(MaxResults=100)))
    lasting = [f"page-{letter}" for letter in "acegik"]
    coming = (f"page-{letter}0" for letter in itertools.islice(string.ascii_lowercase, 20))
    for name in lasting:
        make_model(there, bucket, name)
    found, extra = [], []
    query = {"SortBy": sort_by, "SortOrder": order, "MaxResults": 2}
    answer = there.list_models(**query)
    for turn in itertools.count():
        found += names_of(answer)
        if "NextToken" not in answer:
            break
        extra.append(next(coming))
        make_model(there, bucket, extra[-1])
        last = names_of(answer)[-1]  # the one that the token names
        if turn % 2 and last not in there_before:
            there.delete_model(ModelName=last)
        answer = there.list_models(**query, NextToken=answer["NextToken"])
    assert len(found) == len(set(found))
    assert set(lasting) <= set(found)
    for name in {*lasting, *extra} & set(names_of(there.list_models(MaxResults=100))):
        there.delete_model(ModelName=name)


def test_a_token_of_another_list(there, models, assert_aws_error):
    """A token of another list, or any other text, is refused, without an internal error."""
    token = there.list_models(MaxResults=1, SortBy="Name")["NextToken"]
    for wrong in (token, "abc", "bnVsbA==", "WzEsMl0=", "ünïcode"):
        with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
            there.list_models(NextToken=wrong, SortBy="CreationTime")


def test_a_token_of_another_sort_order(there, trained, assert_aws_error):
    """A token of a list sorted by name is refused by a list sorted by status."""
    token = there.list_training_jobs(MaxResults=1, SortBy="Name")["NextToken"]
    with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
        there.list_training_jobs(NextToken=token, SortBy="Status")


def test_a_token_of_another_operation(there, client, models, trained, assert_aws_error):
    """A token of one operation is refused by every other one, in another Region and order."""
    token = there.list_models(MaxResults=1)["NextToken"]
    assert len(names_of(there.list_models(NextToken=token))) == 4
    others = [
        there.list_training_jobs,
        there.list_transform_jobs,
        there.list_endpoints,
        there.list_endpoint_configs,
        there.list_notebook_instances,
        there.list_notebook_instance_lifecycle_configs,
        client("sagemaker", region_name=OTHER).list_models,
        functools.partial(there.list_models, SortOrder="Ascending"),
    ]
    for other in others:
        with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
            other(NextToken=token)


@pytest.fixture(scope="module")
def unchecked(client):
    """Return a client that sends what botocore would refuse itself."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return client("sagemaker", region_name=REGION, config=config)


@pytest.mark.parametrize(
    ("most", "text"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")]
)
@pytest.mark.parametrize("operation", ["list_models", "list_training_jobs", "list_transform_jobs"])
def test_bounds_of_a_page(unchecked, assert_aws_error, operation, most, text):
    """A page size below 1 or above 100 is refused."""
    with assert_aws_error(
        "ValidationException",
        f"1 validation error detected: Value '{most}' at 'maxResults' failed to satisfy "
        f"constraint: Member must have value {text}",
    ):
        getattr(unchecked, operation)(MaxResults=most)
