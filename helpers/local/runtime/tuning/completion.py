"""Criteria by which a tuning job completes before its limits are reached."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from helpers.local.runtime.tuning.convergence import Convergence


class Completion:
    """The best objective, and whether one of the TuningJobCompletionCriteria is met.

    The criteria and the details are members of the service model.

    Parameters
    ----------
    config
        The HyperParameterTuningJobConfig.
    direction
        "Minimize" or "Maximize".
    """

    def __init__(self, config: Mapping[str, Any], direction: str):
        criteria = config.get("TuningJobCompletionCriteria", {})
        self._target = criteria.get("TargetObjectiveMetricValue")
        not_improving = criteria.get("BestObjectiveNotImproving", {})
        self._most_not_improving = not_improving.get("MaxNumberOfTrainingJobsNotImproving")
        convergence = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence")
        self._ends_on_convergence = convergence == "Enabled"
        self._direction = direction
        self._convergence = Convergence(direction)
        self._best: float | None = None
        self._converged_at: datetime | None = None

    def add(self, value: float, ended_at: datetime) -> bool:
        """Take the objective of the next training job that succeeded; return whether it is best."""
        self._convergence.add(value)
        if self._converged_at is None and self._convergence.is_detected():
            self._converged_at = ended_at
        is_best = self._best is None or self.is_better(value, self._best)
        if is_best:
            self._best = value
        return is_best

    def is_better(self, value: float, other: float) -> bool:
        """Tell whether an objective is better than another one, as any is than NaN."""
        if math.isnan(other):
            return not math.isnan(value)
        return value > other if self._direction == "Maximize" else value < other

    def is_met(self) -> bool:
        """Tell whether the tuning job has reached one of its criteria."""
        if self._best is None:
            return False
        has_target = self._target is not None and not self.is_better(self._target, self._best)
        most = self._most_not_improving
        return (
            has_target
            or (most is not None and self._convergence.jobs_not_improving >= most)
            or (self._ends_on_convergence and self._converged_at is not None)
        )

    def details(self) -> dict[str, Any]:
        """Return the TuningJobCompletionDetails."""
        details: dict[str, Any] = {
            "NumberOfTrainingJobsObjectiveNotImproving": self._convergence.jobs_not_improving
        }
        if self._converged_at is not None:
            details["ConvergenceDetectedTime"] = self._converged_at
        return details
