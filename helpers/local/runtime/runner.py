"""Run workloads, each in a thread, and know which of them run now."""

import sqlite3
import threading
import time

from helpers.local.runtime.context import Context
from helpers.local.runtime.slots import Slots
from helpers.local.runtime.workloads import Workload

CLOSE_SECONDS = 5  # for all workloads together, when the server stops


class Runner:
    """Runs the workloads of a server: of those that compute, as many at a time as it has slots."""

    def __init__(self, context: Context, slots: int):
        self.context = context
        self._slots = Slots(slots)
        self._workloads: dict[str, Workload] = {}
        self._undescribed: set[str] = set()
        self._threads: set[threading.Thread] = set()

    def start(self, workload: Workload) -> None:
        """Run a workload in a thread, as soon as the slots that it takes are free."""
        self._workloads[workload.arn] = workload
        thread = threading.Thread(
            target=self._run, args=(workload,), name=workload.name, daemon=True
        )
        self._threads.add(thread)
        thread.start()

    def _run(self, workload: Workload) -> None:
        taken = 0
        try:
            if wanted := workload.slots():
                # one that waits can be stopped too
                taken = self._slots.take(wanted, lambda: bool(workload.stopped_by))
            workload.run()
        except sqlite3.ProgrammingError:
            # At shutdown the database is closed already: the next start writes the job's end.
            if not self.context.closing.is_set():
                raise
        finally:
            self._slots.give_back(taken)
            # what was stopped may have been started again
            if self._workloads.get(workload.arn) is workload:
                del self._workloads[workload.arn]
                self._undescribed.discard(workload.arn)
            self._threads.discard(threading.current_thread())

    def find(self, arn: str) -> Workload | None:
        """Return a resource's workload if it runs now."""
        return self._workloads.get(arn)

    def stop(self, arn: str) -> None:
        """Stop a resource's workload if it still runs."""
        if workload := self._workloads.get(arn):
            workload.stop()

    def wait_until_ended(self, arn: str) -> None:
        """Wait until a resource's workload has cleaned up, which it does after its last status."""
        while arn in self._workloads:
            time.sleep(0.01)

    def note_undescribed(self, arn: str) -> None:
        """Remember, while a resource runs, that its next description is not part of a wait.

        It follows a Create or a list: a client that waits only describes.
        """
        if arn in self._workloads:
            self._undescribed.add(arn)

    def is_first_description(self, arn: str) -> bool:
        """Tell whether a resource is described for the first time since a Create or a list."""
        first = arn in self._undescribed
        self._undescribed.discard(arn)
        return first

    def close(self) -> None:
        """End what runs because the server shuts down, and say so in each job's FailureReason.

        A job that doesn't end in time gets its reason at the next start.
        """
        self.context.closing.set()
        for workload in list(self._workloads.values()):
            workload.kill()
        end = time.monotonic() + CLOSE_SECONDS
        for thread in list(self._threads):
            thread.join(timeout=max(0, end - time.monotonic()))
        self.context.statuses.close()
