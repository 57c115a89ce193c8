"""Save a checkpoint after each round, and continue from the newest one.

Source: aws/sagemaker-xgboost-container, `checkpointing.py`. As there, importing this module lets
the script's log show messages of level INFO, and `train` prints no metrics.
"""

import logging
import os
import re
from pathlib import Path
from typing import Any

import xgboost
from sagemaker_local_containers.xgboost import model_file

CHECKPOINT_FILENAME = "xgboost-checkpoint"
DEFAULT_ROUNDS = 10  # of xgboost.train

logging.basicConfig(level=logging.INFO)


def train(train_args: dict[str, Any], checkpoint_dir: str) -> xgboost.Booster:
    """Train up to `num_boost_round` rounds in all, from the newest checkpoint on.

    Parameters
    ----------
    train_args
        The arguments of `xgboost.train`; they are not changed.
    checkpoint_dir
        The folder of the checkpoints, such as ``/opt/ml/checkpoints``; made if it does not exist.
    """
    model, start = load_checkpoint(checkpoint_dir)
    rounds = train_args.get("num_boost_round", DEFAULT_ROUNDS) - start
    if model is not None:
        logging.info("Checkpoint loaded from %s", model)
        logging.info("Resuming from iteration %s", start)
    saving = save_checkpoint(
        checkpoint_dir, start_iteration=start, iteration=start, end_iteration=rounds
    )
    changes = {
        "num_boost_round": rounds,
        "verbose_eval": False,
        "xgb_model": model,
        "callbacks": [*train_args.get("callbacks", ()), saving],
    }
    return xgboost.train(**{**train_args, **changes})


def load_checkpoint(checkpoint_dir: str | None, max_try: int = 5) -> tuple[str | None, int]:
    """Return the path of the newest checkpoint and its number of rounds; (None, 0) without one.

    max_try: has no effect, as in AWS's image.
    """
    folder = Path(checkpoint_dir) if checkpoint_dir else None
    numbers = _numbers(folder) if folder and folder.exists() else []
    if not numbers:
        return None, 0
    return str(folder / f"{CHECKPOINT_FILENAME}.{max(numbers)}"), max(numbers) + 1


def save_checkpoint(
    checkpoint_dir: str,
    start_iteration: int = 0,
    max_to_keep: int = 5,
    num_round: int | None = None,
    rank: int = 0,
    iteration: int = 0,
    end_iteration: int | None = None,
) -> "SaveCheckpointCallBack":
    """Return a callback for `xgboost.train` that saves checkpoints.

    The parameters are those of `SaveCheckpointCallBack`; `rank` has no effect, as in AWS's image.
    """
    return SaveCheckpointCallBack(
        checkpoint_dir,
        start_iteration=start_iteration,
        max_to_keep=max_to_keep,
        num_round=num_round,
        iteration=iteration,
        end_iteration=end_iteration,
    )


class SaveCheckpointCallBack(xgboost.callback.TrainingCallback):
    """Saves ``xgboost-checkpoint.<round>`` after each round, and keeps the newest ones.

    Parameters
    ----------
    checkpoint_dir
        The folder; made if it does not exist.
    start_iteration, iteration
        Their sum is the number of the first checkpoint, unless the folder has one already.
    max_to_keep
        How many to keep of those that this callback has saved.
    num_round, end_iteration
        The number of rounds; one of the two is required.
    rank
        Only the host of rank 0 saves.
    """

    def __init__(
        self,
        checkpoint_dir: str,
        start_iteration: int = 0,
        max_to_keep: int = 5,
        num_round: int | None = None,
        rank: int = 0,
        iteration: int = 0,
        end_iteration: int | None = None,
    ):
        self.folder = Path(checkpoint_dir)
        self.first = start_iteration + iteration
        self.max_to_keep = max_to_keep
        self.rounds = end_iteration if num_round is None else num_round
        self.rank = rank
        os.makedirs(self.folder, exist_ok=True)
        self.earlier = set(_numbers(self.folder))

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        """Save the checkpoint of a round, and delete one that is too old.

        Raises
        ------
        TypeError
            If the number of rounds was not given, as in AWS's image, which also has saved one
            checkpoint then.
        """
        if self.rank != 0:
            return False
        number = max(_numbers(self.folder), default=self.first - 1) + 1
        model_file.save(model, self.folder / f"{CHECKPOINT_FILENAME}.{number}")
        if self.rounds is None:
            raise TypeError(
                "save_checkpoint() needs the number of rounds, and fails without it on AWS too "
                "(unsupported operand type(s) for +: 'int' and 'NoneType'). What to do: pass "
                "num_round."
            )
        oldest = number - self.max_to_keep
        if oldest not in self.earlier:
            (self.folder / f"{CHECKPOINT_FILENAME}.{oldest}").unlink(missing_ok=True)
        return False


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the checkpoints in a folder."""
    pattern = re.compile(rf"{CHECKPOINT_FILENAME}\.([0-9]+)")
    return [int(match[1]) for name in os.listdir(folder) if (match := pattern.fullmatch(name))]
