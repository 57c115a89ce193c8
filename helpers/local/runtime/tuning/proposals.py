"""Where the parameters of the next training job come from: Grid, or Optuna's samplers."""

import itertools
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from helpers.local.runtime.tuning.result import Result
from helpers.local.runtime.tuning.scaling import Parameter, Value
from helpers.local.runtime.tuning.tpe import CachedTPESampler

# Optuna logs each study to stderr. Its warnings of experimental features are not silenced: none
# is used.
optuna.logging.set_verbosity(optuna.logging.WARNING)

# TPE needs results to learn from. Five leave 15 of 20 jobs to it, and were no worse than ten with
# 50 jobs (Branin, Hartmann 6, Rosenbrock; 20 seeds).
_RANDOM_TRIALS = 5
# What a sampler may propose again before an untried combination is drawn
_ATTEMPTS = 4
# Up to this many combinations, the untried ones are listed to draw one.
_LISTED_COMBINATIONS = 20_000
# Of the points of parents with other data (TransferLearning)
_TRANSFERRED_POINTS = 5


class Proposals(Protocol):
    """A source of parameters."""

    def is_ready(self, trial: int) -> bool:
        """Tell whether all results that the parameters of a new trial depend on are there."""

    def propose(self, trial: int) -> dict[str, str] | None:
        """Return the parameters of a new trial; None if there are no more."""

    def tell(self, trial: int, value: float | None) -> None:
        """Take the objective of a trial; None if it failed."""


class Grid:
    """Each combination of categories once, in the order of the request, the last varying fastest.

    Optuna's GridSampler raises a RuntimeError when the last point of its grid is told.
    """

    def __init__(self, parameters: Sequence[Parameter], results: Sequence[Result] = ()):
        names = [parameter.name for parameter in parameters]
        usable = [result.parameters for result in results if not result.transferred]
        done = {tuple(texts.get(name) for name in names) for texts in usable}
        rows = itertools.product(*(parameter.values for parameter in parameters))
        self._remaining = (dict(zip(names, row, strict=True)) for row in rows if row not in done)

    def is_ready(self, trial: int) -> bool:
        """Return True: the order is fixed."""
        return True

    def propose(self, trial: int) -> dict[str, str] | None:
        """Return the next combination."""
        return next(self._remaining, None)

    def tell(self, trial: int, value: float | None) -> None:
        """Do nothing: the order is fixed."""


def random_search(parameters: Sequence[Parameter], seed: int, results: Sequence[Result]):
    """Return the proposals of Random and Hyperband, which don't depend on results.

    Combinations that were tried by this tuning job or by a parent with the same data are left out.
    """
    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.create_study(sampler=sampler)
    known = [_values(parameters, result) for result in results if not result.transferred]
    return Sampled(study, parameters, seed, known=[values for values in known if values])


def bayesian(
    parameters: Sequence[Parameter],
    direction: str,
    seed: int,
    results: Sequence[Result],
    delay: int | None,
):
    """Return the proposals of Bayesian: Optuna's multivariate TPE.

    Parameters
    ----------
    parameters
        What is tuned.
    direction
        Minimize or Maximize.
    seed
        For the samplers.
    results
        Warm start. Values of the same data are used as if they were this tuning job's; of other
        data, the best points are tried first.
    delay
        The results of this many trials before the new one are not used, and all others are waited
        for, so that proposals don't depend on which of the jobs in parallel ends first. None: those
        that are there are used.
    """
    sampler = CachedTPESampler(seed, _RANDOM_TRIALS)
    study = optuna.create_study(direction=direction.lower(), sampler=sampler)
    usable = [(values, r) for r in results if (values := _values(parameters, r))]
    own = [(values, result) for values, result in usable if not result.transferred]
    for values, result in own:
        study.add_trial(_finished(parameters, values, result.value))
    other = [(v, r) for v, r in usable if r.transferred and r.value is not None]
    other.sort(key=lambda item: item[1].value, reverse=direction == "Maximize")
    return Sampled(
        study,
        parameters,
        seed,
        known=[values for values, _ in own],
        first=[values for values, _ in other],
        delay=delay,
    )


