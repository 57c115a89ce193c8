"""Run a tuning job: propose hyperparameters, train with them, and learn from the objectives."""

import contextlib
import queue
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB, TRAINING_JOB
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.training import Observer, mark_stopping
from helpers.local.runtime.training_metrics import as_float32
from helpers.local.runtime.tuning import results
from helpers.local.runtime.tuning.children import summary
from helpers.local.runtime.tuning.definitions import definitions, training_request
from helpers.local.runtime.tuning.progress import Progress, value_of
from helpers.local.runtime.tuning.trials import Searches, Trial
from helpers.local.runtime.workloads import Workload, now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.wire.errors import AwsError

LONGEST_WAIT_SECONDS = 3600  # at a time; what is waited for wakes it
RETRY_SECONDS = 1  # after a quota was exhausted by other training jobs, or the disk was full
CreateTrainingJob = Callable[[Document, Document, Observer], object]
"""Called with a CreateTrainingJob request, further members of the document, and the observer."""


class TuningJob(Workload):
    """A tuning job. It takes no slot: its training jobs do.

    When the server ends, its status stays, and the next server continues it.

    Parameters
    ----------
    create
        Creates and starts a training job. Raises AwsError, such as ResourceLimitExceeded.
    """

    RESOURCE = HYPERPARAMETER_TUNING_JOB
    TAKES_SLOT = False
    KILL_SECONDS = 120

    def __init__(self, runner: Runner, region: str, name: str, arn: str, create: CreateTrainingJob):
        super().__init__(runner.context, region, name, arn)
        self._runner, self._create = runner, create
        self._events: queue.SimpleQueue[Document | None] = queue.SimpleQueue()
        self._running: dict[str, Trial] = {}  # by the name of the training job
        self._waiting: Trial | None = None  # for instances that other training jobs use

    def work(self) -> None:
        self._prepare(self.document())
        try:
            while not self._is_over():
                self._start_trials()
                if not (self._running or self._waiting):
                    break  # nothing is left to try
                self._take_event()
        finally:
            for name in list(self._running):
                self._stop_trial(name)
            while self._running and not self.context.closing.is_set():
                self._take_event()
        self._check_shutdown()
        if self.stopped_by:
            self.end("Stopped")
        elif failure := self._failure or self._progress.failure(is_at_end=True):
            self.end("Failed", failure)
        else:
            self.end("Completed")

    def _prepare(self, job: Document) -> None:
        """Read the request, and what was tried before a restart of the server."""
        if job[self.RESOURCE.status_member] == "Stopping":  # by a call before it was started
            self.stop()
        self._config, self._definitions = job["HyperParameterTuningJobConfig"], definitions(job)
        self._deadline = self._deadline_of(job)
        self._progress = Progress(self._config, self._definitions[0]["TuningObjective"]["Type"])
        warm_start = job.get("WarmStartConfig", {}).get("WarmStartType")
        parents = results.parents(self.context, self.region, job)
        if warm_start == "IdenticalDataAndAlgorithm":
            self._progress.compare_with(self.name, parents)
        earlier = results.training_jobs(self.context, job)
        by_definition: list[list[Document]] = [[] for _ in self._definitions]
        for child in earlier:
            number = self._definition_number(child)
            by_definition[number].append(child)
            self._progress.start()
            self._progress.end(summary(child, self._definitions[number]))
        self._progress.count_deleted(job)
        if self._progress.created:
            self._write_progress()
        known = [
            [
                *results.of_parents(self.context, parents, definition, warm_start),
                *results.of_own(self.context, self.region, jobs, definition),
            ]
            for definition, jobs in zip(self._definitions, by_definition, strict=True)
        ]
        self._searches = Searches(self._config, self._definitions, known)

    def _definition_number(self, child: Document) -> int:
        names = [definition.get("DefinitionName") for definition in self._definitions]
        return names.index(child.get("TrainingJobDefinitionName", names[0]))

    def _deadline_of(self, job: Mapping[str, Any]) -> float:
        """Return when MaxRuntimeInSeconds is over, on the monotonic clock."""
        seconds = self._config["ResourceLimits"].get("MaxRuntimeInSeconds", float("inf"))
        return time.monotonic() + seconds - (now() - job["CreationTime"]).total_seconds()

    def _is_over(self) -> bool:
        """Tell whether no further training job is to start, and those that run are to stop."""
        self._check_shutdown()
        self._failure = self._progress.failure(is_at_end=False)
        return bool(
            self._failure
            or self.stopped_by
            or time.monotonic() >= self._deadline
            or self._progress.completion.is_met()
        )

    def _check_shutdown(self) -> None:
        """Raise WorkloadStoppedError if the server shuts down."""
        if self.context.closing.is_set():
            self.checkpoint()

    def _start_trials(self) -> None:
        limits = self._config["ResourceLimits"]
        most = limits.get("MaxNumberOfTrainingJobs", float("inf"))
        while len(self._running) < limits["MaxParallelTrainingJobs"]:
            if self._progress.created >= most:
                return
            if not (self._waiting or self._searches.is_ready(self._progress.created)):
                return  # until one of those that run has ended
            self._waiting = self._waiting or self._searches.ask(self._progress.created)
            if self._waiting is None or not self._start(self._waiting):
                return
            self._waiting = None

    def _start(self, trial: Trial) -> bool:
        """Start a trial's training job; return False if a quota does not allow it now."""
        name = f"{self.name}-{self._progress.created + 1:03}-{secrets.token_hex(4)}"
        definition = self._definitions[trial.definition]
        members = {"TuningJobArn": self.arn}
        if "DefinitionName" in definition:
            members["TrainingJobDefinitionName"] = definition["DefinitionName"]
        tags = self.context.database.tags(self.arn)
        self._running[name] = trial  # it may report before the next line has returned
        try:
            self._create(training_request(definition, name, trial.parameters, tags), members, self)
        except Exception as error:
            del self._running[name]  # there is no such training job, and none will end
            if not _is_temporary(error):
                raise
            return False
        self._progress.start()
        self._write_progress()
        return True

    def _take_event(self) -> None:
        """Wait until a training job has ended, the job is stopped, or its time is over."""
        left = self._deadline - time.monotonic()
        seconds = RETRY_SECONDS if self._waiting else LONGEST_WAIT_SECONDS
        try:
            child = self._events.get(timeout=min(left, seconds) if left > 0 else seconds)
        except queue.Empty:
            return
        self._check_shutdown()
        if child is not None:
            self._end_trial(child)

    def _end_trial(self, child: Document) -> None:
        name = child["TrainingJobName"]
        trial = self._running.pop(name)
        if trial.steps:
            with contextlib.suppress(OSError):  # no space, or no folder: a restart knows less
                results.write_steps(self.context, self.region, name, trial.steps)
        shown = summary(child, self._definitions[trial.definition])
        self._searches.tell(trial, value_of(shown))
        self._progress.end(shown)
        self._write_progress()

    def _write_progress(self) -> None:
        timestamp = now()

        def change(document: Document) -> None:
            self._progress.write(document)
            document["LastModifiedTime"] = timestamp

        while True:
            try:
                return self.change(change)
            except sqlite3.OperationalError:  # the disk is full
                self._check_shutdown()
                time.sleep(RETRY_SECONDS)

    def reported(self, name: str, metric: str, value: float) -> None:
        """Take a metric that a training job has logged; stop the job if the search says so."""
        trial = self._running.get(name)
        if metric != OBJECTIVE_METRIC or trial is None or trial.is_stopped:
            return
        self._searches.report(trial, as_float32(value))
        if trial.is_stopped:
            self._stop_trial(name)

    def ended(self, job: Document) -> None:
        """Take notice that a training job has ended."""
        self._events.put(job)

    def _stop_trial(self, name: str) -> None:
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk: it stops all the same
            self.context.database.change(TRAINING_JOB.arn_type, self.region, name, mark_stopping)
        self._runner.stop(f"{self.arn.rpartition(':')[0]}:{TRAINING_JOB.arn_type}/{name.lower()}")

    def stop(self, why: str = "Stopped") -> None:
        super().stop(why)
        self._events.put(None)

    def kill(self) -> None:
        super().kill()
        self._events.put(None)

    def finish(self, status: str, reason: str | None) -> None:
        if self.context.closing.is_set():
            return  # its status stays: the next server continues it
        timestamp = now()

        def change(document: Document) -> None:
            document[self.RESOURCE.status_member] = status
            document["HyperParameterTuningEndTime"] = document["LastModifiedTime"] = timestamp
            seconds = (timestamp - document["CreationTime"]).total_seconds()
            document["ConsumedResources"] = {"RuntimeInSeconds": round(seconds)}
            if reason:
                document["FailureReason"] = reason

        self.change(change)


def _is_temporary(error: Exception) -> bool:
    """Tell whether a training job can be created later: a quota is exhausted, or the disk full."""
    if isinstance(error, AwsError):
        return error.code == "ResourceLimitExceeded"
    return isinstance(error, sqlite3.OperationalError)
