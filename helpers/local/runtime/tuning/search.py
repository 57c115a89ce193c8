"""The search of a tuning job: ask for parameters, report each epoch, tell the result.

This module is imported at the server's start, so it imports Optuna (0.3 s) only for a search.
"""

import random
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.local.runtime.tuning.result import Result

if TYPE_CHECKING:
    from helpers.local.runtime.tuning.early_stopping import StoppingRule
    from helpers.local.runtime.tuning.proposals import Proposals


class Search:
    """A search through the ranges of one training job definition.

    A trial is a training job of the tuning job. Not safe for calls from several threads at once.
    """

    def __init__(self, proposals: "Proposals", stopping: "StoppingRule"):
        self._proposals = proposals
        self._stopping = stopping
        self._next_trial = 0

    def is_ready(self) -> bool:
        """Tell whether `ask` has all results that it depends on; if not, ask after the next one."""
        return self._proposals.is_ready(self._next_trial)

    def ask(self) -> tuple[int, dict[str, str]] | None:
        """Return the number of a new trial and its parameters; None if nothing is left (Grid).

        Parameters are texts as AWS sends them: Python's repr of a float, `8` for an integer, a
        category as in the request.
        """
        parameters = self._proposals.propose(self._next_trial)
        if parameters is None:
            return None
        trial = self._next_trial
        self._next_trial += 1
        self._stopping.start(trial)
        return trial, parameters

    def report(self, trial: int, step: int, value: float) -> bool:
        """Take the objective after an epoch.

        Parameters
        ----------
        trial
            The trial's number.
        step
            How many values it has reported, this one included.
        value
            The objective.

        Returns
        -------
        bool
            Whether to stop the training job now.
        """
        return self._stopping.report(trial, step, value)

    def tell(self, trial: int, value: float | None) -> None:
        """Take the result of a trial; None if it failed or reported no objective."""
        self._proposals.tell(trial, value)
        self._stopping.end(trial, succeeded=value is not None)


def make_search(config: Mapping, definition: Mapping, results: Sequence[Result] = ()) -> Search:
    """Return the search of a tuning job.

    With a RandomSeed, all strategies propose the same parameters each time. Bayesian waits for
    that: see `Search.is_ready`.

    Parameters
    ----------
    config
        HyperParameterTuningJobConfig of the request.
    definition
        A training job definition: TuningObjective, HyperParameterRanges, StaticHyperParameters.
    results
        Of parents (warm start), and of this tuning job before a restart of the server.
    """
    from helpers.local.runtime.tuning import early_stopping, hyperband, proposals, scaling

    seed = config.get("RandomSeed")
    # The results count too: the search does not propose what it proposed before a restart.
    base = f"{secrets.token_hex(8) if seed is None else seed}/{len(results)}"
    tuned = scaling.parameters(definition["HyperParameterRanges"])
    direction = definition["TuningObjective"]["Type"]
    strategy = config["Strategy"]
    if strategy == "Grid":
        source = proposals.Grid(tuned, results)
    elif strategy == "Bayesian":
        delay = None if seed is None else _delay(config.get("ResourceLimits", {}))
        source = proposals.bayesian(tuned, direction, _seed_of(base), results, delay)
    else:
        source = proposals.random_search(tuned, _seed_of(base), results)
    if strategy == "Hyperband":
        rule = hyperband.rule(config, definition, f"brackets of {base}", results)
    elif config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        rule = early_stopping.MedianRule(direction, [r.steps for r in results if r.steps])
    else:
        rule = early_stopping.NeverStop()
    return Search(source, rule)


def _delay(limits: Mapping) -> int:
    """Return the results of how many trials before the new one Bayesian does not use.

    Those that run are among the last `parallel - 1` ones if jobs end in the order in which they
    started, and among twice as many if none is overtaken by `parallel` later ones: then no instance
    waits. A fifth of all trials at most is spent on that: results that come late are worth less.
    """
    others = limits.get("MaxParallelTrainingJobs", 1) - 1
    trials = limits.get("MaxNumberOfTrainingJobs")
    return 2 * others if trials is None else max(others, min(2 * others, trials // 5))


def _seed_of(text: str) -> int:
    """Return a seed of 32 bits, what NumPy's RandomState takes, for any text."""
    return random.Random(text).getrandbits(32)
