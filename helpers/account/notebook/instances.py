"""A notebook instance by SageMaker's API: create, start, stop, delete, list, open."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.exceptions import ClientError, WaiterError

from helpers import cli
from helpers.account.cleanup.operations import ResourceOperations
from helpers.account.clients import client_cache, is_denied, none_if_gone
from helpers.account.inventory.log_streams import streams_of
from helpers.account.inventory.resource_types import NOTEBOOK_INSTANCE
from helpers.account.target import Target
from helpers.catalog import prices
from helpers.home import ROLE_NAME, START_PAGE
from helpers.tagging import COURSE

LOG_GROUP = NOTEBOOK_INSTANCE.log_group
TAGS = [{"Key": "course", "Value": COURSE}]


class NotebookError(cli.CommandError):
    """A command on a notebook instance can't continue; the message says why and what to do."""


def create(target: Target, name: str, instance_type: str, volume_gb: int) -> None:
    """Create an instance with the local account's role, and wait until it is in service."""
    role = target.session.client("iam").get_role(RoleName=ROLE_NAME)["Role"]["Arn"]
    client = target.session.client("sagemaker")
    client.create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType=instance_type,
        RoleArn=role,
        VolumeSizeInGB=volume_gb,
        Tags=TAGS,
    )
    wait(client, name, "in_service")


def start(target: Target, name: str) -> None:
    """Start an instance unless it runs, and wait until it is in service."""
    client = target.session.client("sagemaker")
    if describe(client, name)["NotebookInstanceStatus"] in ("Stopped", "Failed"):
        client.start_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "in_service")


def stop(target: Target, name: str) -> None:
    """Stop an instance if it runs, and wait until it is stopped.

    One that failed does not run. One that starts is waited for first: AWS refuses to stop it.
    """
    client = target.session.client("sagemaker")
    status = describe(client, name)["NotebookInstanceStatus"]
    if status == "Failed":
        return
    if status in ("Pending", "Updating"):
        wait(client, name, "in_service" if status == "Pending" else "stopped")
        status = describe(client, name)["NotebookInstanceStatus"]
    if status == "InService":
        client.stop_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "stopped")


def delete(target: Target, name: str) -> None:
    client = target.session.client("sagemaker")
    stop(target, name)
    client.delete_notebook_instance(NotebookInstanceName=name)
    wait(client, name, "deleted")


def delete_logs(target: Target, name: str) -> None:
    """Delete the log streams of a deleted instance: nothing shows later that they were its.

    Raises botocore's ClientError, for example if it is denied.
    """
    operations = ResourceOperations(target)
    for stream in streams_of(client_cache(target), LOG_GROUP, name):
        none_if_gone(operations.delete, resource=stream)  # somebody else may delete it meanwhile


def presigned_url(target: Target, name: str) -> str:
    """A URL that opens the instance in a browser. It contains a token: do not share it.

    On the Local SageMaker it opens the start page.
    """
    client = target.session.client("sagemaker")
    status = describe(client, name)["NotebookInstanceStatus"]
    if status != "InService":
        raise NotebookError(
            f"The notebook instance {name} is {status}: only an InService instance has a URL. "
            f"Start it: python -m helpers notebook start --name {name}"
        )
    url = client.create_presigned_notebook_instance_url(NotebookInstanceName=name)["AuthorizedUrl"]
    if not target.is_local:
        return url
    return urlsplit(url)._replace(path=f"/lab/tree/{quote(START_PAGE.name)}").geturl()


def describe_all(target: Target) -> list[dict[str, Any]]:
    """The Describe answers of all notebook instances of the target, by name.

    Of one that may be listed but not described, the summary: it lacks the volume's size. What is
    deleted meanwhile is left out.
    """
    client = target.session.client("sagemaker")
    pages = client.get_paginator("list_notebook_instances").paginate(SortBy="Name")
    instances = []
    for summary in pages.search("NotebookInstances"):
        try:
            instances.append(describe_or_none(client, summary["NotebookInstanceName"]))
        except ClientError as error:
            if not is_denied(error):
                raise
            instances.append(summary)
    return [instance for instance in instances if instance]


def describe(client: Any, name: str) -> dict[str, Any]:
    """The Describe answer. Raises NotebookError if the instance does not exist."""
    if (instance := describe_or_none(client, name)) is None:
        raise missing(name)
    return instance


def missing(name: str) -> NotebookError:
    """Say that an instance does not exist, and how to list those that do."""
    return NotebookError(
        f"There is no notebook instance {name} here. To list those that exist: python -m "
        "helpers notebook status"
    )


def describe_or_none(client: Any, name: str) -> dict[str, Any] | None:
    """The Describe answer, or None if the instance does not exist."""
    return none_if_gone(client.describe_notebook_instance, NotebookInstanceName=name)


def wait(client: Any, name: str, status: str) -> None:
    """Wait by boto3's waiter until the instance is in_service, stopped or deleted.

    Raises NotebookError with the FailureReason if the instance fails.
    """
    try:
        client.get_waiter(f"notebook_instance_{status}").wait(NotebookInstanceName=name)
    except WaiterError as error:
        reason = (describe_or_none(client, name) or {}).get("FailureReason") or str(error)
        raise NotebookError(f"The notebook instance {name} failed: {reason}") from None


def format_costs(instance_type: str, volume_gb: int | None, region: str) -> tuple[str, str]:
    """Format what an instance costs an hour in service, and its volume a month."""
    hour = prices.lookup(instance_type, "notebook", region)
    month = prices.lookup(prices.VOLUME, "notebook volume", region)
    running = f"{hour.usd} USD an hour" if hour else "unknown"
    if month is None or volume_gb is None:
        return running, "unknown"
    total = (month.usd * volume_gb).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return running, f"{total} USD a month"
