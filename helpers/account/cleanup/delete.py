"""Stop and delete what a plan names, in order, and check that it is gone.

It may be killed anywhere and run again, or run twice at the same time: what is gone already counts
as done, and what proves that another resource is the course's is deleted after that resource.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from helpers.account.cleanup.operations import DeletionError, ResourceOperations
from helpers.account.clients import explain, is_denied, is_gone, is_unsupported_locally
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import LOG_GROUP
from helpers.account.target import Target

TIMEOUT_SECONDS = 900.0  # for one resource to stop and go: a notebook instance takes minutes
ATTEMPTS = 3  # of an operation that fails for an unknown reason
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds between two looks at the status
FAILED_DELETION = ("DELETE_FAILED", "DeleteFailed")

DELETED, STOPPED, GONE, REMAINS = "deleted", "stopped", "already gone", "remains"


class DeletionResult(NamedTuple):
    """How a deletion ended: `result` is one of the four words above; reason: why it remains."""

    resource: Resource
    result: str
    reason: str = ""


def execute(
    target: Target,
    resources: list[Resource],
    finished_jobs: bool = False,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[DeletionResult]:
    """Stop what runs and wait for it, then delete; yield each result as it comes.

    finished_jobs: also delete jobs that are stopped here, where AWS can. timeout: seconds for each
    resource. Raises none of botocore's errors: a failure is that resource's result.
    """
    operations = ResourceOperations(target)
    to_stop = [resource for resource in resources if _must_stop(resource)]
    for resource in resources:
        if resource in to_stop:
            _try(operations.stop, resource)
        if resource.type == LOG_GROUP:
            # Its endpoint's name shows whose it is, but no longer when the endpoint is gone.
            _try(operations.tag_log_group, resource)
    done = []
    for resource in to_stop:
        result = _Deletion(operations, resource, timeout).stop()
        kept = resource.type.kept_after_end
        deletable = not kept or (finished_jobs and resource.type.delete_operation)
        if result.result != STOPPED or not deletable:
            done.append(resource)
            yield result
    for resource in resources:
        if resource not in done:
            yield _Deletion(operations, resource, timeout).delete()


def _must_stop(resource: Resource) -> bool:
    return bool(resource.running and resource.type.stop_operation)


def _try(operation: Callable[[Resource], None], resource: Resource) -> None:
    """Do something whose failure shows later, in the status of the resource."""
    with contextlib.suppress(BotoCoreError, ClientError):
        operation(resource)


class _Deletion:
    """The stopping or deletion of one resource."""

    def __init__(self, operations: ResourceOperations, resource: Resource, timeout: float):
        self._operations = operations
        self._resource = resource
        self._deadline = time.monotonic() + timeout
        self._pauses = _pauses()
        self._requested = False  # to delete it
        self._failures = 0
        self._status = ""
        self._reason = ""  # of the last failure

    def stop(self) -> DeletionResult:
        """Wait until it has stopped; request it again if it still runs."""
        return self._repeat(self._stop)

    def delete(self) -> DeletionResult:
        """Delete it as soon as its status allows, and wait until it is gone."""
        return self._repeat(self._delete)

    def _stop(self) -> DeletionResult | None:
        if self._status not in self._resource.type.running:
            return self._result(STOPPED)
        if self._status in self._resource.type.stoppable:
            self._operations.stop(self._resource)
        return None

    def _delete(self) -> DeletionResult | None:
        resource, its_type = self._resource, self._resource.type
        if self._requested and self._status in FAILED_DELETION:
            return self._result(REMAINS, self._operations.failure_reason(resource) or self._status)
        if self._status in its_type.stoppable:
            self._operations.stop(resource)
        elif not self._requested and (not its_type.deletable or self._status in its_type.deletable):
            self._operations.delete(resource)
            self._requested = True
            if not its_type.describe_operation:  # S3 and logs are deleted at once
                return self._result(DELETED)
        return None

    def _repeat(self, step: Callable[[], DeletionResult | None]) -> DeletionResult:
        """Read the status and take the step, again and again, until that has a result."""
        while True:
            requested = self._requested
            try:
                self._status = self._operations.status(self._resource)
                result = self._gone(requested) if self._status is None else step()
            except ClientError as error:
                result = self._gone(requested) if is_gone(error) else self._failed(error)
            except (BotoCoreError, DeletionError) as error:
                result = self._failed(error)
            if result:
                return result
            if time.monotonic() > self._deadline:
                return self._result(REMAINS, self._reason or f"still {self._status or 'there'}")
            if requested == self._requested:  # most resources are gone as soon as it is requested
                time.sleep(next(self._pauses))

    def _result(self, result: str, reason: str = "") -> DeletionResult:
        return DeletionResult(self._resource, result, reason)

    def _gone(self, requested: bool) -> DeletionResult:
        return self._result(DELETED if requested else GONE)

    def _failed(self, error: Exception) -> DeletionResult | None:
        """Record a failure; return the result if another attempt is pointless."""
        self._failures += 1
        self._reason = explain(error, self._resource.type.service)
        final = isinstance(error, DeletionError) or self._failures == ATTEMPTS
        if final or is_denied(error) or is_unsupported_locally(error):
            return self._result(REMAINS, self._reason)
        return None


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
