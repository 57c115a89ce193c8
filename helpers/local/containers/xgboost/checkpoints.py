"""Checkpoints of a training job, and models saved so that no reader ever sees half of one."""

import os
import re
from pathlib import Path

import xgboost

from .logs import log

NAME = "xgboost-checkpoint"
KEPT = 5  # the newest ones; older files are removed
MODEL_NAME = "xgboost-model"


def save(booster: xgboost.Booster, path: Path) -> None:
    """Write a model in xgboost's own format (UBJSON), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.sagemaker-ignore")
    unfinished.write_bytes(booster.save_raw("ubj"))
    os.replace(unfinished, path)


def load_newest(folder: Path | None) -> tuple[xgboost.Booster | None, int]:
    """The newest readable checkpoint in a folder, and the number of rounds it has behind it.

    Returns (None, 0) without one. AWS documents that a job resumes from its checkpoints; image
    3.2-0 doesn't in fact (it writes a name that it doesn't look for), 1.7-1 and we do.
    """
    if folder is None or not folder.is_dir():
        return None, 0
    for number in sorted(_numbers(folder), reverse=True):
        path = folder / f"{NAME}.{number}"
        try:
            booster = xgboost.Booster(model_file=bytearray(path.read_bytes()))
        except (xgboost.core.XGBoostError, ValueError):
            log.info("Wrong checkpoint model format %s", path)
            continue
        # What an earlier job's early stopping noted would cut this one's model at serving.
        booster.set_attr(best_iteration=None, best_score=None)
        log.info("Checkpoint loaded from %s", path)
        log.info("Resuming from iteration %d", number + 1)
        return booster, number + 1
    return None, 0


def _numbers(folder: Path) -> list[int]:
    matches = [re.fullmatch(rf"{NAME}\.([0-9]+)", file.name) for file in folder.iterdir()]
    return [int(match[1]) for match in matches if match]


class SaveCheckpoint(xgboost.callback.TrainingCallback):
    """Saves `xgboost-checkpoint.<round>` after every round and keeps the newest five."""

    def __init__(self, folder: Path, first_round: int):
        self.folder = folder
        self.first_round = first_round

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        number = self.first_round + epoch
        save(model, self.folder / f"{NAME}.{number}")
        (self.folder / f"{NAME}.{number - KEPT}").unlink(missing_ok=True)
        return False


class SaveIntermediateModel(xgboost.callback.TrainingCallback):
    """Saves the model after every round, so that a stopped job leaves the last one."""

    def __init__(self, path: Path):
        self.path = path

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        save(model, self.path)
        return False
