"""What a discovery returns, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from helpers.account.inventory.resource_types import ResourceType


@dataclass(frozen=True)
class Resource:
    """A resource that exists."""

    type: ResourceType
    name: str  # as its service calls it; of S3 objects s3://bucket/prefix/
    arn: str = ""
    status: str = ""
    created: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)
    # The answer of its Describe operation; None if that was not called. Of S3 objects "Bucket",
    # "Prefix", "Objects" (number of versions), "Bytes" and "Uploads" (number of unfinished ones).
    described: dict[str, Any] | None = None
    reason: str = ""  # why it is the course's; empty if it is not
    lesson: str = ""  # the prefix of the lesson that created it; empty if unknown

    @property
    def is_course(self) -> bool:
        return bool(self.reason)

    @property
    def running(self) -> bool:
        """Whether instances are at work for it, and cost."""
        return self.status in self.type.running

    @property
    def costs(self) -> bool:
        """Whether it costs anything, by the hour or by the gigabyte."""
        return self.type.costs_while_existing or self.running


class AccessProblem(NamedTuple):
    """Resources of a type that could not be listed: the missing IAM action, and AWS's message."""

    type: ResourceType
    action: str
    message: str

    def __str__(self) -> str:
        """For example ``permission sagemaker:ListModels is missing``, else AWS's message."""
        return f"permission {self.action} is missing" if self.action else self.message
