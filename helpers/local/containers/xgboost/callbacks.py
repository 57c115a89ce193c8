"""Callbacks after each round of training: container metrics, the log line, early stopping."""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import checkpoints, early_stopping, metrics, model_file

Watchlist = list[tuple[xgboost.DMatrix, str]]


@dataclass(frozen=True)
class CallbackSettings:
    """What the callbacks of one run of training need to know.

    Parameters
    ----------
    watchlist
        The data sets to evaluate, and the names of their channels.
    computed
        Names of the metrics that the container computes.
    metric_format
        Of a metric in the log, such as "%.5f".
    model_path
        Of the model file.
    checkpoint_folder
        None for no checkpoints.
    save_on_termination
        Save the model after each round, so that a stopped job leaves one.
    of_margins
        Whether the computed metrics get raw margins, or predictions.
    stop
        When training stops early.
    is_master
        Whether this host logs the metrics and saves the model and the checkpoints.
    """

    watchlist: Watchlist
    computed: Sequence[str]
    metric_format: str
    model_path: Path
    checkpoint_folder: Path | None
    save_on_termination: bool
    of_margins: bool
    stop: early_stopping.StopSettings
    is_master: bool = True


class ContainerMetrics(xgboost.callback.TrainingCallback):
    """Adds the container's own metrics to the evaluation log, after xgboost's.

    It isn't a custom metric of xgboost: those get predictions, and old images' need margins.
    xgboost writes a custom metric with six decimals and reads it back: so is it rounded here. On
    several hosts it is their mean, as xgboost takes it of custom metrics.
    """

    def __init__(self, watchlist: Watchlist, names: Sequence[str], of_margins: bool):
        # labels never change, and reading them each round takes as long as a metric
        self.watchlist = [(matrix, channel, matrix.get_label()) for matrix, channel in watchlist]
        self.names = names
        self.of_margins = of_margins

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Add the metrics of a round to the evaluation log."""
        for matrix, channel, labels in self.watchlist:
            predicted = model.predict(matrix, output_margin=self.of_margins)
            for name in self.names:
                scores = evals_log.setdefault(channel, {}).setdefault(name, [])
                value = _mean_of_hosts(float(f"{metrics.CONTAINER[name](labels, predicted):f}"))
                if len(scores) > epoch:  # xgboost printed its default metric of the same name
                    scores[-1] = value
                else:
                    scores.append(value)
        return False


def _mean_of_hosts(value: float) -> float:
    hosts = xgboost.collective.get_world_size()
    if hosts == 1:
        return value
    total = xgboost.collective.allreduce(np.array([value]), xgboost.collective.Op.SUM)
    return float(total[0]) / hosts


class Monitor(xgboost.callback.TrainingCallback):
    """Prints `[round]<TAB>train-rmse:...<TAB>validation-rmse:...`."""

    def __init__(self, metric_format: str, first_round: int):
        self.metric_format = metric_format
        self.first_round = first_round

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Print the metrics of a round."""
        scores = {
            f"{channel}-{name}": values[-1]
            for channel, by_metric in evals_log.items()
            for name, values in by_metric.items()
        }
        print_scores(self.first_round + epoch, scores, self.metric_format)
        return False


def print_scores(number: int, scores: dict[str, float], metric_format: str) -> None:
    """Print one line of metrics, as the regexes of the metric definitions read it."""
    pairs = [f"{name}:{metric_format % np.float64(score)}" for name, score in scores.items()]
    print("\t".join([f"[{number}]", *pairs]), flush=True)


def build_callbacks(
    settings: CallbackSettings, log_master_lines: bool
) -> tuple[xgboost.Booster | None, int, list[xgboost.callback.TrainingCallback]]:
    """Return the model to continue from, its number of rounds, and the callbacks in their order.

    Early stopping is the last one: xgboost calls none after the one that stops.
    """
    model, first_round = checkpoints.load_newest(settings.checkpoint_folder)
    callbacks: list[xgboost.callback.TrainingCallback] = []
    if settings.computed:
        callbacks.append(
            ContainerMetrics(settings.watchlist, settings.computed, settings.of_margins)
        )
    is_master = settings.is_master
    if is_master:
        callbacks.append(Monitor(settings.metric_format, first_round))
    if settings.checkpoint_folder is not None and is_master:
        callbacks.append(checkpoints.SaveCheckpoint(settings.checkpoint_folder, first_round))
    save = settings.save_on_termination
    if log_master_lines:
        state = f"save_model_on_termination={str(save).lower()}, is_master={is_master}"
        log.info("CALLBACK_SETUP_DEBUG: %s", state)
        if save and is_master:
            log.info("CALLBACK_ADDING: Adding SaveIntermediateModelCallBack on master")
        else:
            log.info("CALLBACK_SKIPPING %s)", state)
    if save and is_master:
        callbacks.append(checkpoints.SaveIntermediateModel(settings.model_path))
        model_folder = settings.model_path.parent
        signal.signal(signal.SIGTERM, lambda *_: _exit_on_sigterm(model_folder))
    stop = early_stopping.build(settings.stop, len(settings.watchlist))
    if stop is not None:
        callbacks.append(stop)
    return model, first_round, callbacks


def _exit_on_sigterm(model_folder: Path) -> None:
    """End the process, with only models left in the model folder."""
    for path in model_folder.iterdir():
        if path.is_file() and (
            not path.name.startswith(model_file.NAME) or path.suffix == model_file.UNFINISHED
        ):
            path.unlink(missing_ok=True)
    with contextlib.suppress(RuntimeError):  # the signal interrupted a print
        sys.stdout.flush()
    os._exit(0)
