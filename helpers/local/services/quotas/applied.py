"""The quotas of the local account: applied values by Region, and requests for higher ones.

Both are in the database and survive a restart. A quota without a value there has the value that a
new account starts with.
"""

import json
import uuid
from datetime import datetime, timedelta

from helpers.catalog.quotas import OPEN_STATUSES, SERVICE_CODE, SERVICE_NAME, Quota
from helpers.home import ACCOUNT
from helpers.local.state.database import Database, Document

VALUE, REQUEST = "service-quota", "service-quota-request"  # resource types in the database
CASE_AFTER = timedelta(minutes=1)


def applied(database: Database, region: str, quota: Quota) -> float:
    """Return the quota's present value in a Region."""
    document = database.get(VALUE, region, quota.code)
    return quota.start if document is None else document["Value"]


def set_value(database: Database, region: str, quota: Quota, value: float, now: datetime) -> bool:
    """Set a quota's value. Returns True if that approves the open request for it."""
    document = {"QuotaCode": quota.code, "Region": region, "Value": float(value)}
    with database.transaction():
        database.upsert(VALUE, region, quota.code, document, quota.arn(region))
        request = open_request(database, region, quota.code)
        if request is None or value < request["DesiredValue"]:
            return False
        approved = {**request, "Status": "APPROVED", "LastUpdated": now}
        database.upsert(REQUEST, region, request["Id"], approved, _request_arn(approved))
    return True


def overrides(database: Database) -> list[Document]:
    """Return the values that set_value has set, in all Regions."""
    return database.list_all(VALUE)


def requests(database: Database, region: str | None, now: datetime) -> list[Document]:
    """Return the requests of a Region (None: of all), the newest first, with present statuses."""
    current = [_with_case(request, now) for request in database.list_all(REQUEST, region)]
    return sorted(current, key=lambda request: (request["Created"], request["Id"]), reverse=True)


def open_request(database: Database, region: str, code: str) -> Document | None:
    """Return the undecided request for a quota, or None; there is one at most."""
    undecided = database.list_by_status(REQUEST, region, OPEN_STATUSES)
    return next((request for request in undecided if request["QuotaCode"] == code), None)


def add_request(
    database: Database, region: str, quota: Quota, desired: float, requester: str, now: datetime
) -> Document:
    """Open a request. The caller checks whether it is allowed, in the same transaction."""
    request = {
        "Id": uuid.uuid4().hex,
        "ServiceCode": SERVICE_CODE,
        "ServiceName": SERVICE_NAME,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "DesiredValue": desired,
        "Status": "PENDING",
        "Created": now,
        "LastUpdated": now,
        "Requester": json.dumps({"accountId": ACCOUNT, "callerArn": requester}),
        "QuotaArn": quota.arn(region),
        "GlobalQuota": False,
        "Unit": "None",
        "QuotaRequestedAtLevel": "ACCOUNT",
    }
    database.upsert(REQUEST, region, request["Id"], request, _request_arn(request))
    return request


def _with_case(request: Document, now: datetime) -> Document:
    """Add a support case to a request that was pending for a minute, as most have on AWS.

    Here it stays open until the value is set.
    """
    opened_at = request["Created"] + CASE_AFTER
    if request["Status"] != "PENDING" or now < opened_at:
        return request
    case = str(int(request["Id"][:12], 16)).zfill(15)
    return {**request, "Status": "CASE_OPENED", "CaseId": case, "LastUpdated": opened_at}


def _request_arn(request: Document) -> str:
    """Return the unique ARN that the database needs; on AWS, requests have none."""
    return f"{request['QuotaArn']}/{request['Id']}"
