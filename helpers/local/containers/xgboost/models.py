"""Models for predictions: loaded from the model folder without running any code in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import dense_prediction, metrics, model_file
from helpers.local.containers.xgboost.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF
from helpers.local.containers.xgboost.versions import Behavior

VOTING = ("multi:softmax", "binary:hinge")  # objectives that predict classes: the majority wins


class ModelError(Exception):
    """The model can't be loaded."""


def load(folder: Path, ensemble: bool) -> list[xgboost.Booster]:
    """Load the models in a folder.

    Parameters
    ----------
    folder
        The container's model folder.
    ensemble
        Whether to load all models, sorted by name, or only the first.

    Raises
    ------
    ModelError
        If there is no model, or one can't be read.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    for name in names:
        if name.startswith("."):
            log.warning(
                "Ignoring dotfile '%s' found in model directory - please exclude dotfiles from "
                "model archives",
                name,
            )
    paths = [folder / name for name in names if not name.startswith(".")]
    if not paths:
        raise ModelError(
            f"No model in {folder}: the archive (model.tar.gz) must contain the file "
            "xgboost-model, not in a subfolder."
        )
    return [_load_one(path) for path in (paths if ensemble else paths[:1])]


def _load_one(path: Path) -> xgboost.Booster:
    log.info("Loading the model from %s", path)
    try:
        booster = model_file.load(path)
    except model_file.UnreadableModelError as error:
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
    """Return the objective that a model was trained with, and its number of classes as text."""
    learner = json.loads(booster.save_config())["learner"]
    return learner["objective"]["name"], learner["learner_model_param"].get("num_class", "")


class Predictor:
    """Predicts with one model or an ensemble, like a version of the image.

    Parameters
    ----------
    boosters
        The models, at least one; all have the objective and the columns of the first.
    behavior
        Of the image's version.
    """

    def __init__(self, boosters: list[xgboost.Booster], behavior: Behavior):
        self.boosters = boosters
        self.behavior = behavior
        self.objective, self.num_class = objective(boosters[0])
        self.columns = boosters[0].num_features()
        self.rounds = {booster: _rounds(booster, behavior) for booster in boosters}
        # In place, xgboost refuses gblinear, and dart gives other numbers.
        self.in_place = all(_booster_name(booster) == "gbtree" for booster in boosters)

    def predict(self, features: Any, data_format: str) -> np.ndarray:
        """Predict, with the mean or the majority of an ensemble.

        Parameters
        ----------
        features
            A numpy array or scipy CSR matrix of shape (rows, columns).
        data_format
            Of the request: its columns are counted differently.

        Returns
        -------
        numpy.ndarray
            Shape (rows,), or (rows, classes) of probabilities for multi:softprob; float32.

        Raises
        ------
        ValueError, xgboost.core.XGBoostError
            If the columns don't fit the model.
        """
        if self.behavior.check_feature_count:
            self._check_columns(features.shape[1], data_format)
        predictions = [self._predict(booster, features) for booster in self.boosters]
        if len(predictions) == 1:
            return predictions[0]
        if self.objective in VOTING:
            return metrics.majority(np.array(predictions), axis=0)
        return np.mean(predictions, axis=0)

    def _predict(self, booster: xgboost.Booster, features: Any) -> np.ndarray:
        rounds = (0, self.rounds[booster])
        if self.in_place and features.shape[1] == self.columns:
            if dense_prediction.takes(features):
                return dense_prediction.predict(booster, features, self.rounds[booster])
            return booster.inplace_predict(
                features, iteration_range=rounds, validate_features=False
            )
        matrix = xgboost.DMatrix(features, nthread=1)
        return booster.predict(matrix, iteration_range=rounds, validate_features=False)

    def _check_columns(self, columns: int, data_format: str) -> None:
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


def _rounds(booster: xgboost.Booster, behavior: Behavior) -> int:
    """Return how many rounds predict, 0 for all; log a warning if they aren't those of the best."""
    best = int(booster.attr("best_iteration") or -1) + 1
    if behavior.serve_best_rounds:
        return best
    if 0 < best < booster.num_boosted_rounds():
        log.warning(
            "The model stopped early: its best round is %d of %d. Images from 3.0-5 on predict "
            "with all of them, on AWS too. What to do: save model[: model.best_iteration + 1].",
            best,
            booster.num_boosted_rounds(),
        )
    return 0


def _booster_name(booster: xgboost.Booster) -> str:
    return json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
