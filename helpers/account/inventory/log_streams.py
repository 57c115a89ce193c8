"""Log streams of the course's jobs and notebook instances, and the log groups of its endpoints.

All jobs of an account share a log group, so only the streams named after a tagged job are the
course's. An endpoint has a group of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from helpers.account.clients import Clients, is_gone
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import LOG_GROUP, LOG_STREAM

ENDPOINT_GROUPS = "/aws/sagemaker/Endpoints/"


def streams_of(clients: Clients, group: str, name: str, lesson: str = "") -> list[Resource]:
    """The log streams of one job or notebook instance; none if nothing has written to the group."""
    pages = clients("logs").get_paginator("describe_log_streams")
    listed = pages.paginate(logGroupName=group, logStreamNamePrefix=f"{name}/")
    try:
        items = list(listed.search("logStreams"))
    except ClientError as error:
        if is_gone(error):
            return []
        raise
    return [
        Resource(
            LOG_STREAM,
            item["logStreamName"],
            item.get("arn", ""),
            created=_time(item.get("creationTime")),
            described={"logGroupName": group, **item},
            reason=f"log of {name}",
            lesson=lesson,
        )
        for item in items
    ]


def streams(clients: Clients, index: OwnershipIndex) -> list[Resource]:
    """The log streams of what is the course's."""
    return [
        stream
        for (group, name), lesson in index.streams.items()
        for stream in streams_of(clients, group, name, lesson)
    ]


def groups(clients: Clients, index: OwnershipIndex) -> list[Resource]:
    """The log groups of endpoints: the course's by the endpoint's name, or by the group's tag."""
    logs = clients("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=ENDPOINT_GROUPS)
    resources = []
    for item in pages.search("logGroups"):
        name = item["logGroupName"].removeprefix(ENDPOINT_GROUPS)
        arn = item.get("logGroupArn") or item["arn"].removesuffix(":*")
        tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
        known = name in index.endpoints
        reason = f"log of endpoint {name}" if known else course_tag_reason(tags)
        lesson = index.endpoints.get(name) or tags.get("lesson", "") if reason else ""
        created = _time(item.get("creationTime"))
        resources.append(
            Resource(LOG_GROUP, item["logGroupName"], arn, "", created, tags, item, reason, lesson)
        )
    return resources


def _time(milliseconds: int | None) -> datetime | None:
    """Convert CloudWatch Logs' milliseconds since 1970."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
