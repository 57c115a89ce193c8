"""The Hyperband strategy: which training jobs are stopped, and after how many epochs.

Sources: HyperbandStrategyConfig in the API reference; "Hyperband" in the developer guide.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.local.runtime.tuning.result import Result

if TYPE_CHECKING:
    from optuna.trial import Trial

# The static hyperparameters from which AWS infers MaxResource
EPOCH_NAMES = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
# Of each three jobs that reach a rung, the best continues. AWS doesn't publish its factor; this is
# the one of the Hyperband paper's experiments (Li et al., 2018).
REDUCTION_FACTOR = 3


def max_resource(config: Mapping, definition: Mapping) -> int | None:
    """Return MaxResource: of the request, else inferred from static hyperparameters, else None.

    Parameters
    ----------
    config
        HyperParameterTuningJobConfig of the request.
    definition
        A training job definition.
    """
    maximum = settings(config).get("MaxResource")
    if maximum is not None:
        return maximum
    static = definition.get("StaticHyperParameters") or {}
    texts = (static[name] for name in EPOCH_NAMES if name in static)
    return next((int(text) for text in texts if text.isdecimal()), None)


def settings(config: Mapping) -> Mapping:
    """Return the HyperbandStrategyConfig, empty if the request has none."""
    return (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}


def rule(
    config: Mapping, definition: Mapping, name: str, results: Sequence[Result]
) -> "HyperbandRule":
    """Return the stopping rule of a tuning job.

    Parameters
    ----------
    config
        HyperParameterTuningJobConfig of the request.
    definition
        A training job definition.
    name
        Decides, with a trial's number, which bracket it is in.
    results
        Of this tuning job before a restart of the server.

    Raises
    ------
    ValueError
        If MaxResource is neither in the request nor inferred.
    """
    maximum = max_resource(config, definition)
    if maximum is None:
        raise ValueError(
            "expected MaxResource in HyperbandStrategyConfig, or a static hyperparameter named "
            f"{', '.join(EPOCH_NAMES)} with the number of epochs"
        )
    static = definition.get("StaticHyperParameters") or {}
    ends_itself = str(maximum) in (static.get(key) for key in (*EPOCH_NAMES, "num_round"))
    made = HyperbandRule(
        minimum=settings(config).get("MinResource", 1),
        maximum=maximum,
        direction=definition["TuningObjective"]["Type"],
        name=name,
        stop_at_maximum=not ends_itself,
    )
    made.replay(result.steps for result in results if result.steps)
    return made


class HyperbandRule:
    """Stops jobs at rungs: Optuna's HyperbandPruner, asked only where it can decide.

    Parameters
    ----------
    minimum, maximum
        MinResource and MaxResource, in epochs.
    direction
        Minimize or Maximize.
    name
        Optuna chooses the bracket of a trial by the study's name and the trial's number.
    stop_at_maximum
        False if each job ends at `maximum` anyway, and so should not be stopped while it saves
        its model.
    """

    def __init__(
        self, minimum: int, maximum: int, direction: str, name: str, stop_at_maximum: bool
    ):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._maximum = maximum
        self._stop_at_maximum = stop_at_maximum
        self._rungs = set(_rungs(minimum, maximum))
        self._study = optuna.create_study(
            study_name=name,
            direction=direction.lower(),
            sampler=optuna.samplers.RandomSampler(seed=0),  # no parameter is sampled here
            pruner=optuna.pruners.HyperbandPruner(minimum, maximum, REDUCTION_FACTOR),
        )
        self._running: dict[int, Trial] = {}

    def start(self, trial: int) -> None:
        """Take the number of a new trial."""
        self._running[trial] = self._study.ask()

    def report(self, trial: int, step: int, value: float) -> bool:
        """Take the objective after an epoch, and return whether the trial ends at this rung."""
        if step >= self._maximum:
            return self._stop_at_maximum
        if step not in self._rungs:
            return False
        self._running[trial].report(value, step)
        return self._running[trial].should_prune()

    def end(self, trial: int, *, succeeded: bool) -> None:
        """Take the end of a trial; what it reported at its rungs stays."""
        from optuna.trial import TrialState

        self._study.tell(self._running.pop(trial), state=TrialState.PRUNED)

    def replay(self, curves) -> None:
        """Take the objectives after each epoch of jobs that ended before a restart."""
        for number, curve in enumerate(curves, start=1):
            self.start(-number)
            for step, value in enumerate(curve, start=1):
                self.report(-number, step, value)
            self.end(-number, succeeded=True)


def _rungs(minimum: int, maximum: int):
    rung = minimum
    while rung < maximum:
        yield rung
        rung *= REDUCTION_FACTOR
