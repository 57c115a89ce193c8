"""When a training job of a tuning job is stopped before its end: the rule of `Auto`."""

import math
from bisect import insort
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Protocol

# AWS doesn't document how many jobs must have ended; the median of fewer says little.
MINIMUM_ENDED_JOBS = 3


class StoppingRule(Protocol):
    """Decides at each epoch whether a trial continues."""

    def start(self, trial: int) -> None:
        """Take the number of a new trial."""

    def report(self, trial: int, step: int, value: float) -> bool:
        """Take the objective after an epoch, counted from 1, and return whether to stop."""

    def end(self, trial: int, *, succeeded: bool) -> None:
        """Take the end of a trial."""


class NeverStop:
    """TrainingJobEarlyStoppingType Off."""

    def start(self, trial: int) -> None:
        """Do nothing."""

    def report(self, trial: int, step: int, value: float) -> bool:
        """Return False."""
        return False

    def end(self, trial: int, *, succeeded: bool) -> None:
        """Do nothing."""


class MedianRule:
    """TrainingJobEarlyStoppingType Auto, as the SageMaker developer guide describes it.

    After each epoch, the running average of the objective up to that epoch is taken for every
    earlier training job; a job whose objective is worse than the median of these is stopped.
    Source: "How Early Stopping Works" in "Stop Training Jobs Early". It leaves open which jobs
    are earlier ones: here all that have ended without failing, at least three.

    Parameters
    ----------
    direction
        Minimize or Maximize.
    curves
        The objective after each epoch of jobs that ended before a restart of the server.
    """

    def __init__(self, direction: str, curves: Iterable[Sequence[float]] = ()):
        self._sign = -1 if direction == "Maximize" else 1
        self._running: dict[int, list[float]] = {}
        self._averages: list[list[float]] = []  # a sorted list for each epoch
        for curve in curves:
            self._add(curve)

    def start(self, trial: int) -> None:
        """Take the number of a new trial."""
        self._running[trial] = []

    def report(self, trial: int, step: int, value: float) -> bool:
        """Take the objective after an epoch, and return whether it is worse than the median."""
        self._running[trial].append(value)
        if step > len(self._averages) or math.isnan(value):
            return False
        averages = self._averages[step - 1]
        if len(averages) < MINIMUM_ENDED_JOBS:
            return False
        return self._sign * value > _median_of_sorted(averages)

    def end(self, trial: int, *, succeeded: bool) -> None:
        """Compare later trials with this one, unless it failed."""
        curve = self._running.pop(trial)
        if succeeded:
            self._add(curve)

    def _add(self, curve: Sequence[float]) -> None:
        totals = accumulate(self._sign * value for value in curve)
        for step, total in enumerate(totals, start=1):
            if not math.isfinite(total):
                return
            if step > len(self._averages):
                self._averages.append([])
            insort(self._averages[step - 1], total / step)


def _median_of_sorted(values: Sequence[float]) -> float:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
