"""The notebook instance's CloudFormation stack on AWS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from botocore.exceptions import WaiterError

from helpers.account.clients import none_if_gone
from helpers.account.notebook import cloudformation
from helpers.account.notebook.instances import TAGS, NotebookError
from helpers.account.target import Target

TEMPLATE = Path(cloudformation.__file__).with_name("template.yaml")
REPOSITORY = re.compile(r"https://[A-Za-z0-9./_~-]+")  # as the template has it


def create(target: Target, name: str, parameters: dict[str, str]) -> None:
    """Create the stack and wait for it; if that fails, nothing of it remains.

    parameters: of the template. Raises NotebookError with the reason of the first failed event.
    """
    client = target.session.client("cloudformation")
    stack = client.create_stack(
        StackName=name,
        TemplateBody=TEMPLATE.read_text(),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
        OnFailure="DELETE",
        Tags=TAGS,
    )["StackId"]
    _wait(client, stack, "create")


def delete(target: Target, stack: str) -> None:
    """Delete the stack of an ID with all that it created, and wait."""
    client = target.session.client("cloudformation")
    client.delete_stack(StackName=stack)
    _wait(client, stack, "delete")


def find(target: Target, name: str) -> str | None:
    """The ID of the stack of this name that is not deleted, or None."""
    client = target.session.client("cloudformation")
    described = none_if_gone(client.describe_stacks, StackName=name)
    return described and described["Stacks"][0]["StackId"]


def first_failure(client: Any, stack: str) -> str:
    """The resource and reason of the stack's first failed event, which causes the later ones."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    events = pages.search("StackEvents")
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no event gives a reason"
    first = min(failed, key=lambda event: event["Timestamp"])
    reason = first.get("ResourceStatusReason", "without a reason")
    return f"{first['LogicalResourceId']} ({first['ResourceType']}): {reason}"


def _wait(client: Any, stack: str, verb: str) -> None:
    try:
        client.get_waiter(f"stack_{verb}_complete").wait(StackName=stack)
    except WaiterError:
        hint = "What it created is deleted." if verb == "create" else "Fix this and try again."
        raise NotebookError(
            f"CloudFormation could not {verb} the stack: {first_failure(client, stack)}\n{hint} "
            "All events are in the console: CloudFormation > Stacks (including deleted ones) > "
            "Events."
        ) from None
