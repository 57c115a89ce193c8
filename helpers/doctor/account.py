"""What the account has: the bucket, quotas, a budget, notebook instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.doctor.lines import Failed

if TYPE_CHECKING:
    from helpers.place import Place

PROBE = "course-doctor/probe.txt"
GPU = "ml.g4dn.xlarge for training job usage"
ENDPOINT = "ml.m5.large for endpoint usage"
AMAZON_LINUX_2023 = "notebook-al2023"


def bucket(place: Place) -> str:
    """Whether an object can be put into the lessons' bucket, read and deleted again."""
    from botocore.exceptions import ClientError

    name, s3 = f"sagemaker-{place.region}-{place.account}", place.session.client("s3")
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
    for operation in (
        lambda: s3.put_object(Bucket=name, Key=PROBE, Body=b"probe"),
        lambda: s3.get_object(Bucket=name, Key=PROBE)["Body"].read(),
        lambda: s3.delete_object(Bucket=name, Key=PROBE),
    ):
        try:
            operation()
        except ClientError as error:
            raise Failed(
                f"{error.operation_name} in {name} is refused: {error.response['Error']['Code']}",
                f"IAM: allow s3:{error.operation_name} on {name}",
            ) from None
    return f"{name}: an object was put, read and deleted"


def quotas(place: Place) -> list[tuple[str, str, str]]:
    """For each quota that the lessons need: its name, why it is short ('' if not), what it has."""
    from helpers.quotas.account import look

    return [
        (
            found.need.quota,
            "" if found.enough else f"{found.value:g}, the lessons need {found.need.count}",
            f"{found.value:g}",
        )
        for found in look(place)
    ]


def quota(short: str, value: str, place: Place, name: str) -> str:
    """One quota's line."""
    if short:
        local = f'python -m helpers local quota "{name}" 2'
        raise Failed(
            short, local if place.backend == "local" else "python -m helpers quotas --request"
        )
    return value


def unneeded(place: Place, name: str) -> str:
    """What the account has of a quota that no lesson needs, so that 0 is no fault."""
    from helpers.quotas.account import look
    from helpers.quotas.needs import Need

    (found,) = look(place, [Need(name, 1, ())])
    return f"{found.value:g} x {name}; no lesson needs one"


def budget(place: Place) -> str:
    """Whether what the course has spent is within the budget."""
    from helpers.costs import budget as budgets
    from helpers.costs.look import look
    from helpers.local.home import Home

    limit = budgets.load(Home.find().path / "budget.json").usd
    spent = look(place).spent
    said = f"{spent} of {limit:.2f} USD spent"
    if spent.usd > limit:
        raise Failed(
            said, "python -m helpers costs says on what; python -m helpers cleanup ends what runs"
        )
    return said


def notebook(place: Place) -> str:
    """Whether a notebook instance runs, and on a platform that the course can use."""
    client: Any = place.session.client("sagemaker")
    pages = client.get_paginator("list_notebook_instances").paginate()
    found = [item for page in pages for item in page["NotebookInstances"]]
    for item in found:
        name = item["NotebookInstanceName"]
        platform = client.describe_notebook_instance(NotebookInstanceName=name).get(
            "PlatformIdentifier", AMAZON_LINUX_2023
        )
        if not platform.startswith(AMAZON_LINUX_2023):
            raise Failed(
                f"{name} is on {platform}, which is too old for xgboost 3.2.0",
                "python -m helpers notebook create makes one on Amazon Linux 2023",
            )
    running = [
        i["NotebookInstanceName"] for i in found if i["NotebookInstanceStatus"] == "InService"
    ]
    if running:
        return f"{', '.join(running)} running, and costing; stop: python -m helpers notebook stop"
    return f"{len(found)} there, none running"
