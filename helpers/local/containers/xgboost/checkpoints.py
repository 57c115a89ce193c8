"""Checkpoints of a training job."""

import re
from pathlib import Path

import xgboost

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import model_file

NAME = "xgboost-checkpoint"
MAX_CHECKPOINTS = 5  # older ones are deleted


def load_newest(folder: Path | None) -> tuple[xgboost.Booster | None, int]:
    """Load the newest readable checkpoint in a folder.

    AWS documents that a job resumes from its checkpoints. Image 3.2-0 doesn't (it writes another
    name than it looks for), but 1.7-1 does, and so do we.

    Returns
    -------
    tuple of xgboost.Booster or None, and int
        The model, and its number of rounds; (None, 0) without a checkpoint.
    """
    if folder is None or not folder.is_dir():
        return None, 0
    for number in sorted(_numbers(folder), reverse=True):
        path = folder / f"{NAME}.{number}"
        try:
            booster = model_file.load(path)
        except model_file.UnreadableModelError:
            log.info("Wrong checkpoint model format %s", path)
            continue
        # The best iteration of an earlier job would limit the rounds that this model predicts with.
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
        """Save the checkpoint of a round, and delete the oldest one."""
        number = self.first_round + epoch
        model_file.save(model, self.folder / f"{NAME}.{number}")
        (self.folder / f"{NAME}.{number - MAX_CHECKPOINTS}").unlink(missing_ok=True)
        return False


class SaveIntermediateModel(xgboost.callback.TrainingCallback):
    """Saves the model after every round, so that a stopped job leaves the last one."""

    def __init__(self, path: Path):
        self.path = path

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Save the model of a round."""
        model_file.save(model, self.path)
        return False
