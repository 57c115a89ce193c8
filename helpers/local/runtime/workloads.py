"""What runs for a resource: a folder, a log and processes, from its start to its end.

A `Job` ends by itself and has a final status then; a `Service` stays until it is stopped, and comes
back with the next server.
"""

import errno
import shutil
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from helpers.catalog.resource_types import ResourceType
from helpers.local.containers.contract import Entry
from helpers.local.home import Home
from helpers.local.runtime.context import Context
from helpers.local.runtime.processes import ContainerProcess
from helpers.local.state import disk_reserve
from helpers.local.state.database import Document

ABANDONED = (
    "InternalServerError: We encountered an internal error. Please try again. "
    "(The Local SageMaker stopped while this job was running.)"
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
RETRY_SECONDS = 1
REASON_LENGTH = 1024  # the longest FailureReason of the service model


class WorkloadFailedError(Exception):
    """The workload ends as Failed; the text is its FailureReason."""


class WorkloadStoppedError(Exception):
    """The workload was stopped between two of its steps."""


class Workload:
    """What runs for one resource.

    A subclass names its resource type, does its work in `work`, which calls `checkpoint` between
    its steps so that a stop takes effect, and writes the final status in `finish`.
    """

    RESOURCE: ResourceType
    TAKES_SLOT: bool  # it computes: as many run at a time as there are processors
    KILL_SECONDS: float  # from SIGTERM to SIGKILL when it is stopped

    def __init__(self, context: Context, region: str, name: str, arn: str):
        self.context, self.region, self.name, self.arn = context, region, name, arn
        self.folder = workload_folder(context.home, self.RESOURCE, region, name)
        self.stopped_by: str | None = None
        self._processes: list[ContainerProcess] = []
        self._kill_timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def slots(self) -> int:
        """Return how many of the runner's slots it takes."""
        return int(self.TAKES_SLOT)

    def run(self) -> None:
        """Run from start to end; whatever happens, the resource has a final status afterwards."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.work()
        except WorkloadStoppedError:
            self.end("Stopped")
        except WorkloadFailedError as failure:
            self._kill_processes()
            self.end("Failed", shorten(str(failure)))
        except Exception as error:
            traceback.print_exc()  # to the server's log
            self._kill_processes()
            self.end("Failed", INTERNAL + _what_to_do(error))
        finally:
            with self._lock:
                if self._kill_timer:
                    self._kill_timer.cancel()

    def end(self, status: str, reason: str | None = None) -> None:
        """Write the final status, again and again: without one a client would wait forever."""
        reserve = self.context.home.disk_reserve
        while True:
            try:
                self.finish(status, reason)
                return disk_reserve.keep(reserve)
            except (OSError, sqlite3.OperationalError):  # the disk is full
                traceback.print_exc()
                if not disk_reserve.release(reserve):
                    time.sleep(RETRY_SECONDS)

    def work(self) -> None:
        """Do the work. Raises WorkloadFailedError, WorkloadStoppedError."""
        raise NotImplementedError

    def finish(self, status: str, reason: str | None) -> None:
        """Write the final status, and the reason of a failure, to the resource's document."""
        raise NotImplementedError

    def document(self) -> Document:
        """Return the resource as the database has it now."""
        return self.context.database.get(self.RESOURCE.arn_type, self.region, self.name)

    def change(self, change: Callable[[Document], None]) -> None:
        """Change the resource's document, and tell everyone who waits for it."""
        self.context.database.change(self.RESOURCE.arn_type, self.region, self.name, change)
        self.context.statuses.notify(self.arn)

    def start_process(
        self, entry: Entry, on_lines: Callable[[list[str]], object], gather_seconds: float = 0
    ) -> ContainerProcess:
        """Start one of its processes. Raises WorkloadStoppedError if it was stopped meanwhile."""
        with self._lock:
            self.checkpoint()
            self._processes = [process for process in self._processes if process.running()]
            process = ContainerProcess(entry, on_lines, gather_seconds)
            self._processes.append(process)
        return process

    def stop(self, why: str = "Stopped") -> None:
        """Ask it to end: SIGTERM to its processes now, SIGKILL to those that don't obey."""
        with self._lock:
            first, self.stopped_by = not self.stopped_by, self.stopped_by or why
            if first and any(process.running() for process in self._processes):
                for process in self._processes:
                    process.terminate()
                self._kill_timer = threading.Timer(self.KILL_SECONDS, self.kill)
                self._kill_timer.daemon = True
                self._kill_timer.start()
        self.context.statuses.notify(self.arn)

    def kill(self) -> None:
        """End all its processes at once."""
        self.stopped_by = self.stopped_by or "Stopped"
        self._kill_processes()

    def _kill_processes(self) -> None:
        with self._lock:
            for process in self._processes:
                process.kill()

    def checkpoint(self) -> None:
        """Raise WorkloadStoppedError if it was stopped, or if the server shuts down."""
        if self.stopped_by or self.context.closing.is_set():
            raise WorkloadStoppedError


class Job(Workload):
    """A workload that ends by itself. A subclass writes the end in `close`."""

    TAKES_SLOT = True
    KILL_SECONDS = 120  # API_StopTrainingJob

    def finish(self, status: str, reason: str | None) -> None:
        if self.context.closing.is_set() and status != "Completed":
            status, reason = "Failed", ABANDONED
        self.change(lambda document: self.close(document, status, reason))
        self.clean_up()

    def close(self, document: Document, status: str, reason: str | None) -> None:
        """Write the end of the job into its document."""
        raise NotImplementedError

    def clean_up(self) -> None:
        """Remove what the job's end made useless."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    def recover(cls, context: Context) -> None:
        """After a restart: a job that was running is Failed, with a reason; its folder goes."""
        resource = cls.RESOURCE
        for document in context.database.list_by_status(resource.arn_type, None, resource.busy):
            arn, name = document[resource.arn_member], document[resource.name_member]
            job = cls(context, arn.split(":")[3], name, arn)
            shutil.rmtree(job.folder, ignore_errors=True)
            job.change(lambda document, job=job: job.close(document, "Failed", ABANDONED))


class Service(Workload):
    """A workload that stays until it is stopped; it comes back with the next server."""

    TAKES_SLOT = False  # it waits for requests, and no job should wait for it

    def finish(self, status: str, reason: str | None) -> None:
        if self.context.closing.is_set():
            return  # its status stays: the next server brings it back
        timestamp = now()

        def change(document: Document) -> None:
            document[self.RESOURCE.status_member] = status
            document["LastModifiedTime"] = timestamp
            if reason:
                document["FailureReason"] = reason

        self.change(change)


def workload_folder(home: Home, resource: ResourceType, region: str, name: str) -> Path:
    """Return the folder of a workload."""
    return home.jobs / resource.arn_type / region / name


def container_folder(folder: Path) -> Path:
    """Make a folder in the shape of /opt/ml (the container contract), and return it."""
    opt_ml = folder / "opt_ml"
    for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
        (opt_ml / name).mkdir(parents=True, exist_ok=True)
    return opt_ml


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def seconds_between(start: datetime, end: datetime) -> int:
    """Return whole seconds as AWS counts them: a job that ran at all has at least one."""
    return max(1, ceil((end - start).total_seconds()))


def _what_to_do(error: Exception) -> str:
    """Say what a learner can do about an error of this machine."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or isinstance(error, sqlite3.OperationalError):
        return f" (The Local SageMaker can't write its home folder: {error}. Free some disk space.)"
    return " (`python -m helpers local logs` says why.)"


def shorten(reason: str) -> str:
    """Cut a FailureReason to 1,024 characters, in the middle: its last line helps most."""
    if len(reason) <= REASON_LENGTH:
        return reason
    head = REASON_LENGTH // 3
    return f"{reason[:head]} ... {reason[-(REASON_LENGTH - head - 5) :]}"
