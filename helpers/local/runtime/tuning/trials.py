"""What the searches of a tuning job propose: trials, each with a training job that tries it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.local.runtime.tuning.result import Result
from helpers.local.runtime.tuning.search import make_search


@dataclass
class Trial:
    """A set of values that a search has proposed.

    Parameters
    ----------
    number
        Of the trial in its search.
    definition
        The number of the training job definition, and of its search.
    parameters
        The values of the hyperparameters that are tuned.
    steps
        The objective after each epoch of its training job.
    is_stopped
        Whether the search wants it to stop early.
    """

    number: int
    definition: int
    parameters: dict[str, str]
    steps: list[float] = field(default_factory=list)
    is_stopped: bool = False


class Searches:
    """The searches of a tuning job, one for each of its definitions; for any thread.

    Parameters
    ----------
    config
        The HyperParameterTuningJobConfig.
    definitions
        The training job definitions, with objective and ranges.
    results
        What is known already, for each definition.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        definitions: Sequence[Mapping[str, Any]],
        results: Sequence[Sequence[Result]],
    ):
        self._lock = threading.Lock()
        pairs = zip(definitions, results, strict=True)
        self._searches = [make_search(config, definition, known) for definition, known in pairs]

    def is_ready(self, turn: int) -> bool:
        """Tell whether the search whose turn it is has all results that its next trial needs."""
        with self._lock:
            return self._searches[turn % len(self._searches)].is_ready()

    def ask(self, turn: int) -> Trial | None:
        """Return the next trial; None if no search has any left.

        turn: whose turn it is. Definitions take turns, as long as their searches propose something.
        """
        count = len(self._searches)
        with self._lock:
            for number in ((turn + shift) % count for shift in range(count)):
                if (proposal := self._searches[number].ask()) is not None:
                    return Trial(proposal[0], number, proposal[1])
        return None

    def report(self, trial: Trial, value: float) -> None:
        """Take the objective after an epoch of a trial's training job."""
        with self._lock:
            trial.steps.append(value)
            search = self._searches[trial.definition]
            trial.is_stopped = search.report(trial.number, len(trial.steps), value)

    def tell(self, trial: Trial, value: float | None) -> None:
        """Take the objective of a trial's training job at its end, None if it has none."""
        with self._lock:
            self._searches[trial.definition].tell(trial.number, value)
