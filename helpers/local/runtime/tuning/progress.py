"""How far a tuning job is: its counters, its best training job, and whether it has failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.local.runtime.tuning.completion import Completion
from helpers.local.state.database import Document

ATTEMPTS = 5  # if none of the first ones succeeds, the tuning job has failed
NO_SUCCESS = (
    "No training job succeeded after 5 attempts. For additional details, please take a look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)
_STATUSES = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
_OBJECTIVES = ("Succeeded", "Pending", "Failed")


class Progress:
    """The counters and the best training job of a tuning job.

    Parameters
    ----------
    config
        The HyperParameterTuningJobConfig.
    direction
        "Minimize" or "Maximize".
    """

    def __init__(self, config: Mapping[str, Any], direction: str):
        self.completion = Completion(config, direction)
        self.created = 0
        self._best: Document | None = None
        self._statuses: Counter[str] = Counter()
        self._objectives: Counter[str] = Counter()
        self._name, self._rivals = "", []

    def compare_with(self, name: str, parents: Sequence[Document]) -> None:
        """Look for the best training job of a tuning job, by its name, and of its parents too."""
        self._name = name
        self._rivals = [
            parent["BestTrainingJob"] | {"TuningJobName": parent["HyperParameterTuningJobName"]}
            for parent in parents
            if "BestTrainingJob" in parent
        ]

    def start(self) -> None:
        """Count a training job that was started."""
        self.created += 1
        self._statuses["InProgress"] += 1
        self._objectives["Pending"] += 1

    def end(self, child: Mapping[str, Any]) -> None:
        """Count a training job that has ended, by its summary."""
        self._statuses["InProgress"] -= 1
        self._objectives["Pending"] -= 1
        self._statuses[_counted_status(child)] += 1
        self._objectives[child["ObjectiveStatus"]] += 1
        value = value_of(child)
        if value is not None and self.completion.add(value, child["TrainingEndTime"]):
            self._best = {name: item for name, item in child.items() if name != "FailureReason"}

    def count_deleted(self, document: Mapping[str, Any]) -> None:
        """Count the training jobs that were deleted before a restart, after all others have ended.

        document: with the counters that `write` wrote last.
        """
        for counters, member, busy in (
            (self._statuses, "TrainingJobStatusCounters", "InProgress"),
            (self._objectives, "ObjectiveStatusCounters", "Pending"),
        ):
            for name, number in document[member].items():
                if name != busy:
                    counters[name] = max(counters[name], number)
        self.created = max(self.created, self._statuses.total())

    def write(self, document: Document) -> None:
        """Write the counters, the best training job and the completion details of a Describe."""
        document["TrainingJobStatusCounters"] = {name: self._statuses[name] for name in _STATUSES}
        document["ObjectiveStatusCounters"] = {name: self._objectives[name] for name in _OBJECTIVES}
        if self._best is not None:
            document["BestTrainingJob"] = self._best
            document["TuningJobCompletionDetails"] = self.completion.details()
            if self._name:
                document["OverallBestTrainingJob"] = self._overall_best()

    def _overall_best(self) -> Document:
        best = self._best | {"TuningJobName": self._name}
        for rival in self._rivals:
            if self.completion.is_better(value_of(rival), value_of(best)):
                best = rival
        return best

    def failure(self, is_at_end: bool) -> str | None:
        """Return the FailureReason if the tuning job has failed, else None.

        is_at_end: no training job runs, and none will.
        """
        ended = self.created - self._statuses["InProgress"]
        attempts = ended - self._statuses["RetryableError"]  # such as a restart of the server
        if self._objectives["Succeeded"] or not (is_at_end or attempts >= ATTEMPTS):
            return None
        if self._statuses["Completed"] + self._statuses["Stopped"] == 0 and ended >= ATTEMPTS:
            return NO_SUCCESS
        return (
            f"None of the {ended} training jobs that have ended succeeded and logged the objective "
            "metric. List the training jobs of this tuning job for the reasons of those that "
            "failed, and look into the logs of the others: is there a channel that the metric is "
            "computed on? (The wording is that of the Local SageMaker.)"
        )


def value_of(child: Mapping[str, Any]) -> float | None:
    """Return the objective of a summary, None if it counts as failed."""
    if child["ObjectiveStatus"] != "Succeeded":
        return None
    return child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


def _counted_status(child: Mapping[str, Any]) -> str:
    if child["TrainingJobStatus"] != "Failed":
        return child["TrainingJobStatus"]
    is_internal = child.get("FailureReason", "").startswith("InternalServerError")
    return "RetryableError" if is_internal else "NonRetryableError"
