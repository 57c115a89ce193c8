"""What training and transform jobs share: a thread that moves one job through its statuses."""

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

from helpers.home import Home
from helpers.local.runtime.processes import ContainerProcess
from helpers.local.runtime.status_events import StatusEvents
from helpers.local.state.database import Database, Document
from helpers.local.state.logs.store import LogStore, LogStreamWriter

ABANDONED = (
    "InternalServerError: We encountered an internal error. Please try again. "
    "(The Local SageMaker stopped while this job was running.)"
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
STOP_SECONDS = 120  # from SIGTERM to SIGKILL (API_StopTrainingJob)
CLOSE_SECONDS = 5  # for all jobs together, when the server stops
RETRY_SECONDS = 1
WAIT_SECONDS = 0.2  # between two looks of a waiting job at whether it was stopped
REASON_LENGTH = 1024  # the longest FailureReason of the service model
IN_PROGRESS = {"InProgress", "Stopping"}


class JobFailedError(Exception):
    """The job ends as Failed; the text is its FailureReason."""


class Job:
    """One job: its document in the database, its folder, its container, its log.

    A kind of job names its resource, as the database (KIND) and the members of its document
    (MEMBER) do, and does its work in `work()`, which calls `checkpoint()` between steps so that a
    stop is heard.
    """

    KIND: str  # training-job
    MEMBER: str  # TrainingJob, as in TrainingJobName and TrainingJobStatus
    TAKES_SLOT = True  # it computes: as many run at a time as there are processors

    def __init__(self, workshop: "JobRunner", region: str, name: str, arn: str):
        self.workshop, self.region, self.name, self.arn = workshop, region, name, arn
        self.folder = job_folder(workshop.home, self.KIND, region, name)
        self.stopped_by: str | None = None
        self._process: ContainerProcess | None = None
        self._lock = threading.Lock()

    def run(self) -> None:
        """From start to end; whatever happens, the job has a final status afterwards."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.work()
        except JobStoppedError:
            self._end("Stopped", None)
        except JobFailedError as failure:
            self._end("Failed", shorten(str(failure)))
        except Exception as error:
            traceback.print_exc()  # to the server's log
            self._end("Failed", INTERNAL + _what_to_do(error))

    def _end(self, status: str, reason: str | None) -> None:
        """Finish, and not give up: a job without a final status would be waited for, for ever."""
        while True:
            try:
                return self.finish(status, reason)
            except sqlite3.OperationalError:  # the disk is full
                traceback.print_exc()
                time.sleep(RETRY_SECONDS)

    def work(self) -> None:
        raise NotImplementedError

    def finish(self, status: str, reason: str | None) -> None:
        raise NotImplementedError

    def change(self, change: Callable[[Document], None]) -> None:
        """Change the job's document, and tell everyone who waits for it."""
        self.workshop.database.change(self.KIND, self.region, self.name, change)
        self.workshop.statuses.notify(self.arn)

    def start_container(
        self, entry: str, args: tuple, log: LogStreamWriter | Callable
    ) -> ContainerProcess:
        """Start the job's process. Raises Stopped if the job was stopped meanwhile."""
        write = log.write if isinstance(log, LogStreamWriter) else log
        with self._lock:
            self.checkpoint()
            self._process = ContainerProcess(entry, args, write)
        return self._process

    def stop(self, why: str = "Stopped") -> None:
        """Ask the job to end: SIGTERM to its container now, SIGKILL after two minutes."""
        with self._lock:
            first, self.stopped_by = not self.stopped_by, self.stopped_by or why
            if first and self._process is not None:
                self._process.terminate()
                killer = threading.Timer(STOP_SECONDS, self._process.kill)
                killer.daemon = True
                killer.start()
        self.workshop.statuses.notify(self.arn)

    def kill(self) -> None:
        """The server goes: nothing of the job may live on."""
        with self._lock:
            self.stopped_by = self.stopped_by or "Stopped"
            if self._process is not None:
                self._process.kill()

    def checkpoint(self) -> None:
        if self.stopped_by or self.workshop.closing:
            raise JobStoppedError


class JobStoppedError(Exception):
    """The job was stopped between two of its steps."""


class JobRunner:
    """Where jobs run: what they share, and which of them run now."""

    def __init__(self, home: Home, database: Database, logs: LogStore, slots: int):
        self.home, self.database, self.logs = home, database, logs
        self.statuses = StatusEvents()
        self._slots = threading.Semaphore(slots)
        self._jobs: dict[str, Job] = {}
        self._threads: set[threading.Thread] = set()
        self._closing = False

    def start(self, job: Job) -> None:
        """Run a job in a thread of its own, as soon as a processor is free for it."""
        self._jobs[job.arn] = job
        thread = threading.Thread(target=self._run, args=(job,), name=job.name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _run(self, job: Job) -> None:
        has_slot = False
        try:
            # a job that waits can be stopped too
            while job.TAKES_SLOT and not has_slot and not job.stopped_by:
                has_slot = self._slots.acquire(timeout=WAIT_SECONDS)
            job.run()
        except sqlite3.ProgrammingError:
            if not self._closing:  # else the database is closed: the next start fails the job
                raise
        finally:
            if has_slot:
                self._slots.release()
            if self._jobs.get(job.arn) is job:  # what was stopped may have been started again
                del self._jobs[job.arn]
            self._threads.discard(threading.current_thread())

    def stop(self, arn: str) -> None:
        """Stop a job if it still runs."""
        job = self._jobs.get(arn)
        if job is not None:
            job.stop()

    def close(self) -> None:
        """The server shuts down: end what runs, and say so in each job's FailureReason.

        A job that does not hear of it in time is told so at the next start.
        """
        self._closing = True
        for job in list(self._jobs.values()):
            job.kill()
        end = time.monotonic() + CLOSE_SECONDS
        for thread in list(self._threads):
            thread.join(timeout=max(0, end - time.monotonic()))
        self.statuses.close()

    @property
    def closing(self) -> bool:
        return self._closing


def recover(workshop: JobRunner, kind: type[Job], fail: Callable[[Document], None]) -> None:
    """After a restart: a job that was running is Failed, by `fail`, and its folder goes."""
    for job in workshop.database.every(kind.KIND):
        if job[f"{kind.MEMBER}Status"] in IN_PROGRESS:
            region, name = job[f"{kind.MEMBER}Arn"].split(":")[3], job[f"{kind.MEMBER}Name"]
            shutil.rmtree(job_folder(workshop.home, kind.KIND, region, name), ignore_errors=True)
            workshop.database.change(kind.KIND, region, name, fail)


def job_folder(home: Home, kind: str, region: str, name: str) -> Path:
    return home.jobs / kind / region / name


def container_folder(folder: Path) -> Path:
    """Make the job's folder in the shape of /opt/ml (the container contract)."""
    opt_ml = folder / "opt_ml"
    for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
        (opt_ml / name).mkdir(parents=True, exist_ok=True)
    return opt_ml


def now() -> datetime:
    return datetime.now(UTC)


def seconds_between(start: datetime, end: datetime) -> int:
    """Whole seconds as AWS counts them: a job that ran at all has at least one."""
    return max(1, ceil((end - start).total_seconds()))


def _what_to_do(error: Exception) -> str:
    """What a learner can do about an error of this machine, in the words of the FailureReason."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or isinstance(error, sqlite3.OperationalError):
        return f" (The Local SageMaker can't write its home folder: {error}. Free some disk space.)"
    return " (`python -m helpers local logs` says why.)"


def shorten(reason: str) -> str:
    """A FailureReason of at most 1,024 characters. Its end is kept: that line helps."""
    if len(reason) <= REASON_LENGTH:
        return reason
    head = REASON_LENGTH // 3
    return f"{reason[:head]} ... {reason[-(REASON_LENGTH - head - 5) :]}"
