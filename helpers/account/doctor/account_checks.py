"""What the account has: the bucket, quotas, a budget, notebook instances."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from helpers.account.clients import is_denied
from helpers.account.doctor.results import CheckFailedError, CheckSkippedError
from helpers.s3 import default_bucket

if TYPE_CHECKING:
    from collections.abc import Collection

    from helpers.account.quotas import QuotaStatus
    from helpers.account.target import Target

FOLDER = "course-doctor"
EXTRAS = {"endpoint": "endpoint quota", "gpu": "GPU"}  # of helpers.quotas, and their lines' names
TOO_OLD = ("notebook-al1-", "notebook-al2-")
CONSOLE = "Service Quotas > AWS services > Amazon SageMaker"


def bucket(place: Target) -> str:
    """Whether an object can be put into the lessons' bucket, read and deleted again."""
    from botocore.exceptions import ClientError

    name, s3 = default_bucket(place.region, place.account), place.session.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=place.account)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("404", "NoSuchBucket"):
            return f"{name} is not there yet: the first lesson makes it"
        raise CheckFailedError(
            f"{name} can't be used ({code}): it is another account's, or you may not see it",
            "IAM: allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it",
        ) from None
    try:
        _probe(s3, name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not is_denied(error):
            raise
        raise CheckFailedError(
            f"{error.operation_name} in {name} is refused: {code}",
            f"IAM: allow s3:{error.operation_name} on {name}",
        ) from None
    return f"{name}: an object was put, read and deleted"


def _probe(s3: Any, bucket: str) -> None:
    """Put, get, delete. The object goes again if it can't be read, and with its version."""
    at = {"Bucket": bucket, "Key": f"{FOLDER}/{uuid.uuid4().hex}"}
    put = s3.put_object(Body=b"probe", **at)
    try:
        s3.get_object(**at)["Body"].read()
    finally:
        version = {"VersionId": put["VersionId"]} if "VersionId" in put else {}
        s3.delete_object(**at, **version)


def quotas(place: Target) -> list[QuotaStatus]:
    """What the account has of the quotas that the lessons need, and of those in EXTRAS."""
    from helpers.account import quotas

    try:
        return quotas.check(
            place, [*quotas.NEEDS, *(quotas.OPTIONAL_REQUIREMENTS[name] for name in EXTRAS)]
        )
    except quotas.QuotaAccessError as error:
        raise CheckSkippedError(str(error)) from None


def extra(found: QuotaStatus) -> str | None:
    """The key in EXTRAS of a quota that no lesson needs, or None."""
    from helpers.account import quotas

    return next((name for name in EXTRAS if quotas.OPTIONAL_REQUIREMENTS[name] == found.need), None)


def quota(found: QuotaStatus, place: Target, wanted: Collection[str] = ()) -> str:
    """One quota's line. wanted: what of EXTRAS is needed, too; 0 of the others is no fault."""
    need, name = found.need, extra(found)
    if found.value is None:
        has, enough = f"unknown in {place.region}: the type may not exist there", False
    else:
        has, enough = f"{found.value:g}", found.enough
    if name and (enough or name not in wanted):
        return f"{has} x {need.quota}; no lesson needs one"
    if enough:
        return has
    why = f"{has} x {need.quota}" if name else f"{has}, the lessons need {need.count}"
    if place.backend == "local":
        local = f'python -m helpers local quota "{need.quota}" {need.count}'
        raise CheckFailedError(why, command=f"{local} --region {place.region}")
    command = f"python -m helpers quotas --request --region {place.region}"
    command += f" --also {name}" if name else ""
    if found.value is None:
        raise CheckFailedError(why, "choose another region:", "export AWS_DEFAULT_REGION=us-east-1")
    if found.request:
        asked = f"{found.request['DesiredValue']:g} asked for, {found.request['Status']}"
        raise CheckFailedError(
            f"{why}; {asked}",
            f"wait for AWS, for a day or more: {CONSOLE} > Quota request history",
        )
    raise CheckFailedError(
        why, f"{CONSOLE} > {need.quota} > Request increase at account level, or:", command
    )


def budget(place: Target) -> str:
    """Whether what the course has spent is within the budget."""
    from helpers.account.costs import budget as budgets
    from helpers.account.costs.collect import collect
    from helpers.home import Home

    try:
        limit = budgets.load(Home.find().path / "budget.json").usd
    except ValueError as error:
        raise CheckFailedError(str(error)) from None
    spent = collect(place).spent
    said = f"{spent} of {limit:.2f} USD spent"
    if spent.usd >= limit:
        raise CheckFailedError(
            said,
            "python -m helpers costs says on what; python -m helpers cleanup ends what runs. A "
            "higher budget:",
            f"python -m helpers costs --budget {int(spent.usd + budgets.DEFAULT)}",
        )
    return said


def notebook(place: Target) -> str:
    """Whether a notebook instance runs, and all are on a platform that the course can use."""
    from helpers.account.notebook.instances import describe_all

    found = describe_all(place)
    for item in found:
        name, platform = item["NotebookInstanceName"], item.get("PlatformIdentifier", "")
        if platform.startswith(TOO_OLD):
            raise CheckFailedError(
                f"{name} is on {platform}, which is too old for xgboost 3.2.0",
                "python -m helpers notebook create makes one on Amazon Linux 2023",
            )
        if item["NotebookInstanceStatus"] == "Failed":
            raise CheckFailedError(
                f"{name} failed: {item.get('FailureReason', 'AWS does not say why')}",
                command=f"python -m helpers notebook start --name {name}",
            )
    running = [
        i["NotebookInstanceName"] for i in found if i["NotebookInstanceStatus"] == "InService"
    ]
    if running:
        return f"{', '.join(running)} running, and costing; stop: python -m helpers notebook stop"
    return f"{len(found)} there, none running"
