"""What the account has: the bucket, quotas, a budget, notebook instances."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from helpers.calls import is_denied
from helpers.doctor.lines import Failed, NotChecked
from helpers.s3 import default_bucket

if TYPE_CHECKING:
    from collections.abc import Collection

    from helpers.place import Place
    from helpers.quotas import Line

FOLDER = "course-doctor"
EXTRAS = {"endpoint": "endpoint quota", "gpu": "GPU"}  # of helpers.quotas, and their lines' names
TOO_OLD = ("notebook-al1-", "notebook-al2-")
CONSOLE = "Service Quotas > AWS services > Amazon SageMaker"


def bucket(place: Place) -> str:
    """Whether an object can be put into the lessons' bucket, read and deleted again."""
    from botocore.exceptions import ClientError

    name, s3 = default_bucket(place.region, place.account), place.session.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=place.account)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("404", "NoSuchBucket"):
            return f"{name} is not there yet: the first lesson makes it"
        raise Failed(
            f"{name} can't be used ({code}): it is another account's, or you may not see it",
            "IAM: allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it",
        ) from None
    try:
        _probe(s3, name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not is_denied(error):
            raise
        raise Failed(
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


def quotas(place: Place) -> list[Line]:
    """What the account has of the quotas that the lessons need, and of those in EXTRAS."""
    from helpers import quotas

    try:
        return quotas.look(place, [*quotas.NEEDS, *(quotas.EXTRAS[name] for name in EXTRAS)])
    except quotas.NotSeen as error:
        raise NotChecked(str(error)) from None


def extra(found: Line) -> str | None:
    """The key in EXTRAS of a quota that no lesson needs, or None."""
    from helpers import quotas

    return next((name for name in EXTRAS if quotas.EXTRAS[name] == found.need), None)


def quota(found: Line, place: Place, wanted: Collection[str] = ()) -> str:
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
        raise Failed(why, command=f"{local} --region {place.region}")
    command = f"python -m helpers quotas --request --region {place.region}"
    command += f" --also {name}" if name else ""
    if found.value is None:
        raise Failed(why, "choose another region:", "export AWS_DEFAULT_REGION=us-east-1")
    if found.request:
        asked = f"{found.request['DesiredValue']:g} asked for, {found.request['Status']}"
        raise Failed(
            f"{why}; {asked}",
            f"wait for AWS, for a day or more: {CONSOLE} > Quota request history",
        )
    raise Failed(why, f"{CONSOLE} > {need.quota} > Request increase at account level, or:", command)


def budget(place: Place) -> str:
    """Whether what the course has spent is within the budget."""
    from helpers.costs import budget as budgets
    from helpers.costs.look import look
    from helpers.local.home import Home

    try:
        limit = budgets.load(Home.find().path / "budget.json").usd
    except ValueError as error:
        raise Failed(str(error)) from None
    spent = look(place).spent
    said = f"{spent} of {limit:.2f} USD spent"
    if spent.usd >= limit:
        raise Failed(
            said,
            "python -m helpers costs says on what; python -m helpers cleanup ends what runs. A "
            "higher budget:",
            f"python -m helpers costs --budget {int(spent.usd + budgets.DEFAULT)}",
        )
    return said


def notebook(place: Place) -> str:
    """Whether a notebook instance runs, and all are on a platform that the course can use."""
    from helpers.notebook.instances import listed

    found = listed(place)
    for item in found:
        name, platform = item["NotebookInstanceName"], item.get("PlatformIdentifier", "")
        if platform.startswith(TOO_OLD):
            raise Failed(
                f"{name} is on {platform}, which is too old for xgboost 3.2.0",
                "python -m helpers notebook create makes one on Amazon Linux 2023",
            )
        if item["NotebookInstanceStatus"] == "Failed":
            raise Failed(
                f"{name} failed: {item.get('FailureReason', 'AWS does not say why')}",
                command=f"python -m helpers notebook start --name {name}",
            )
    running = [
        i["NotebookInstanceName"] for i in found if i["NotebookInstanceStatus"] == "InService"
    ]
    if running:
        return f"{', '.join(running)} running, and costing; stop: python -m helpers notebook stop"
    return f"{len(found)} there, none running"
