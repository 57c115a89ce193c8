"""What the local account has: the applied value of each quota by region, and requests for more.

Both lie in the database and survive a restart. A value is there only if somebody set it; without,
the account has what it starts with.
"""

import json
import uuid
from datetime import datetime, timedelta

from helpers.catalog.quotas import OPEN_STATUSES, SERVICE_CODE, SERVICE_NAME, Quota
from helpers.home import ACCOUNT
from helpers.local.state.database import Database, Document

VALUE, REQUEST = "service-quota", "service-quota-request"  # kinds in the database
CASE_AFTER = timedelta(minutes=1)


def applied(database: Database, region: str, quota: Quota) -> float:
    """The quota's value in a region now."""
    document = database.get(VALUE, region, quota.code)
    return quota.start if document is None else document["Value"]


def set_value(database: Database, region: str, quota: Quota, value: float, now: datetime) -> bool:
    """Give a quota another value. True if that grants the request that was open for it."""
    document = {"QuotaCode": quota.code, "Region": region, "Value": float(value)}
    with database.transaction():
        database.upsert(VALUE, region, quota.code, document, quota.arn(region))
        waiting = open_request(database, region, quota.code)
        if waiting is None or value < waiting["DesiredValue"]:
            return False
        granted = {**waiting, "Status": "APPROVED", "LastUpdated": now}
        database.upsert(REQUEST, region, waiting["Id"], granted, _request_arn(granted))
    return True


def overrides(database: Database) -> list[Document]:
    """What set_value has set, in all regions."""
    return database.list_all(VALUE)


def requests(database: Database, region: str | None, now: datetime) -> list[Document]:
    """The requests of a region (None: of all), the newest first, as they stand now."""
    found = [_aged(request, now) for request in database.list_all(REQUEST, region)]
    return sorted(found, key=lambda request: (request["Created"], request["Id"]), reverse=True)


def open_request(database: Database, region: str, code: str) -> Document | None:
    """The request for a quota that nobody has decided yet; there is one at most."""
    opened = database.list_where(REQUEST, region, "Status", OPEN_STATUSES)
    return next((request for request in opened if request["QuotaCode"] == code), None)


def add_request(
    database: Database, region: str, quota: Quota, desired: float, requester: str, now: datetime
) -> Document:
    """Ask for more. Whether that may be asked is for the caller to check, in one transaction."""
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


def _aged(request: Document, now: datetime) -> Document:
    """A request that was pending for a minute has a support case, as most have on AWS in the end.

    Nobody works on it here: it stays open until the value is set.
    """
    opened = request["Created"] + CASE_AFTER
    if request["Status"] != "PENDING" or now < opened:
        return request
    case = str(int(request["Id"][:12], 16)).zfill(15)
    return {**request, "Status": "CASE_OPENED", "CaseId": case, "LastUpdated": opened}


def _request_arn(request: Document) -> str:
    """No ARN of AWS's, which has none for requests: the database wants one for each document."""
    return f"{request['QuotaArn']}/{request['Id']}"
