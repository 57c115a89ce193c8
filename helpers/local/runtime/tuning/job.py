"""Run a tuning job: propose hyperparameters, train with them, and learn from the objectives."""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB, TRAINING_JOB
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.training import Observer, mark_stopping
from helpers.local.runtime.tuning import searches
from helpers.local.runtime.tuning.children import as_float32, summary
from helpers.local.runtime.tuning.definitions import definitions, training_request, tuned_names
from helpers.local.runtime.tuning.progress import Progress, value_of
from helpers.local.runtime.tuning.search import Search, make_search
from helpers.local.runtime.workloads import Workload, now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.wire.errors import AwsError

RETRY_SECONDS = 1  # after a quota was exhausted by other training jobs
CreateTrainingJob = Callable[[Document, Document, Observer], None]
"""Called with a CreateTrainingJob request, further members of the document, and the observer."""


@dataclass
class Trial:
    """A set of values that a search has proposed, and the training job that tries it."""

    number: int
    definition: int
    parameters: dict[str, str]
    steps: list[float] = field(default_factory=list)
    is_stopped: bool = False


class TuningJob(Workload):
    """A tuning job. It takes no slot: its training jobs do.

    When the server ends, its status stays: the next server goes on with it.

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
        self._search_lock = threading.Lock()
        self._running: dict[str, Trial] = {}
        self._waiting: Trial | None = None  # for instances that other training jobs use

    def work(self) -> None:
        job = self.document()
        self._prepare(job)
        try:
            while not self._is_over():
                self._start_trials()
                if not (self._running or self._waiting):
                    break  # nothing is left to try
                self._take_event()
        finally:
            self._stop_trials()
        while self._running:
            self._take_event()
        failure = None if self.stopped_by else self._progress.failure(is_at_end=True)
        self.end("Stopped" if self.stopped_by else "Failed" if failure else "Completed", failure)

    def _prepare(self, job: Document) -> None:
        """Read the request, and what was tried before a restart of the server."""
        self._config = job["HyperParameterTuningJobConfig"]
        self._definitions = definitions(job)
        self._deadline = self._deadline_of(job)
        objective = self._definitions[0]["TuningObjective"]
        number_tuned = max(len(tuned_names(definition)) for definition in self._definitions)
        self._progress = Progress(self._config, objective["Type"] == "Minimize", number_tuned)
        self._parents = searches.parents(self.context, self.region, job)
        if job.get("WarmStartConfig", {}).get("WarmStartType") == "IdenticalDataAndAlgorithm":
            self._progress.compare_with(self.name, self._parents)
        earlier = searches.children(self.context, job)
        for child in earlier:
            self._progress.start()
            definition = self._definitions[self._definition_number(child)]
            self._progress.end(summary(child, definition), child["TrainingEndTime"])
        self._searches = [
            self._make_search(number, earlier) for number in range(len(self._definitions))
        ]
        if earlier:
            self._write_progress()

    def _make_search(self, number: int, earlier: list[Document]) -> Search:
        definition = self._definitions[number]
        jobs = [
            child for parent in self._parents for child in searches.children(self.context, parent)
        ]
        jobs += [child for child in earlier if self._definition_number(child) == number]
        results = searches.results(self.context, self.region, jobs, definition)
        return make_search(self._config, definition, results)

    def _definition_number(self, child: Document) -> int:
        name = child.get("TrainingJobDefinitionName")
        names = [definition.get("DefinitionName") for definition in self._definitions]
        return names.index(name) if name in names else 0

    def _deadline_of(self, job: Document) -> float | None:
        """Return when MaxRuntimeInSeconds is over, on the monotonic clock."""
        seconds = self._config["ResourceLimits"].get("MaxRuntimeInSeconds")
        if seconds is None:
            return None
        return time.monotonic() + seconds - (now() - job["CreationTime"]).total_seconds()

    def _is_over(self) -> bool:
        """Tell whether no further training job is to start, and those that run are to stop."""
        if self.context.closing.is_set():
            self.checkpoint()
        is_late = self._deadline is not None and time.monotonic() >= self._deadline
        return bool(
            self.stopped_by
            or is_late
            or self._progress.completion.is_met()
            or self._progress.failure(is_at_end=False)
        )

    def _start_trials(self) -> None:
        limits = self._config["ResourceLimits"]
        most = limits.get("MaxNumberOfTrainingJobs")
        while len(self._running) < limits["MaxParallelTrainingJobs"]:
            if most is not None and self._progress.created >= most:
                return
            self._waiting = self._waiting or self._ask()
            if self._waiting is None or not self._start(self._waiting):
                return
            self._waiting = None

    def _ask(self) -> Trial | None:
        """Ask the searches in turn for the next trial; None if none has any left."""
        count = len(self._searches)
        for number in ((self._progress.created + shift) % count for shift in range(count)):
            with self._search_lock:
                proposal = self._searches[number].ask()
            if proposal is not None:
                return Trial(proposal[0], number, proposal[1])
        return None

    def _start(self, trial: Trial) -> bool:
        """Start a trial's training job; False if a quota does not allow it now."""
        name = f"{self.name}-{self._progress.created + 1:03}-{secrets.token_hex(4)}"
        definition = self._definitions[trial.definition]
        tags = self.context.database.tags(self.arn)
        members = {"TuningJobArn": self.arn}
        if "DefinitionName" in definition:
            members["TrainingJobDefinitionName"] = definition["DefinitionName"]
        self._running[name] = trial
        try:
            self._create(training_request(definition, name, trial.parameters, tags), members, self)
        except AwsError as error:
            del self._running[name]
            if error.code != "ResourceLimitExceeded":
                raise
            return False
        self._progress.start()
        self._write_progress()
        return True

    def _take_event(self) -> None:
        """Wait until a training job has ended or the job is stopped, and take it into account."""
        waits = [RETRY_SECONDS] if self._waiting else []
        if self._deadline is not None and not self._is_over():
            waits.append(max(0, self._deadline - time.monotonic()))
        try:
            child = self._events.get(timeout=min(waits, default=None))
        except queue.Empty:
            return
        self.checkpoint_closing()
        if child is not None:
            self._end_trial(child)

    def checkpoint_closing(self) -> None:
        """Raise WorkloadStoppedError if the server shuts down."""
        if self.context.closing.is_set():
            self.checkpoint()

    def _end_trial(self, child: Document) -> None:
        name = child["TrainingJobName"]
        trial = self._running.pop(name)
        if trial.steps:
            file = searches.steps_file(self.context, self.region, name)
            searches.write_steps(file, trial.steps)
        shown = summary(child, self._definitions[trial.definition])
        with self._search_lock:
            self._searches[trial.definition].tell(trial.number, value_of(shown))
        self._progress.end(shown, child["TrainingEndTime"])
        self._write_progress()

    def _write_progress(self) -> None:
        timestamp = now()

        def change(document: Document) -> None:
            self._progress.write(document)
            document["LastModifiedTime"] = timestamp

        self.change(change)

    def reported(self, name: str, metric: str, value: float) -> None:
        """Take a metric that a training job has logged; stop the job if the search says so."""
        trial = self._running.get(name)
        if metric != OBJECTIVE_METRIC or trial is None or trial.is_stopped:
            return
        trial.steps.append(as_float32(value))
        with self._search_lock:
            search = self._searches[trial.definition]
            trial.is_stopped = search.report(trial.number, len(trial.steps), trial.steps[-1])
        if trial.is_stopped:
            self._stop_trial(name)

    def ended(self, job: Document) -> None:
        """Take notice that a training job has ended."""
        self._events.put(job)

    def _stop_trials(self) -> None:
        for name in list(self._running):
            self._stop_trial(name)

    def _stop_trial(self, name: str) -> None:
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
            return  # the next server goes on
        timestamp = now()

        def change(document: Document) -> None:
            document[self.RESOURCE.status_member] = status
            document["HyperParameterTuningEndTime"] = document["LastModifiedTime"] = timestamp
            seconds = (timestamp - document["CreationTime"]).total_seconds()
            document["ConsumedResources"] = {"RuntimeInSeconds": round(seconds)}
            if reason:
                document["FailureReason"] = reason

        self.change(change)
