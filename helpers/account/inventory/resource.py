"""What a discovery returns, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from helpers.account.inventory.resource_types import ResourceType


@dataclass(frozen=True)
class Resource:
    """A resource that exists.

    Attributes
    ----------
    type : ResourceType
        Its row in the table of types.
    name : str
        As its service calls it; of S3 objects ``s3://bucket/prefix/``.
    arn, status : str
        Empty if its type has none.
    created : datetime or None
        With its time zone.
    described : dict or None
        The answer of its Describe operation; None if it was not asked for. Of S3 objects
        ``{"Bucket", "Prefix", "Objects", "Bytes", "Uploads"}``: the number of versions, their
        size, and the number of unfinished uploads.
    reason : str
        Why it is the course's; empty if it is not.
    lesson : str
        The prefix of the lesson that created it; empty if unknown.
    """

    type: ResourceType
    name: str
    arn: str = ""
    status: str = ""
    created: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)
    described: dict[str, Any] | None = None
    reason: str = ""
    lesson: str = ""

    @property
    def is_course(self) -> bool:
        """Whether it is the course's."""
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
