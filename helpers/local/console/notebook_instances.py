"""Notebook instances: the list, and the page of one."""

from typing import Any

from helpers.catalog.resource_types import NOTEBOOK_INSTANCE
from helpers.local.console.content import Facts, Link, Page, Status, Table
from helpers.local.console.log_view import log_section
from helpers.local.console.view import View
from helpers.local.resources.notebook_instances import create_presigned_notebook_instance_url
from helpers.local.state.database import Document
from helpers.local.state.logs.reading import find_streams
from helpers.local.wire.errors import AwsError

COLUMNS = ("Name", "Instance", "Creation time", "Status")
MEMBERS = ("NotebookInstanceName", "InstanceType", "CreationTime", "NotebookInstanceStatus")


def row(view: View, instance: Document) -> tuple:
    """Return a row of the list, from the instance's MEMBERS."""
    return (
        view.link("notebook-instances", instance["NotebookInstanceName"]),
        instance["InstanceType"],
        instance["CreationTime"],
        Status(instance["NotebookInstanceStatus"]),
    )


def page(view: View, instance: Document) -> Page:
    """Return the page of a notebook instance."""
    name, arn = instance["NotebookInstanceName"], instance["NotebookInstanceArn"]
    streams = find_streams(view.context.logs, view.region, NOTEBOOK_INSTANCE.log_group, f"{name}/")
    facts: list[tuple[str, Any]] = [
        ("Name", name),
        ("ARN", arn),
        ("Status", Status(instance["NotebookInstanceStatus"])),
        ("JupyterLab", _jupyter_link(view, name)),
        ("Creation time", instance["CreationTime"]),
        ("Last updated", instance["LastModifiedTime"]),
        ("Notebook instance type", instance["InstanceType"]),
        ("Platform identifier", instance["PlatformIdentifier"]),
        ("Volume size (GB EBS)", instance["VolumeSizeInGB"]),
        ("Lifecycle configuration", instance.get("NotebookInstanceLifecycleConfigName")),
        ("IAM role ARN", instance["RoleArn"]),
        ("Root access", instance["RootAccess"]),
        ("Direct internet access", instance["DirectInternetAccess"]),
    ]
    if "FailureReason" in instance:
        facts.insert(3, ("Failure reason", instance["FailureReason"]))
    return Page(
        name,
        [
            Facts("settings", "Notebook instance settings", facts),
            log_section(
                "logs", streams, view.link("notebook-instances", name, "log", text="Whole log")
            ),
            Table("tags", "Tags", ("Key", "Value"), view.tags(arn), "No tags."),
        ],
        status=instance["NotebookInstanceStatus"],
        version=lambda: (view.database.changes(), sum(len(each.events) for each in streams)),
    )


def _jupyter_link(view: View, name: str) -> Link | None:
    """Return the link that CreatePresignedNotebookInstanceUrl gives; None while it gives none."""
    try:
        answer = create_presigned_notebook_instance_url(view.call(NotebookInstanceName=name))
    except AwsError:
        return None
    return Link("Open JupyterLab", answer["AuthorizedUrl"])
