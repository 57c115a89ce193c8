"""What the account has: the bucket, quotas, a budget, notebook instances."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from botocore.exceptions import ClientError

from helpers.account.clients import error_code, is_denied
from helpers.account.costs import budget as budgets
from helpers.account.costs import collect
from helpers.account.doctor.results import CheckFailedError, CheckSkippedError
from helpers.account.notebook import instances
from helpers.account.quotas import client
from helpers.account.quotas.client import QuotaAccessError, QuotaStatus
from helpers.account.quotas.requirements import (
    NEEDS,
    OPTIONAL_REQUIREMENTS,
    QuotaRequirement,
)
from helpers.account.target import Target
from helpers.catalog.quotas import CONSOLE_PATH
from helpers.s3 import default_bucket

PROBE_FOLDER = "course-doctor"
OPTIONAL_QUOTAS = {"endpoint": "endpoint quota", "gpu": "GPU"}  # and the names of their checks
TOO_OLD = ("notebook-al1-", "notebook-al2-")


def check_bucket(target: Target) -> str:
    """Put an object into the lessons' bucket, read it and delete it again."""
    name, s3 = default_bucket(target.region, target.account), target.session.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=target.account)
        _probe(s3, name)
    except ClientError as error:
        code, operation = error_code(error), error.operation_name
        if code in ("404", "NoSuchBucket"):
            return f"{name} is not there yet: the first lesson makes it"
        if operation == "HeadBucket":
            raise CheckFailedError(
                f"{name} can't be used ({code}): it is another account's, or access is denied",
                "IAM: allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it",
            ) from None
        if not is_denied(error):
            raise
        raise CheckFailedError(
            f"{operation} in {name} is refused: {code}", f"IAM: allow s3:{operation} on {name}"
        ) from None
    return f"{name}: an object was put, read and deleted"


def _probe(s3: Any, bucket: str) -> None:
    """Put, get, delete. The object is deleted even if it can't be read, and with its version."""
    location = {"Bucket": bucket, "Key": f"{PROBE_FOLDER}/{uuid.uuid4().hex}"}
    put = s3.put_object(Body=b"probe", **location)
    try:
        s3.get_object(**location)["Body"].read()
    finally:
        version = {"VersionId": put["VersionId"]} if "VersionId" in put else {}
        s3.delete_object(**location, **version)


def list_quotas(target: Target) -> tuple[str, list[QuotaStatus]]:
    """Read the quotas that the lessons need, and the optional ones."""
    optional = [OPTIONAL_REQUIREMENTS[name] for name in OPTIONAL_QUOTAS]
    try:
        statuses = client.check(target, [*NEEDS, *optional])
    except QuotaAccessError as error:
        raise CheckSkippedError(str(error)) from None
    return f"{len(statuses)} checked", statuses


def optional_name(status: QuotaStatus) -> str | None:
    """The key in OPTIONAL_QUOTAS of a quota that most lessons don't need, or None."""
    return next((n for n in OPTIONAL_QUOTAS if OPTIONAL_REQUIREMENTS[n] == status.need), None)


def check_quota(status: QuotaStatus, target: Target, include: Collection[str] = ()) -> str:
    """Check one quota. include: the optional ones that are needed; 0 of the others is fine."""
    need, optional = status.need, optional_name(status)
    has = f"unknown in {target.region}: the type may not exist there"
    if status.value is not None:
        has = f"{status.value:g}"
    if optional and (status.enough or optional not in include):
        return f"{has} x {need.quota}; {_needed_by(need)}"
    if status.enough:
        return has
    why = f"{has} x {need.quota}" if optional else f"{has}, the lessons need {need.count}"
    if target.is_local:
        command = f'python -m helpers local set-quota "{need.quota}" {need.count}'
        raise CheckFailedError(why, command=f"{command} --region {target.region}")
    if status.value is None:
        raise CheckFailedError(why, "choose another region:", "export AWS_DEFAULT_REGION=us-east-1")
    if status.request:
        raise CheckFailedError(
            f"{why}; {status.request['DesiredValue']:g} requested, {status.request['Status']}",
            f"wait for AWS, for a day or more: {CONSOLE_PATH} > Quota request history",
        )
    command = f"python -m helpers quotas --request --region {target.region}"
    raise CheckFailedError(
        why,
        f"{CONSOLE_PATH} > {need.quota} > Request increase at account level, or:",
        f"{command} --include {optional}" if optional else command,
    )


def _needed_by(need: QuotaRequirement) -> str:
    """Say which lessons need an optional quota."""
    lessons = [lesson for lesson in need.lessons if not lesson.startswith("none")]
    return f"only for {' and '.join(lessons)}" if lessons else "no lesson needs one"


def check_budget(target: Target) -> str:
    """Check that what the course has spent is within the budget."""
    try:
        limit = budgets.load(budgets.budget_file()).usd
    except budgets.BudgetError as error:
        raise CheckFailedError(str(error)) from None
    spent = collect.collect(target).spent
    message = f"{spent} of {limit:.2f} USD spent"
    if spent.usd >= limit:
        raise CheckFailedError(
            message,
            "python -m helpers costs shows what was spent on; python -m helpers cleanup ends what "
            "runs. To raise the budget:",
            f"python -m helpers costs --budget {int(spent.usd + budgets.DEFAULT_USD)}",
        )
    return message


def check_notebooks(target: Target) -> str:
    """Say which notebook instances run; check that the course can use the platform of each."""
    running, described = [], instances.describe_all(target)
    for instance in described:
        name, platform = instance["NotebookInstanceName"], instance.get("PlatformIdentifier", "")
        if platform.startswith(TOO_OLD):
            raise CheckFailedError(
                f"{name} is on {platform}, which is too old for xgboost 3.2.0",
                "python -m helpers notebook create makes one on Amazon Linux 2023",
            )
        if instance["NotebookInstanceStatus"] == "Failed":
            raise CheckFailedError(
                f"{name} failed: {instance.get('FailureReason', 'AWS gives no reason')}",
                command=f"python -m helpers notebook start --name {name}",
            )
        running += [name] if instance["NotebookInstanceStatus"] == "InService" else []
    if running:
        return f"{', '.join(running)} running, and costing; stop: python -m helpers notebook stop"
    return f"{len(described)} there, none running"
