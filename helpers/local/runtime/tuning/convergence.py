"""Whether a search still improves, for completion criteria that look at the jobs that have ended.

Sources: ConvergenceDetected and HyperParameterTuningJobCompletionDetails in the API reference:
convergence is "a lack of significant improvement (1% or less)"; how many jobs without one it
takes is not published.
"""

import math

SIGNIFICANT_IMPROVEMENT = 0.01  # as a share of the objective before it
MINIMUM_JOBS = 10


class Convergence:
    """Counts the jobs that have ended since the last one that improved the best objective.

    Parameters
    ----------
    direction
        Minimize or Maximize.

    Attributes
    ----------
    jobs_not_improving
        How many these are. An improvement counts if it is larger than 1 %.

    Examples
    --------
    >>> convergence = Convergence("Minimize")
    >>> for value in (5.0, 4.0, 3.99, 4.2):
    ...     convergence.add(value)
    >>> convergence.jobs_not_improving
    2
    """

    def __init__(self, direction: str):
        self._direction = direction
        self._best: float | None = None  # as of the last improvement that counts
        self._jobs = 0
        self.jobs_not_improving = 0

    def add(self, value: float) -> None:
        """Take the objective of the next job that has ended."""
        self._jobs += 1
        if self._best is None or self._is_improvement(value, self._best):
            self._best, self.jobs_not_improving = value, 0
        else:
            self.jobs_not_improving += 1

    def is_detected(self) -> bool:
        """Tell whether the search has converged, for CompleteOnConvergence.

        It has if neither the last ten jobs nor the last half of all jobs improved the objective by
        more than 1 %. The number of jobs is our choice, since AWS's test is not published.
        """
        return self.jobs_not_improving >= max(MINIMUM_JOBS, self._jobs / 2)

    def _is_improvement(self, value: float, best: float) -> bool:
        if math.isnan(best):
            return not math.isnan(value)
        gain = value - best if self._direction == "Maximize" else best - value
        return gain == math.inf or gain > SIGNIFICANT_IMPROVEMENT * abs(best)