class Sampled:
    """Parameters from a sampler of Optuna, each combination once as long as there are others.

    Parameters
    ----------
    study
        With its sampler.
    parameters
        What is tuned.
    seed
        For the choice among untried combinations.
    known
        Combinations that were tried.
    first
        Combinations to try first, the best first.
    delay
        See `bayesian`.
    """

    def __init__(
        self,
        study: optuna.Study,
        parameters: Sequence[Parameter],
        seed: int,
        *,
        known: Iterable[dict[str, Value]] = (),
        first: Iterable[dict[str, Value]] = (),
        delay: int | None = None,
    ):
        self._study = study
        self._parameters = parameters
        self._random = random.Random(seed)
        self._distributions = {p.name: p.distribution for p in parameters}
        self._tried = {self._key(values) for values in known}
        self._first = _distinct(first)[:_TRANSFERRED_POINTS]
        self._delay = delay
        self._running: dict[int, Trial] = {}
        self._results: dict[int, float | None] = {}

    def is_ready(self, trial: int) -> bool:
        """Tell whether no trial is running whose result a new one's parameters depend on."""
        needed = 0 if self._delay is None else trial - self._delay
        return not any(number < needed for number in self._running.keys() - self._results.keys())

    def propose(self, trial: int) -> dict[str, str] | None:
        """Return parameters that were not tried yet, where possible."""
        self._use_results(before=trial - (self._delay or 0))
        if self._first:
            self._study.enqueue_trial(self._first.pop(0))
        sampled = self._sample_untried()
        self._running[trial] = sampled
        self._tried.add(self._key(sampled.params))
        return {p.name: p.to_text(sampled.params[p.name]) for p in self._parameters}

    def tell(self, trial: int, value: float | None) -> None:
        """Keep the objective until a proposal may use it."""
        self._results[trial] = value

    def _use_results(self, before: int) -> None:
        for trial in sorted(number for number in self._results if number < before):
            value = self._results.pop(trial)
            if value is None or math.isnan(value):
                # The sampler takes a pruned trial without a value for worse than all others.
                self._study.tell(self._running.pop(trial), state=TrialState.PRUNED)
            else:
                self._study.tell(self._running.pop(trial), value)

    def _sample_untried(self) -> Trial:
        for _ in range(_ATTEMPTS):
            sampled = self._study.ask(self._distributions)
            if self._key(sampled.params) not in self._tried:
                return sampled
            self._study.tell(sampled, state=TrialState.FAIL)
        untried = self._untried()
        if untried:
            self._study.enqueue_trial(self._random.choice(untried))
        return self._study.ask(self._distributions)

    def _untried(self) -> list[dict[str, Value]]:
        """Return the untried combinations, or nothing if there are too many to list."""
        choices = [_choices(distribution) for distribution in self._distributions.values()]
        if not all(choices) or math.prod(map(len, choices)) > _LISTED_COMBINATIONS:
            return []
        rows = itertools.product(*choices)
        return [
            dict(zip(self._distributions, row, strict=True))
            for row in rows
            if row not in self._tried
        ]

    def _key(self, values: Mapping[str, Value]) -> tuple[Value, ...]:
        return tuple(values[parameter.name] for parameter in self._parameters)


def _choices(distribution: BaseDistribution) -> Sequence[Value]:
    """Return the values of a distribution; nothing if they are too many to list."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    if isinstance(distribution, IntDistribution):
        low, high = distribution.low, distribution.high
        return range(low, high + 1) if high - low < _LISTED_COMBINATIONS else ()
    return ()


def _values(parameters: Sequence[Parameter], result: Result) -> dict[str, Value] | None:
    """Return what to sample for a result's parameters; None if they are not all in the ranges."""
    texts = result.parameters
    values = {p.name: p.from_text(texts[p.name]) for p in parameters if p.name in texts}
    complete = len(values) == len(parameters) and None not in values.values()
    return values if complete else None


def _distinct(rows: Iterable[dict[str, Value]]) -> list[dict[str, Value]]:
    return list({tuple(row.items()): row for row in rows}.values())


def _finished(parameters: Sequence[Parameter], values: dict, value: float | None) -> FrozenTrial:
    missing = value is None or math.isnan(value)
    return optuna.trial.create_trial(
        params=values,
        distributions={parameter.name: parameter.distribution for parameter in parameters},
        value=None if missing else value,
        state=TrialState.PRUNED if missing else TrialState.COMPLETE,
    )
