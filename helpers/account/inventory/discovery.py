"""Find resources: list each kind, read the tags, and say what is the course's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from helpers.account.clients import (
    WORKERS,
    ClientCache,
    is_denied,
    is_gone,
    is_unsupported_locally,
    required_action,
)
from helpers.account.inventory import log_streams
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import AccessProblem, Resource
from helpers.account.inventory.resource_types import (
    BUCKET,
    BUDGET,
    COURSE_BUDGET,
    KINDS,
    LOG_GROUP,
    LOG_STREAM,
    MODEL,
    OBJECTS,
    STACK,
    ResourceType,
)
from helpers.account.inventory.storage import S3Discovery

if TYPE_CHECKING:
    from helpers.account.target import Target

_PAGE = {"sagemaker": 100, "budgets": 100}  # SageMaker's own default is 10


def find(
    place: Target,
    kinds: Iterable[str] | None = None,
    mine: bool = True,
    problems: list[AccessProblem] | None = None,
) -> list[Resource]:
    """Return what is there, in the order of `KINDS`.

    kinds: names of kinds, such as "training job"; default all. mine: only what is the course's.
    With ``mine=False`` also what is not (its `reason` is empty), but of log streams only those of
    the course, and of S3 only the top folders of buckets that the course used.
    What is the course's or running is described, all else is not. What is deleted meanwhile is
    left out; a kind that the Local SageMaker does not serve has nothing.

    problems: is told of kinds that can't be listed; without it the first raises ClientError.
    Raises ValueError for another name of a kind, and botocore's errors if AWS does not answer.
    """
    wanted = {kind.name for kind in KINDS} if kinds is None else set(kinds)
    if unknown := wanted - {kind.name for kind in KINDS}:
        names = ", ".join(kind.name for kind in KINDS)
        raise ValueError(f"No kind is named {sorted(unknown)[0]!r}. There are: {names}")
    search = _Discovery(place, problems)
    proved = {kind.name for kind in (MODEL, OBJECTS, BUCKET, LOG_STREAM, LOG_GROUP)}
    found = []
    for kind in KINDS:
        # Tags with a lesson's name, and objects, prove whose other things are.
        proves = kind.service == "sagemaker" and wanted & proved
        proves = proves or (kind == OBJECTS and BUCKET.name in wanted)
        if kind.name in wanted or proves:
            found += search.of(kind)
    return [item for item in found if item.kind.name in wanted and (item.mine or not mine)]


class _Discovery:
    def __init__(self, place: Target, problems: list[AccessProblem] | None):
        self._place = place
        self._problems = problems
        self._clients = ClientCache(place)
        self._evidence = OwnershipIndex()
        self._storage = S3Discovery(self._clients, place, self._evidence)
        self._noted: set[tuple[ResourceType, str]] = set()

    def of(self, kind: ResourceType) -> list[Resource]:
        """All resources of a kind; those of the course become evidence."""
        try:
            if kind == OBJECTS:
                found = self._storage.objects()
            elif kind == BUCKET:
                found = self._storage.buckets()
            elif kind == LOG_STREAM:
                found = log_streams.streams(self._clients, self._evidence)
            elif kind == LOG_GROUP:
                found = log_streams.groups(self._clients, self._evidence)
            else:
                found = self._looked_at(kind)
        except ClientError as error:
            self._cannot(kind, error)
            return []
        for item in found:
            if item.mine:
                self._evidence.learn(item)
        return found

    def _looked_at(self, kind: ResourceType) -> list[Resource]:
        self._clients(kind.service)  # made here: making clients is not safe in threads
        with ThreadPoolExecutor(WORKERS) as pool:
            looked = pool.map(lambda item: self._look(kind, item), list(self._listed(kind)))
            return [found for found in looked if found]

    def _listed(self, kind: ResourceType) -> Iterator[dict[str, Any]]:
        paginator = self._clients(kind.service).get_paginator(xform_name(kind.lists))
        more = {"AccountId": self._place.account} if kind == BUDGET else {}
        size = {"PageSize": _PAGE[kind.service]} if kind.service in _PAGE else {}
        for page in paginator.paginate(**more, PaginationConfig=size):
            yield from page.get(kind.items, [])

    def _look(self, kind: ResourceType, item: dict[str, Any]) -> Resource | None:
        """Read tags and description of a listed resource; None if it is gone by now."""
        name, status = item[kind.id], item.get(kind.status, "")
        tags: dict[str, str] = {}
        described = None if kind.service == "sagemaker" else item
        try:
            tags = self._tags(kind, item)
            if described is None and self._matters(kind, name, tags, status):
                described = self._describe(kind, name)
                status = described.get(kind.status, status)
        except ClientError as error:
            if is_gone(error):
                return None
            self._cannot(kind, error)
        reason, lesson = self._why(kind, name, tags, described)
        arn, created = item.get(kind.arn, ""), item.get(kind.created)
        return Resource(kind, name, arn, status, created, tags, described, reason, lesson)

    def _matters(self, kind: ResourceType, name: str, tags: dict[str, str], status: str) -> bool:
        """Whether to describe it: it is or may be the course's, or it costs."""
        named_like_job = kind == MODEL and name in self._evidence.jobs
        return bool(course_tag_reason(tags)) or named_like_job or status in kind.running

    def _why(
        self, kind: ResourceType, name: str, tags: dict[str, str], described: dict[str, Any] | None
    ) -> tuple[str, str]:
        """Why it is the course's, and of which lesson; two empty texts if it is not."""
        if reason := course_tag_reason(tags):
            return reason, tags.get("lesson", "")
        if kind == BUDGET and name == COURSE_BUDGET:
            return "the name of the course's budget", ""
        if kind == MODEL and described and (reason := self._evidence.of_model(name, described)):
            return reason, self._evidence.jobs[name]
        return "", ""

    def _tags(self, kind: ResourceType, item: dict[str, Any]) -> dict[str, str]:
        if kind == BUDGET:
            return {}
        if kind == STACK:
            return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
        pages = self._clients(kind.service).get_paginator("list_tags")
        found = pages.paginate(ResourceArn=item[kind.arn])
        return {tag["Key"]: tag["Value"] for page in found for tag in page["Tags"]}

    def _describe(self, kind: ResourceType, name: str) -> dict[str, Any]:
        describe = getattr(self._clients(kind.service), xform_name(kind.describes))
        answer = describe(**kind.parameters(name, self._place.account))
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _cannot(self, kind: ResourceType, error: ClientError) -> None:
        """Note that resources of a kind could not be seen, each action once."""
        if is_unsupported_locally(error):
            return
        if self._problems is None:
            raise error
        action = required_action(error, kind.service) if is_denied(error) else ""
        message = error.response["Error"].get("Message", "") or str(error)
        if (kind, action or message) not in self._noted:
            self._noted.add((kind, action or message))
            self._problems.append(AccessProblem(kind, action, message))
