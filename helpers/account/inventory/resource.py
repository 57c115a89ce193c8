"""What a search finds, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from helpers.account.inventory.resource_types import ResourceType


@dataclass(frozen=True)
class Resource:
    """A resource that is there.

    name: as its service calls it; of S3 objects ``s3://bucket/prefix/``. status: empty if its kind
    has none. described: the answer of its Describe operation, or None if it was not asked for. Of
    S3 objects ``{"Bucket", "Prefix", "Objects", "Bytes", "Uploads"}``: versions, their size, and
    uploads that were never finished.
    reason: why it is the course's, in words; empty: it is not. lesson: the prefix of the lesson
    that made it, if that is known.
    """

    kind: ResourceType
    name: str
    arn: str = ""
    status: str = ""
    created: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)
    described: dict[str, Any] | None = None
    reason: str = ""
    lesson: str = ""

    @property
    def mine(self) -> bool:
        """Whether it is the course's."""
        return bool(self.reason)

    @property
    def running(self) -> bool:
        """Whether instances are at work for it, and cost."""
        return self.status in self.kind.running

    @property
    def costs(self) -> bool:
        """Whether it costs anything, be it by the hour or by the gigabyte."""
        return self.kind.costs or self.running


class AccessProblem(NamedTuple):
    """Resources of a kind could not be seen: the IAM action that is missing, and AWS's text."""

    kind: ResourceType
    action: str
    message: str
