"""Completion criteria that look at the values of the jobs that have ended.

Sources: ConvergenceDetected and HyperParameterTuningJobCompletionDetails in the API reference:
convergence is "a lack of significant improvement (1% or less)"; how many jobs without one it
takes is not published.
"""

import math
from collections.abc import Sequence

SIGNIFICANT_IMPROVEMENT = 0.01
MINIMUM_JOBS = 10


def jobs_not_improving(
    values: Sequence[float], direction: str, threshold: float = SIGNIFICANT_IMPROVEMENT
) -> int:
    """Return how many jobs have ended since the last one that improved the best objective.

    Parameters
    ----------
    values
        The objectives of the jobs, in the order in which these ended.
    direction
        Minimize or Maximize.
    threshold
        An improvement counts if it is larger than this share of the objective before it.

    Examples
    --------
    >>> jobs_not_improving([5.0, 4.0, 3.99, 4.2], "Minimize")
    2
    """
    best = None
    count = 0
    for value in values:
        if best is None:
            best = value
            continue
        gain = value - best if direction == "Maximize" else best - value
        is_first_number = math.isnan(best) and not math.isnan(value)
        if is_first_number or gain == math.inf or gain > threshold * abs(best):
            best, count = value, 0
        else:
            count += 1
    return count


def has_converged(values: Sequence[float], direction: str) -> bool:
    """Return whether a search has converged, for CompleteOnConvergence.

    It has if neither the last ten jobs nor the last half of all jobs improved the objective by
    more than 1 %. The number of jobs is our choice, since AWS's test is not published.

    Parameters
    ----------
    values
        The objectives of the jobs, in the order in which these ended.
    direction
        Minimize or Maximize.
    """
    return jobs_not_improving(values, direction) >= max(MINIMUM_JOBS, len(values) / 2)
