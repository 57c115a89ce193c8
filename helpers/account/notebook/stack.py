"""The notebook instance's CloudFormation stack on AWS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from helpers.account.notebook import cloudformation
from helpers.account.notebook.instances import TAGS, NotebookError
from helpers.account.target import Target

TEMPLATE = Path(cloudformation.__file__).with_name("template.yaml")
REPOSITORY = re.compile(r"https://[A-Za-z0-9./_~-]+")  # as the template has it


def create(place: Target, name: str, parameters: dict[str, str]) -> None:
    """Create the stack and wait for it. If it fails nothing of it is left.

    parameters: of the template. Raises NotebookError with the reason of the first failed event.
    """
    client = place.session.client("cloudformation")
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


def delete(place: Target, name: str) -> bool:
    """Delete the stack with all that it made, and wait. Returns False if there is none."""
    client = place.session.client("cloudformation")
    stack = find(client, name)
    if stack is None:
        return False
    client.delete_stack(StackName=stack)
    _wait(client, stack, "delete")
    return True


def find(client: Any, name: str) -> str | None:
    """The id of the stack of this name that is not deleted, or None."""
    from botocore.exceptions import ClientError

    try:
        return client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def first_failure(client: Any, stack: str) -> str:
    """The resource and the reason of the stack's first failed event: later ones follow from it."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    failed = [
        event
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    if not failed:
        return "no event says why"
    first = min(failed, key=lambda event: event["Timestamp"])
    reason = first.get("ResourceStatusReason", "without a reason")
    return f"{first['LogicalResourceId']} ({first['ResourceType']}): {reason}"


def _wait(client: Any, stack: str, verb: str) -> None:
    from botocore.exceptions import WaiterError

    try:
        client.get_waiter(f"stack_{verb}_complete").wait(StackName=stack)
    except WaiterError:
        left = "What it made is deleted again." if verb == "create" else "Mend that and try again."
        raise NotebookError(
            f"CloudFormation could not {verb} the stack: {first_failure(client, stack)}\n{left} "
            "All events are in the console: CloudFormation > Stacks > (also the deleted ones) > "
            "Events."
        ) from None
