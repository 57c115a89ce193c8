"""Stop and delete what a plan names, in order, and look whether it is gone.

It may be killed anywhere and run again, or run twice at the same time: what is gone already counts
as done, and what proves whose another thing is goes after that thing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from helpers.account.cleanup.operations import DeletionError, ResourceOperations
from helpers.account.clients import is_denied, is_gone, is_unsupported_locally, required_action
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import LOG_GROUP, OBJECTS

if TYPE_CHECKING:
    from helpers.account.target import Target

PATIENCE = 900.0  # seconds for one resource to stop and go: a notebook instance takes minutes
TRIES = 3  # of a step that fails for a reason that we don't know
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds between two looks
FAILED_DELETION = ("DELETE_FAILED", "DeleteFailed")

DELETED, STOPPED, GONE, REMAINS = "deleted", "stopped", "already gone", "remains"


class DeletionResult(NamedTuple):
    """How it ended: `result` is one of the four words above; why: if it remains."""

    found: Resource
    result: str
    why: str = ""


def execute(
    place: Target, delete: list[Resource], jobs: bool = False, patience: float = PATIENCE
) -> Iterator[DeletionResult]:
    """Stop what runs and wait for it, then delete; an outcome for each, as it happens.

    jobs: delete jobs too that are stopped here, where AWS can. Raises no error of botocore: what
    goes wrong with a resource is its outcome, and the next one's turn comes.
    """
    steps = ResourceOperations(place)
    for found in delete:
        if found.running and found.kind.stops:
            _attempt(steps.stop, found)
        if found.kind == LOG_GROUP:
            # Its endpoint's name proves whose it is, but not any more when the endpoint is gone.
            _attempt(steps.tag_log_group, found)
    done = []
    for found in delete:
        if found.running and found.kind.stops:
            outcome = _Deletion(steps, found, patience).stop()
            goes = not found.kind.record or (jobs and found.kind.deletes)
            if outcome.result != STOPPED or not goes:
                done.append(found)
                yield outcome
    for found in delete:
        if found not in done:
            yield _Deletion(steps, found, patience).delete()


def _attempt(step: Callable[[Resource], None], found: Resource) -> None:
    """Take a step whose failure shows later: the look at the resource says what came of it."""
    with contextlib.suppress(BotoCoreError, ClientError):
        step(found)


class _Deletion:
    """One resource on its way out."""

    def __init__(self, steps: ResourceOperations, found: Resource, patience: float):
        self._steps = steps
        self._found = found
        self._end = time.monotonic() + patience
        self._pauses = _pauses()
        self._asked = False  # to delete it
        self._failures = 0
        self._status = ""
        self._text = ""  # of the last failure

    def stop(self) -> DeletionResult:
        """Wait until it has stopped, asking it to if it runs on."""
        return self._until(self._stop)

    def delete(self) -> DeletionResult:
        """Delete it as soon as its status allows, and wait until it is gone."""
        return self._until(self._delete)

    def _stop(self) -> DeletionResult | None:
        found = self._found
        if self._status not in found.kind.running:
            return DeletionResult(found, STOPPED)
        if self._status in found.kind.stoppable:
            self._steps.stop(found)
        return None

    def _delete(self) -> DeletionResult | None:
        found, kind = self._found, self._found.kind
        if self._asked and self._status in FAILED_DELETION:
            return DeletionResult(found, REMAINS, self._steps.why(found) or self._status)
        if self._status in kind.stoppable:
            self._steps.stop(found)
        elif self._asked and kind != OBJECTS:  # some may have come since
            return None
        elif not kind.deletable or self._status in kind.deletable:
            self._steps.delete(found)
            self._asked = True
        return None

    def _until(self, step: Callable[[], DeletionResult | None]) -> DeletionResult:
        """Look at its status and take the step, again and again, until that has an outcome."""
        found = self._found
        while True:
            asked = self._asked
            try:
                self._status = self._steps.status(found)
                if self._status is None:
                    return DeletionResult(found, DELETED if asked else GONE)
                if outcome := step():
                    return outcome
            except ClientError as error:
                if is_gone(error):
                    return DeletionResult(found, DELETED if asked else GONE)
                hopeless = is_denied(error) or is_unsupported_locally(error)
                if self._failed(_text(error, found.kind.service)) or hopeless:
                    return DeletionResult(found, REMAINS, self._text)
            except BotoCoreError as error:
                if self._failed(str(error)):
                    return DeletionResult(found, REMAINS, self._text)
            except DeletionError as refused:
                return DeletionResult(found, REMAINS, str(refused))
            if time.monotonic() > self._end:
                return DeletionResult(
                    found, REMAINS, self._text or f"still {self._status or 'there'}"
                )
            if asked == self._asked:  # most things are gone at once when they are deleted
                time.sleep(next(self._pauses))

    def _failed(self, text: str) -> bool:
        """Note a failure; whether it was one too many."""
        self._failures, self._text = self._failures + 1, text
        return self._failures == TRIES


def _text(error: ClientError, service: str) -> str:
    """What went wrong; of a missing permission, which."""
    if is_denied(error):
        return f"you may not; allow the action {required_action(error, service)}"
    if is_unsupported_locally(error):
        return f"the Local SageMaker does not serve {error.operation_name}"
    return str(error)


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
