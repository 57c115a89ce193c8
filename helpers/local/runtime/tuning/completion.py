"""When a tuning job has found what it looks for, before its limits are reached."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

IMPROVEMENT = (
    0.01  # of the best objective: less counts as none (MaxNumberOfTrainingJobsNotImproving)
)
CONVERGED_AFTER = 10  # training jobs without improvement, and as many more as hyperparameters


class Completion:
    """The best objective, and whether one of the TuningJobCompletionCriteria is met.

    Source: TuningJobCompletionCriteria in the service model. How AWS detects convergence is not
    public: here it is a number of training jobs in a row that did not improve the best objective.

    Parameters
    ----------
    config
        The HyperParameterTuningJobConfig.
    is_minimized
        Whether a lower objective is better.
    number_tuned
        How many hyperparameters are tuned.
    """

    def __init__(self, config: Mapping[str, Any], is_minimized: bool, number_tuned: int):
        criteria = config.get("TuningJobCompletionCriteria", {})
        self._target = criteria.get("TargetObjectiveMetricValue")
        not_improving = criteria.get("BestObjectiveNotImproving", {})
        self._most_not_improving = not_improving.get("MaxNumberOfTrainingJobsNotImproving")
        convergence = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence")
        self._ends_on_convergence = convergence == "Enabled"
        self._converged_after = CONVERGED_AFTER + number_tuned
        self._sign = -1 if is_minimized else 1
        self._best: float | None = None
        self._not_improving = 0
        self._converged_at: datetime | None = None

    def add(self, value: float | None, ended_at: datetime) -> bool:
        """Take the objective of the next training job; return whether it is the best."""
        is_best = value is not None and self.is_better(value, self._best)
        if is_best and self._improves(value):
            self._not_improving = 0
        elif self._best is not None:
            self._not_improving += 1
        if is_best:
            self._best = value
        if self._not_improving >= self._converged_after and self._converged_at is None:
            self._converged_at = ended_at
        return is_best

    def is_better(self, value: float, other: float | None) -> bool:
        """Tell whether an objective is better than another one, or the first."""
        return other is None or self._sign * value > self._sign * other

    def _improves(self, value: float) -> bool:
        if self._best is None:
            return True
        return self._sign * (value - self._best) >= IMPROVEMENT * abs(self._best)

    def is_met(self) -> bool:
        """Tell whether the tuning job has reached one of its criteria."""
        if self._best is None:
            return False
        if self._target is not None and not self.is_better(self._target, self._best):
            return True
        most = self._most_not_improving
        if most is not None and self._not_improving >= most:
            return True
        return self._ends_on_convergence and self._converged_at is not None

    def details(self) -> dict[str, Any]:
        """Return the TuningJobCompletionDetails."""
        details: dict[str, Any] = {"NumberOfTrainingJobsObjectiveNotImproving": self._not_improving}
        if self._converged_at is not None:
            details["ConvergenceDetectedTime"] = self._converged_at
        return details
