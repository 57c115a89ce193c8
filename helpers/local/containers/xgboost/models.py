"""Models that serve: loaded from the model folder without running any code in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import model_file
from helpers.local.containers.xgboost.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF
from helpers.local.containers.xgboost.versions import Behavior

VOTING = ("multi:softmax", "binary:hinge")  # models that answer classes: the majority wins


class ModelError(Exception):
    """The model can't be loaded."""


def load(folder: Path, ensemble: bool) -> list[xgboost.Booster]:
    """The models in a folder by name, all of them or only the first. Raises ModelError."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    for name in names:
        if name.startswith("."):
            log.warning(
                "Ignoring dotfile '%s' found in model directory - please exclude dotfiles from "
                "model archives",
                name,
            )
    found = [folder / name for name in names if not name.startswith(".")]
    if not found:
        raise ModelError(
            f"No model in {folder}: the archive (model.tar.gz) must hold the file xgboost-model, "
            "not in a subfolder."
        )
    return [_load_one(path) for path in (found if ensemble else found[:1])]


def _load_one(path: Path) -> xgboost.Booster:
    log.info("Loading the model from %s", path)
    try:
        booster = model_file.load(path)
    except model_file.UnreadableModel as error:
        reason = str(error)
    else:
        booster.set_param({"nthread": 1})
        return booster
    raise ModelError(
        f"Model {path} cannot be loaded:\n"
        "Pickle load error=not tried: opening a pickle runs whatever code is in it\n"
        f"XGB load model error={reason}\n"
        "What to do: open the model with the xgboost that made it and save it again with "
        "Booster.save_model('model.ubj'), as a file named xgboost-model in model.tar.gz."
    )


def objective(booster: xgboost.Booster) -> tuple[str, str]:
    """The objective that a model was trained with, and its number of classes as text."""
    learner = json.loads(booster.save_config())["learner"]
    return learner["objective"]["name"], learner["learner_model_param"].get("num_class", "")


class Predictor:
    """Predicts with one model, or an ensemble of them, as an image's version does."""

    def __init__(self, boosters: list[xgboost.Booster], behavior: Behavior):
        self.boosters = boosters
        self.behavior = behavior
        self.objective, self.num_class = objective(boosters[0])
        self.columns = boosters[0].num_features()
        # A model of early stopping predicts up to its best round, as in the container (0 is all).
        self.rounds = {b: int(b.attr("best_iteration") or -1) + 1 for b in boosters}
        # Of the other boosters, xgboost refuses gblinear here and dart gives other numbers.
        self.in_place = all(_booster_name(booster) == "gbtree" for booster in boosters)

    def predict(self, features: Any, data_format: str) -> np.ndarray:
        """Predictions for a matrix (rows, columns): shape (rows,) or (rows, classes).

        Raises ValueError or XGBoostError if the columns don't fit the model.
        """
        if self.behavior.check_feature_count:
            self._compare(features.shape[1], data_format)
        found = [self._predict(booster, features) for booster in self.boosters]
        if len(found) == 1:
            return found[0]
        if self.objective in VOTING:
            return np.apply_along_axis(_majority, 0, np.array(found))
        return np.mean(found, axis=0)

    def _predict(self, booster: xgboost.Booster, features: Any) -> np.ndarray:
        rounds = (0, self.rounds[booster])
        if self.in_place and features.shape[1] == self.columns:
            return booster.inplace_predict(
                features, iteration_range=rounds, validate_features=False
            )
        matrix = xgboost.DMatrix(features, nthread=1)
        return booster.predict(matrix, iteration_range=rounds, validate_features=False)

    def _compare(self, columns: int, data_format: str) -> None:
        if data_format == LIBSVM and columns > self.columns + 1:
            raise ValueError(
                f"Feature size of libsvm inference data {columns} is larger than feature size of "
                f"trained model {self.columns}."
            )
        if data_format in (CSV, RECORDIO_PROTOBUF) and self.columns not in (columns, columns + 1):
            raise ValueError(
                f"Feature size of {data_format} inference data {columns} is not consistent with "
                f"feature size of trained model {self.columns}."
            )


def _booster_name(booster: xgboost.Booster) -> str:
    return json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]


def _majority(votes: np.ndarray) -> float:
    values, counts = np.unique(votes, return_counts=True)
    return values[counts.argmax()]
