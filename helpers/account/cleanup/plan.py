"""What a cleanup would delete, what it keeps and why, and what is none of its business."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.account import inventory
from helpers.account.inventory import AccessProblem, Resource
from helpers.account.inventory.resource_types import (
    BUCKET,
    LIFECYCLE_CONFIG,
    NOTEBOOK_INSTANCE,
    OBJECTS,
    STACK,
)
from helpers.session import backend

if TYPE_CHECKING:
    from helpers.account.target import Target

RECORD = "finished jobs stay listed, as a record of what was run; they cost nothing"
UNDELETABLE = f"{RECORD}, and AWS can't delete them"
BUCKET_STAYS = "a bucket by itself costs nothing; --buckets deletes it"
BUCKET_USED = "it holds objects that stay"
RUNS_HERE = (
    "this very command runs on it; stop it in the console, or run the cleanup from elsewhere"
)


@dataclass
class Plan:
    """delete: in the order of deletion; running jobs among them are stopped, and deleted only if
    they are no record. keep: the course's too, with the reason. others: not the course's.
    """

    delete: list[Resource] = field(default_factory=list)
    keep: list[tuple[Resource, str]] = field(default_factory=list)
    others: list[Resource] = field(default_factory=list)
    problems: list[AccessProblem] = field(default_factory=list)

    @property
    def blind(self) -> bool:
        """Whether things that cost may be there unseen."""
        return any(p.kind.costs or p.kind.running for p in self.problems)


def make_plan(
    place: Target,
    *,
    lesson: str = "",
    buckets: bool = False,
    jobs: bool = False,
    metadata: Path = backend.METADATA,
) -> Plan:
    """Look around and decide. Deletes nothing.

    lesson: the prefix of the one lesson to clean up after. buckets: delete emptied buckets too.
    jobs: delete finished jobs too, where AWS can. Raises botocore's errors if nothing answers.
    """
    plan = Plan()
    here = _this_instance(metadata)
    everything = inventory.find(place, mine=False, problems=plan.problems)
    for found in everything:
        wanted = not lesson or found.lesson == lesson or (buckets and found.kind == BUCKET)
        if not found.mine:
            plan.others.append(found)
        elif not wanted:
            continue
        elif why := _keep_reason(found, buckets, jobs, here):
            plan.keep.append((found, why))
        else:
            plan.delete.append(found)
    _keep_nonempty_buckets(plan, everything)
    plan.delete.sort(key=lambda found: found.kind.order)
    return plan


def _keep_reason(found: Resource, buckets: bool, jobs: bool, here: str) -> str:
    """Why something of the course is kept; empty: it is not."""
    if found.kind.record and not found.running:
        if not found.kind.deletes:
            return UNDELETABLE
        return "" if jobs else f"{RECORD}; on AWS, --jobs deletes them"
    if found.kind == BUCKET and not buckets:
        return BUCKET_STAYS
    on_instance = found.kind in (STACK, LIFECYCLE_CONFIG) or (
        found.kind == NOTEBOOK_INSTANCE and found.name == here
    )
    return RUNS_HERE if here and on_instance else ""


def _keep_nonempty_buckets(plan: Plan, everything: list[Resource]) -> None:
    """Keep buckets in which something stays."""
    staying = [item for item in everything if item.kind == OBJECTS and item not in plan.delete]
    used = {item.name.removeprefix("s3://").partition("/")[0] for item in staying}
    for bucket in [item for item in plan.delete if item.kind == BUCKET and item.name in used]:
        plan.delete.remove(bucket)
        plan.keep.append((bucket, BUCKET_USED))


def _this_instance(metadata: Path) -> str:
    """The name of the notebook instance that this runs on; empty elsewhere."""
    try:
        return json.loads(metadata.read_text(encoding="utf-8"))["ResourceName"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
