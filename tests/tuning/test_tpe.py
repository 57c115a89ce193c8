"""The sampler of Bayesian proposes what Optuna's own does, and reads each result once."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from helpers.local.runtime.tuning.tpe import CachedTPESampler

SEED, STARTUP_TRIALS, PARALLEL = 7, 5, 3
DISTRIBUTIONS = {
    "eta": FloatDistribution(0.01, 0.4, log=True),
    "depth": IntDistribution(1, 6),
    "booster": CategoricalDistribution(("gbtree", "dart")),
    "rounds": IntDistribution(100, 100),
}


def objective(number: int, parameters: dict) -> float | None:
    """Return a value, the same for some trials; None for those that fail."""
    if number % 7 == 3:
        return None
    return round(abs(parameters["eta"] - 0.1), 1) + parameters["depth"] % 4


def proposals(sampler: optuna.samplers.BaseSampler, direction: str, trials: int) -> list[dict]:
    """Return what a sampler proposes, with trials in parallel of which the latest end first."""
    study = optuna.create_study(direction=direction, sampler=sampler)
    for value in (3.0, None):  # of a warm start
        study.add_trial(
            optuna.trial.create_trial(
                params={"eta": 0.1, "depth": 2, "booster": "dart", "rounds": 100},
                distributions=DISTRIBUTIONS,
                value=value,
                state=TrialState.PRUNED if value is None else TrialState.COMPLETE,
            )
        )
    proposed, running = [], []
    for number in range(trials):
        study.tell(study.ask(DISTRIBUTIONS), state=TrialState.FAIL)  # a combination that repeats
        running.append((number, study.ask(DISTRIBUTIONS)))
        proposed.append(running[-1][1].params)
        while number % PARALLEL == 0 and running:
            ended, trial = running.pop()
            if (value := objective(ended, trial.params)) is None:
                study.tell(trial, state=TrialState.PRUNED)
            else:
                study.tell(trial, value)
    return proposed


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_proposals_are_those_of_optuna(direction):
    """With the same seed and results, the proposals are those of Optuna's TPESampler."""
    own = optuna.samplers.TPESampler(
        seed=SEED, n_startup_trials=STARTUP_TRIALS, multivariate=True, constant_liar=True
    )
    cached = CachedTPESampler(SEED, STARTUP_TRIALS)
    assert proposals(cached, direction, 60) == proposals(own, direction, 60)
