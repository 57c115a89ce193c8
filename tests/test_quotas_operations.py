"""Service Quotas on the Local SageMaker works with real boto3 clients."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from support.clients import make_client
from support.lessons import CHECKOUT
from support.quota_values import own_quotas
from support.targets import region_of_commands

from helpers.catalog import quotas as catalogue
from helpers.local import process
from helpers.local.services.quotas import applied as account
from helpers.local.services.quotas import operations
from helpers.local.state.database import Database

TRAINING = catalogue.find("ml.m5.large for training job usage")
ASKED = {"ServiceCode": "sagemaker", "QuotaCode": TRAINING.code}


@pytest.fixture
def quotas(local, monkeypatch):
    """Return a client in the region of the tests of commands."""
    return region_of_commands(local, monkeypatch).session.client("service-quotas")


@pytest.fixture(autouse=True)
def database(local, quotas):
    """Return the server's database, as `set-quota` opens it; nothing is set or requested."""
    with own_quotas(local, quotas.meta.region_name) as database:
        yield database


def grant(database, client, value) -> bool:
    return account.set_value(database, client.meta.region_name, TRAINING, value, datetime.now(UTC))


def test_an_account_starts_with_what_the_course_needs(quotas):
    """An account starts with an applied value that differs from AWS's default of 0."""
    applied = quotas.get_service_quota(**ASKED)["Quota"]
    default = quotas.get_aws_default_service_quota(**ASKED)["Quota"]
    assert (applied["Value"], default["Value"]) == (30, 0)
    assert applied["QuotaName"] == "ml.m5.large for training job usage"
    region = quotas.meta.region_name
    assert applied["QuotaArn"] == (
        f"arn:aws:servicequotas:{region}:111122223333:sagemaker/L-611FA074"
    )
    assert (applied["Adjustable"], applied["GlobalQuota"]) == (True, False)


def test_lists_come_whole_page_by_page(quotas):
    """A paginator with pages of 20 finds each quota once, applied and default."""
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        paginator = quotas.get_paginator(operation)
        size = {"PageSize": 20}
        pages = list(paginator.paginate(ServiceCode="sagemaker", PaginationConfig=size))
        sizes = [len(page["Quotas"]) for page in pages]
        codes = [quota["QuotaCode"] for page in pages for quota in page["Quotas"]]
        assert sizes[:2] == [20, 20]
        assert sorted(codes) == sorted(catalogue.by_code())
    assert quotas.list_services()["Services"] == [
        {"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker"}
    ]
    only = quotas.list_service_quotas(**ASKED)["Quotas"]
    assert [quota["QuotaCode"] for quota in only] == [TRAINING.code]
    level = {"ServiceCode": "sagemaker", "QuotaAppliedAtLevel": "RESOURCE"}
    assert quotas.list_service_quotas(**level)["Quotas"] == []


def test_a_request_is_open_until_the_value_is_set(quotas, database):
    """A request is PENDING until the value reaches it; a second one is refused meanwhile."""
    grant(database, quotas, 0)
    made = quotas.request_service_quota_increase(**ASKED, DesiredValue=2)["RequestedQuota"]
    assert made["Status"] == "PENDING"
    with pytest.raises(quotas.exceptions.ResourceAlreadyExistsException) as refused:
        quotas.request_service_quota_increase(**ASKED, DesiredValue=3)
    assert refused.value.response["Error"]["Message"] == (
        "Only one open service quota increase request is allowed per quota."
    )
    assert not grant(database, quotas, 1)
    seen = quotas.get_requested_service_quota_change(RequestId=made["Id"])["RequestedQuota"]
    assert seen == made
    assert grant(database, quotas, 2)
    seen = quotas.get_requested_service_quota_change(RequestId=made["Id"])["RequestedQuota"]
    assert seen["Status"] == "APPROVED"
    assert quotas.get_service_quota(**ASKED)["Quota"]["Value"] == 2


def test_after_a_minute_a_request_has_a_case(quotas, database):
    """After a minute a request is CASE_OPENED, with a support case's id, and still open."""
    grant(database, quotas, 0)
    made = quotas.request_service_quota_increase(**ASKED, DesiredValue=2)["RequestedQuota"]
    region = quotas.meta.region_name
    for seconds, status in ((59, "PENDING"), (60, "CASE_OPENED")):
        then = made["Created"] + timedelta(seconds=seconds, milliseconds=2)
        newest = account.requests(database, region, then)[0]
        assert (newest["Id"], newest["Status"]) == (made["Id"], status)
        assert ("CaseId" in newest) == (status == "CASE_OPENED")
    assert account.open_request(database, region, TRAINING.code)["Id"] == made["Id"]


