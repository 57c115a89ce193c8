"""What a cleanup would delete, what it keeps and why, and what is not the course's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.account import inventory
from helpers.account.inventory import AccessProblem, Resource
from helpers.account.inventory.resource_types import (
    BUCKET,
    ENDPOINT_CONFIG,
    LIFECYCLE_CONFIG,
    NOTEBOOK_INSTANCE,
    OBJECTS,
    STACK,
)
from helpers.account.target import Target
from helpers.session import backend

RECORD = "finished jobs stay listed, as a record of what was run; they cost nothing"
UNDELETABLE = f"{RECORD}, and AWS can't delete them"
BUCKET_STAYS = "a bucket by itself costs nothing; --buckets deletes it"
BUCKET_USED = "it still contains objects"
RUNS_HERE = (
    "this command runs on it; stop it in the console, or run the cleanup from another machine"
)


@dataclass
class Plan:
    """What happens to each resource.

    delete: in the order of deletion; running jobs among them are stopped, and deleted only if
    finished jobs are. keep: the course's too, with the reason. others: not the course's.
    """

    delete: list[Resource] = field(default_factory=list)
    keep: list[tuple[Resource, str]] = field(default_factory=list)
    others: list[Resource] = field(default_factory=list)
    problems: list[AccessProblem] = field(default_factory=list)

    @property
    def is_blind(self) -> bool:
        """Whether resources that cost may exist unseen."""
        return any(p.type.costs_while_existing or p.type.running for p in self.problems)

    @property
    def endpoint_configs(self) -> dict[str, dict[str, Any]]:
        """The described endpoint configurations by name."""
        seen = [*self.delete, *(resource for resource, _ in self.keep), *self.others]
        return {r.name: r.described or {} for r in seen if r.type == ENDPOINT_CONFIG}


def make_plan(
    target: Target,
    *,
    lesson: str = "",
    buckets: bool = False,
    finished_jobs: bool = False,
    metadata: Path = backend.METADATA,
) -> Plan:
    """Discover resources and decide what to delete. Deletes nothing.

    lesson: the prefix of the one lesson to clean up after. buckets: delete emptied buckets too.
    finished_jobs: delete finished jobs too, where AWS can. Raises BotoCoreError if AWS does not
    answer.
    """
    plan = Plan()
    own_instance = _own_instance(metadata)
    everything = inventory.discover(target, course_only=False, problems=plan.problems)
    for resource in everything:
        if not resource.is_course:
            plan.others.append(resource)
        elif lesson and resource.lesson != lesson and not (buckets and resource.type == BUCKET):
            continue
        elif reason := _keep_reason(resource, buckets, finished_jobs, own_instance):
            plan.keep.append((resource, reason))
        else:
            plan.delete.append(resource)
    _keep_nonempty_buckets(plan, everything)
    plan.delete.sort(key=lambda resource: resource.type.delete_order)
    return plan


def _keep_reason(resource: Resource, buckets: bool, finished_jobs: bool, own_instance: str) -> str:
    """Why something of the course is kept; empty if it is not."""
    if resource.type.kept_after_end and not resource.running:
        if not resource.type.delete_operation:
            return UNDELETABLE
        return "" if finished_jobs else f"{RECORD}; on AWS, --delete-finished-jobs deletes them"
    if resource.type == BUCKET and not buckets:
        return BUCKET_STAYS
    on_instance = resource.type in (STACK, LIFECYCLE_CONFIG) or (
        resource.type == NOTEBOOK_INSTANCE and resource.name == own_instance
    )
    return RUNS_HERE if own_instance and on_instance else ""


def _keep_nonempty_buckets(plan: Plan, everything: list[Resource]) -> None:
    """Keep buckets in which objects stay."""
    staying = [item for item in everything if item.type == OBJECTS and item not in plan.delete]
    used = {item.name.removeprefix("s3://").partition("/")[0] for item in staying}
    for bucket in [item for item in plan.delete if item.type == BUCKET and item.name in used]:
        plan.delete.remove(bucket)
        plan.keep.append((bucket, BUCKET_USED))


def _own_instance(metadata: Path) -> str:
    """The name of the notebook instance that this runs on; empty elsewhere."""
    try:
        return json.loads(metadata.read_text(encoding="utf-8"))["ResourceName"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
