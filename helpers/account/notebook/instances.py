"""A notebook instance by SageMaker's API: create, start, stop, delete, list, open."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from helpers.account.clients import is_denied
from helpers.account.target import Target
from helpers.catalog import prices
from helpers.tagging import COURSE

LOG_GROUP = "/aws/sagemaker/NotebookInstances"
VOLUME = "ML volume gp2"
TAGS = [{"Key": "course", "Value": COURSE}]


class NotebookError(Exception):
    """What was asked can't be done; the message says why and what to do."""


def create(place: Target, name: str, instance_type: str, volume: int) -> None:
    """Create an instance with the local account's role, and wait until it is in service."""
    from helpers.home import ROLE_NAME

    role = place.session.client("iam").get_role(RoleName=ROLE_NAME)["Role"]["Arn"]
    client = place.session.client("sagemaker")
    client.create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType=instance_type,
        RoleArn=role,
        VolumeSizeInGB=volume,
        Tags=TAGS,
    )
    wait(client, name, "in_service")


def start(place: Target, name: str) -> None:
    """Start an instance, if it is at rest, and wait until it is in service."""
    client = place.session.client("sagemaker")
    if describe(client, name)["NotebookInstanceStatus"] in ("Stopped", "Failed"):
        client.start_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "in_service")


def stop(place: Target, name: str) -> None:
    """Stop an instance, if it is in service, and wait until it is stopped.

    One that failed is at rest already. One that is being started is waited for first: AWS refuses
    to stop it.
    """
    client = place.session.client("sagemaker")
    status = describe(client, name)["NotebookInstanceStatus"]
    if status == "Failed":
        return
    if status in ("Pending", "Updating"):
        wait(client, name, "in_service" if status == "Pending" else "stopped")
        status = describe(client, name)["NotebookInstanceStatus"]
    if status == "InService":
        client.stop_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "stopped")


def delete(place: Target, name: str) -> None:
    """Stop an instance and delete it. None of that name is as good as deleted."""
    client = place.session.client("sagemaker")
    if describe_or_none(client, name) is None:
        return
    stop(place, name)
    client.delete_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "deleted")


def delete_logs(place: Target, name: str) -> None:
    """Delete the log streams of an instance that is gone: nothing will ascribe them to it later.

    Raises botocore's ClientError, also if it is denied.
    """
    logs = place.session.client("logs")
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/"
    )
    try:
        for stream in [stream for page in pages for stream in page["logStreams"]]:
            logs.delete_log_stream(logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"])
    except logs.exceptions.ResourceNotFoundException:
        return  # no instance ever wrote a log, or somebody else deletes them, too


def presigned_url(place: Target, name: str) -> str:
    """A URL that opens the instance in a browser. It holds a token: don't pass it on."""
    client = place.session.client("sagemaker")
    status = describe(client, name)["NotebookInstanceStatus"]
    if status != "InService":
        raise NotebookError(
            f"The notebook instance {name} is {status}: a URL has only one that is InService. "
            f"python -m helpers notebook start --name {name}"
        )
    return client.create_presigned_notebook_instance_url(NotebookInstanceName=name)["AuthorizedUrl"]


def describe_all(place: Target) -> list[dict[str, Any]]:
    """The Describe answers of all notebook instances of the place, by name.

    Of one that may be listed but not described, the summary: it lacks the volume's size.
    """
    from botocore.exceptions import ClientError

    client = place.session.client("sagemaker")
    pages = client.get_paginator("list_notebook_instances").paginate(SortBy="Name")
    found = []
    for summary in [each for page in pages for each in page["NotebookInstances"]]:
        try:
            found.append(describe_or_none(client, summary["NotebookInstanceName"]))
        except ClientError as error:
            if not is_denied(error):
                raise
            found.append(summary)
    return [each for each in found if each]  # what was deleted meanwhile is left out


def describe(client: Any, name: str) -> dict[str, Any]:
    """The Describe answer. Raises NotebookError if there is no such instance."""
    if (found := describe_or_none(client, name)) is None:
        raise NotebookError(
            f"There is no notebook instance {name} here. Those that are: python -m helpers "
            "notebook status"
        )
    return found


def describe_or_none(client: Any, name: str) -> dict[str, Any] | None:
    """The Describe answer, or None. SageMaker says RecordNotFound by a ValidationException."""
    from botocore.exceptions import ClientError

    try:
        return client.describe_notebook_instance(NotebookInstanceName=name)
    except ClientError as error:
        if "RecordNotFound" in error.response["Error"]["Message"]:
            return None
        raise


def wait(client: Any, name: str, status: str) -> None:
    """By boto3's waiter. Raises NotebookError with the FailureReason if the instance fails."""
    from botocore.exceptions import WaiterError

    try:
        client.get_waiter(f"notebook_instance_{status}").wait(NotebookInstanceName=name)
    except WaiterError as error:
        found = describe_or_none(client, name) or {}
        reason = found.get("FailureReason") or str(error)
        raise NotebookError(f"The notebook instance {name} failed: {reason}") from None


def cost(instance_type: str, volume: int | None, region: str) -> tuple[str, str]:
    """What an instance costs an hour in service, and its volume a month, in words."""
    hour = prices.lookup(instance_type, "notebook", region)
    month = prices.lookup(VOLUME, "notebook volume", region)
    running = f"{hour.usd} USD an hour" if hour else "unknown"
    if month is None or volume is None:
        return running, "unknown"
    total = (month.usd * volume).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return running, f"{total} USD a month"