def test_history(quotas, database):
    """The history is newest first, by quota, status and page, and each region has its own."""
    ids = []
    for desired in (1, 2, 3):
        grant(database, quotas, desired - 1)
        made = quotas.request_service_quota_increase(**ASKED, DesiredValue=desired)
        ids.insert(0, made["RequestedQuota"]["Id"])
    by_quota = quotas.list_requested_service_quota_change_history_by_quota
    assert [item["Id"] for item in by_quota(**ASKED)["RequestedQuotas"]] == ids
    first = by_quota(**ASKED, MaxResults=2)
    rest = by_quota(**ASKED, MaxResults=2, NextToken=first["NextToken"])
    assert [item["Id"] for item in rest["RequestedQuotas"]] == ids[2:]
    assert "NextToken" not in rest
    approved = quotas.list_requested_service_quota_change_history(
        ServiceCode="sagemaker", Status="APPROVED"
    )["RequestedQuotas"]
    assert [item["Id"] for item in approved] == ids[1:]
    other = {**ASKED, "QuotaCode": "L-236AE59F"}
    assert by_quota(**other)["RequestedQuotas"] == []


def test_a_region_has_its_own(quotas, client):
    """A request or value in one region has no effect in another."""
    made = quotas.request_service_quota_increase(**ASKED, DesiredValue=99)["RequestedQuota"]
    elsewhere = client("service-quotas")
    with pytest.raises(elsewhere.exceptions.NoSuchResourceException):
        elsewhere.get_requested_service_quota_change(RequestId=made["Id"])


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "text"),
    [
        ("get_service_quota", ASKED | {"QuotaCode": "L-00000000"}, "NoSuchResource", "L-00000000"),
        ("get_service_quota", ASKED | {"ServiceCode": "vpc"}, "NoSuchResource", "service does not"),
        ("list_service_quotas", {"ServiceCode": "vpc"}, "NoSuchResource", "service does not exist"),
        (
            "list_service_quotas",
            {"ServiceCode": "sagemaker", "NextToken": "bm9uZQ=="},
            "InvalidPaginationToken",
            "NextToken",
        ),
        ("get_requested_service_quota_change", {"RequestId": "abc"}, "NoSuchResource", "abc"),
        (
            "request_service_quota_increase",
            ASKED | {"DesiredValue": 30},
            "IllegalArgument",
            "You must provide a quota value greater than the current quota value",
        ),
        (
            "request_service_quota_increase",
            ASKED | {"DesiredValue": 40, "ContextId": "arn"},
            "IllegalArgument",
            "ContextId",
        ),
        (
            "list_requested_service_quota_change_history",
            {"Status": "OPEN"},
            "Validation",
            "Member must satisfy enum value set: [PENDING,",
        ),
        ("list_services", {"NextToken": "not base64!"}, "Validation", "regular expression"),
        ("create_support_case", {"RequestId": "abc"}, "UnknownOperation", "GetServiceQuota"),
    ],
)
def test_errors(quotas, operation, arguments, code, text):
    """Each error has Service Quotas' own code, and says what was wrong."""
    with pytest.raises(quotas.exceptions.ClientError) as refused:
        getattr(quotas, operation)(**arguments)
    error = refused.value.response["Error"]
    assert error["Code"] == f"{code}Exception"
    assert text in error["Message"]


def test_not_below_the_default(quotas, database):
    """An account below AWS's default must request more than the default."""
    notebook = catalogue.find("ml.t3.medium for notebook")
    region = quotas.meta.region_name
    account.set_value(database, region, notebook, 0, datetime.now(UTC))
    asked = {"ServiceCode": "sagemaker", "QuotaCode": notebook.code}
    with pytest.raises(quotas.exceptions.IllegalArgumentException, match="value of 6"):
        quotas.request_service_quota_increase(**asked, DesiredValue=6)
    quotas.request_service_quota_increase(**asked, DesiredValue=7)


def test_a_token_is_of_one_list(quotas):
    """The token of one list is refused by another."""
    token = quotas.list_service_quotas(ServiceCode="sagemaker", MaxResults=5)["NextToken"]
    with pytest.raises(quotas.exceptions.InvalidPaginationTokenException):
        quotas.list_aws_default_service_quotas(ServiceCode="sagemaker", NextToken=token)


def test_survives_a_kill(tmp_path, monkeypatch):
    """kill -9 loses neither the value that was set nor the request."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    first = process.ensure_running()
    try:
        database = Database(first.home / "resources.sqlite")
        account.set_value(database, first.region, TRAINING, 0, datetime.now(UTC))
        database.close()
        client = make_client(first, "service-quotas")
        made = client.request_service_quota_increase(**ASKED, DesiredValue=1)["RequestedQuota"]
        os.kill(first.pid, signal.SIGKILL)
        again = make_client(process.ensure_running(), "service-quotas")
        assert again.get_service_quota(**ASKED)["Quota"]["Value"] == 0
        history = again.list_requested_service_quota_change_history()["RequestedQuotas"]
        assert history == [made]
    finally:
        process.stop(process.Home(first.home))


def test_operations_are_on_their_page():
    """The README names each operation that is served."""
    page = (CHECKOUT / "helpers/local/README.md").read_text()
    assert [name for name in operations.OPERATIONS if name not in page] == []
    assert len(operations.OPERATIONS) == 9
