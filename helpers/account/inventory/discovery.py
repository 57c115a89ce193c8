"""Discover resources: list each type, read the tags, and say what is the course's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from helpers.account.clients import (
    WORKERS,
    client_cache,
    is_denied,
    is_gone,
    is_unsupported_locally,
    required_action,
)
from helpers.account.inventory import log_streams
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import AccessProblem, Resource
from helpers.account.inventory.resource_types import (
    ALARM,
    BUCKET,
    BUDGET,
    COURSE_BUDGET,
    LOG_GROUP,
    LOG_STREAM,
    MODEL,
    OBJECTS,
    RESOURCE_TYPES,
    STACK,
    ResourceType,
)
from helpers.account.inventory.storage import S3Discovery
from helpers.account.target import Target

_PAGE_SIZE = {"sagemaker": 100, "budgets": 100}  # SageMaker's own default is 10
# What tags with a lesson's name prove to be the course's.
_PROVED_BY_TAGS = {item.name for item in (MODEL, OBJECTS, BUCKET, LOG_STREAM, LOG_GROUP)}


def discover(
    target: Target,
    types: Iterable[str] | None = None,
    course_only: bool = True,
    problems: list[AccessProblem] | None = None,
) -> list[Resource]:
    """Discover the resources of an account in a region, in the order of ``RESOURCE_TYPES``.

    What is the course's or running is described, all else is not. What is deleted meanwhile is
    left out; a type that the Local SageMaker does not support has no resources.

    types: names such as "training job"; by default all. Without `course_only`, also what is not the
    course's (its `reason` is empty), but of log streams only the course's, and of S3 only the top
    folders of buckets that the course used. problems: receives the types that could not be listed;
    without it ClientError is raised. Raises BotoCoreError if AWS does not answer, and ValueError
    for an unknown type.
    """
    names = [resource_type.name for resource_type in RESOURCE_TYPES]
    wanted = set(names if types is None else types)
    if unknown := wanted - set(names):
        raise ValueError(
            f"unknown resource type {sorted(unknown)[0]!r}; expected one of: {', '.join(names)}"
        )
    discovery = _Discovery(target, problems)
    resources = []
    for resource_type in RESOURCE_TYPES:
        proves = resource_type.service == "sagemaker" and wanted & _PROVED_BY_TAGS
        proves = proves or (resource_type == OBJECTS and BUCKET.name in wanted)
        if resource_type.name in wanted or proves:
            resources += discovery.of_type(resource_type)
    return [r for r in resources if r.type.name in wanted and (r.is_course or not course_only)]


class _Discovery:
    def __init__(self, target: Target, problems: list[AccessProblem] | None):
        self._target = target
        self._problems = problems
        self._clients = client_cache(target)
        self._index = OwnershipIndex()
        self._storage = S3Discovery(self._clients, target, self._index)

    def of_type(self, resource_type: ResourceType) -> list[Resource]:
        """Discover all resources of a type; those of the course become evidence."""
        special = {
            OBJECTS: self._storage.objects,
            BUCKET: self._storage.buckets,
            LOG_STREAM: lambda: log_streams.streams(self._clients, self._index),
            LOG_GROUP: lambda: log_streams.groups(self._clients, self._index),
        }
        discover_all = special.get(resource_type, lambda: self._inspect_all(resource_type))
        try:
            resources = discover_all()
        except ClientError as error:
            self._record_problem(resource_type, error)
            return []
        for resource in resources:
            if resource.is_course:
                self._index.add(resource)
        return resources

    def _inspect_all(self, resource_type: ResourceType) -> list[Resource]:
        self._clients(resource_type.service)  # created here: that is not safe in threads
        with ThreadPoolExecutor(WORKERS) as pool:
            items = list(self._list(resource_type))
            inspected = pool.map(lambda item: self._inspect(resource_type, item), items)
            return [resource for resource in inspected if resource]

    def _list(self, resource_type: ResourceType) -> Iterator[dict[str, Any]]:
        service = resource_type.service
        paginator = self._clients(service).get_paginator(xform_name(resource_type.list_operation))
        parameters = {"AccountId": self._target.account} if resource_type == BUDGET else {}
        config = {"PageSize": _PAGE_SIZE[service]} if service in _PAGE_SIZE else {}
        pages = paginator.paginate(**parameters, PaginationConfig=config)
        return pages.search(f"[{resource_type.items}][]")  # a page may lack the member

    def _inspect(self, resource_type: ResourceType, item: dict[str, Any]) -> Resource | None:
        """Read tags and description of a listed resource; None if it was deleted meanwhile."""
        name, status = item[resource_type.id], item.get(resource_type.status, "")
        tags: dict[str, str] = {}
        described = None if resource_type.service == "sagemaker" else item
        try:
            tags = self._tags(resource_type, item)
            if described is None and self._needs_describe(resource_type, name, tags, status):
                described = self._describe(resource_type, name)
                status = described.get(resource_type.status, status)
        except ClientError as error:
            if is_gone(error):
                return None
            self._record_problem(resource_type, error)
        reason, lesson = self._reason(resource_type, name, tags, described)
        arn, created = item.get(resource_type.arn, ""), item.get(resource_type.created)
        return Resource(resource_type, name, arn, status, created, tags, described, reason, lesson)

    def _needs_describe(
        self, resource_type: ResourceType, name: str, tags: dict[str, str], status: str
    ) -> bool:
        """Whether it is or may be the course's, or it costs."""
        named_after_job = resource_type == MODEL and name in self._index.jobs
        return bool(course_tag_reason(tags)) or named_after_job or status in resource_type.running

    def _reason(
        self,
        resource_type: ResourceType,
        name: str,
        tags: dict[str, str],
        described: dict[str, Any] | None,
    ) -> tuple[str, str]:
        """Why it is the course's, and of which lesson; two empty strings if it is not."""
        if reason := course_tag_reason(tags):
            return reason, tags.get("lesson", "")
        if resource_type == BUDGET and name == COURSE_BUDGET:
            return "the name of the course's budget", ""
        if resource_type == MODEL and described:
            reason = self._index.model_reason(name, described)
            return reason, self._index.jobs[name] if reason else ""
        return "", ""

    def _tags(self, resource_type: ResourceType, item: dict[str, Any]) -> dict[str, str]:
        if resource_type == BUDGET:
            return {}
        if resource_type == STACK:
            tags = item.get("Tags", [])
        elif resource_type == ALARM:
            client = self._clients(resource_type.service)
            tags = client.list_tags_for_resource(ResourceARN=item[resource_type.arn])["Tags"]
        else:
            paginator = self._clients(resource_type.service).get_paginator("list_tags")
            tags = paginator.paginate(ResourceArn=item[resource_type.arn]).search("Tags")
        return {tag["Key"]: tag["Value"] for tag in tags}

    def _describe(self, resource_type: ResourceType, name: str) -> dict[str, Any]:
        client = self._clients(resource_type.service)
        describe = getattr(client, xform_name(resource_type.describe_operation))
        answer = describe(**resource_type.parameters(name, self._target.account))
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _record_problem(self, resource_type: ResourceType, error: ClientError) -> None:
        """Record that resources of a type could not be seen, each missing action once."""
        if is_unsupported_locally(error):
            return
        if self._problems is None:
            raise error
        action = required_action(error, resource_type.service) if is_denied(error) else ""
        message = error.response["Error"].get("Message", "") or str(error)
        known = {(p.type, p.action or p.message) for p in self._problems}
        if (resource_type, action or message) not in known:
            self._problems.append(AccessProblem(resource_type, action, message))
