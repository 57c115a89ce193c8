"""Log streams of the course's jobs and notebook instances, and the log groups of its endpoints.

All jobs of an account share a log group, so only the streams named after a tagged job are the
course's. An endpoint has a group of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from helpers.account.clients import ClientCache, is_gone
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import LOG_GROUP, LOG_STREAM

ENDPOINT_GROUPS = "/aws/sagemaker/Endpoints/"


def streams(clients: ClientCache, evidence: OwnershipIndex) -> list[Resource]:
    """The log streams of what is the course's."""
    found, pages = [], clients("logs").get_paginator("describe_log_streams")
    for (group, name), lesson in evidence.streams.items():
        listed = pages.paginate(logGroupName=group, logStreamNamePrefix=f"{name}/")
        try:
            items = [item for page in listed for item in page["logStreams"]]
        except ClientError as error:
            if is_gone(error):  # no job has written to this group
                continue
            raise
        for item in items:
            found.append(
                Resource(
                    LOG_STREAM,
                    item["logStreamName"],
                    item.get("arn", ""),
                    created=_moment(item.get("creationTime")),
                    described={"logGroupName": group, **item},
                    reason=f"log of {name}",
                    lesson=lesson,
                )
            )
    return found


def groups(clients: ClientCache, evidence: OwnershipIndex) -> list[Resource]:
    """The log groups of endpoints: the course's by its endpoint's name, or by its own tag."""
    found, pages = [], clients("logs").get_paginator("describe_log_groups")
    for page in pages.paginate(logGroupNamePrefix=ENDPOINT_GROUPS):
        for item in page["logGroups"]:
            name = item["logGroupName"].removeprefix(ENDPOINT_GROUPS)
            arn = item.get("logGroupArn") or item["arn"].removesuffix(":*")
            tags = clients("logs").list_tags_for_resource(resourceArn=arn)["tags"]
            reason = (
                f"log of endpoint {name}" if name in evidence.endpoints else course_tag_reason(tags)
            )
            found.append(
                Resource(
                    LOG_GROUP,
                    item["logGroupName"],
                    arn,
                    created=_moment(item.get("creationTime")),
                    tags=tags,
                    described=item,
                    reason=reason,
                    lesson=evidence.endpoints.get(name) or tags.get("lesson", "") if reason else "",
                )
            )
    return found


def _moment(milliseconds: int | None) -> datetime | None:
    """CloudWatch Logs counts milliseconds since 1970."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
