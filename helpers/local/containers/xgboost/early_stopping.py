"""Early stopping, which works differently in images up to 1.2-2 and in later ones.

Up to 1.2-2 the container passes `early_stopping_rounds` to xgboost, which takes the last metric of
the last channel, and keeps all trees. From 1.3-1 on it needs a validation channel and a metric that
was asked for, and cuts the model to its best round (`callback.py` of the open container).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xgboost

from helpers.local.containers.toolkit.errors import AlgorithmError
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.metric_definitions import MAXIMIZE

LIBRARY_MAXIMIZE = ("auc", "aucpr", "map", "ndcg")  # what xgboost up to 1.2 maximises
NO_SLICES = "`save_best` is not applicable to the current booster"


@dataclass(frozen=True)
class StopSettings:
    """When training stops early.

    Parameters
    ----------
    rounds
        Without improvement; None for no early stopping.
    metric
        The asked one, or the one that a tuning job optimises; None if there is none.
    by_last_metric
        Stop by the last metric of the last channel, as images up to 1.2-2 do.
    """

    rounds: int | None
    metric: str | None
    by_last_metric: bool


class StopByAskedMetric(xgboost.callback.EarlyStopping):
    """Stops by a metric of the validation channel, and cuts the model to its best round."""

    def __init__(self, rounds: int, metric: str):
        super().__init__(
            rounds=rounds,
            data_name="validation",
            metric_name=metric,
            maximize=metric in MAXIMIZE,
            save_best=True,
        )

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Decide whether to stop; log advice if xgboost names the metric differently."""
        logged = list(evals_log["validation"])
        if self.metric_name not in logged:
            log.error(
                "early_stopping_rounds stops by '%s', but xgboost logs %s. On AWS the job fails "
                "too. What to do: write eval_metric as xgboost logs it (error@0.5 is error, "
                "error@0.30 is error@0.3).",
                self.metric_name,
                " and ".join(f"'{name}'" for name in logged),
            )
        return super().after_iteration(model, epoch, evals_log)


class StopByLastMetric(xgboost.callback.EarlyStopping):
    """Stops by the last metric of the last channel, and says so as xgboost up to 1.2 did."""

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Decide whether to stop."""
        if self.metric_name is None:
            self.data = list(evals_log)[-1]
            self.metric_name = list(evals_log[self.data])[-1]
            self.maximize = self.metric_name.split("@")[0] in LIBRARY_MAXIMIZE
            name = f"{self.data}-{self.metric_name}"
            if sum(map(len, evals_log.values())) > 1:
                print(
                    f"Multiple eval metrics have been passed: '{name}' will be used for early "
                    "stopping.\n",
                    flush=True,
                )
            print(f"Will train until {name} hasn't improved in {self.rounds} rounds.", flush=True)
        stops = super().after_iteration(model, epoch, evals_log)
        if stops:
            print(f"Stopping. Best iteration:\n[{model.attr('best_iteration')}]\n", flush=True)
        return stops


def build(settings: StopSettings, channels: int) -> xgboost.callback.EarlyStopping | None:
    """Return the callback, None if nothing stops training early; `channels` are evaluated."""
    if not settings.rounds:
        return None
    if settings.by_last_metric:
        return StopByLastMetric(rounds=settings.rounds)
    if settings.metric is None or channels < 2:
        return None
    _warn_about_direction(settings.metric)
    return StopByAskedMetric(settings.rounds, settings.metric)


def _warn_about_direction(metric: str) -> None:
    name = metric.partition("@")[0]
    if metric not in MAXIMIZE and name in MAXIMIZE:
        log.warning(
            "Early stopping minimizes '%s', although higher is better: the container looks for the "
            "whole name in its list of metrics to maximize, on AWS too. Training ends when the "
            "metric stops falling. What to do: put '%s' last in eval_metric.",
            metric,
            name,
        )


def refuse_unsliceable(settings: StopSettings, channels: int, params: Mapping[str, Any]) -> None:
    """Raise AlgorithmError before the first round where xgboost can't cut the model at the end.

    xgboost itself finds out after the last round, and the job is lost: a model trained with
    `reg:linear` is stored as `reg:squarederror`, and a linear one has no trees to cut.
    """
    stops = settings.rounds and settings.metric and channels > 1 and not settings.by_last_metric
    if not stops:
        return
    if params.get("booster") == "gblinear":
        cause, advice = "booster gblinear has no trees to cut", "leave out early_stopping_rounds"
    elif params.get("objective") == "reg:linear":
        cause = "objective reg:linear is stored as reg:squarederror, so the model can't be cut"
        advice = "use objective reg:squarederror, which is the same"
    else:
        return
    raise AlgorithmError(
        f"XGB train call failed with exception:\n {NO_SLICES}: early stopping cuts the model to "
        f"its best round, but {cause}. What to do: {advice}. (On AWS the job fails after its last "
        "round.)"
    )
