"""Cross-validation (`_kfold`, `_num_cv_round`): a model for each fold, predictions of all rows."""

from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import metrics, model_file
from helpers.local.containers.xgboost.callbacks import print_scores
from helpers.local.containers.xgboost.hyperparameter_checks import DEFAULT_OBJECTIVE
from helpers.local.containers.xgboost.trainer import Trainer

Results = list[dict[str, dict[str, list[float]]]]


class Predictions:
    """Out-of-fold predictions: for each row, those of the models that weren't trained on it.

    Parameters
    ----------
    labels
        Shape (rows,).
    repeats
        How many predictions each row gets.
    classification
        Whether the labels are classes.
    """

    def __init__(self, labels: np.ndarray, repeats: int, classification: bool):
        self.labels = labels
        self.classification = classification
        self.values = np.zeros((len(labels), repeats))
        self.classes = np.zeros((len(labels), repeats))
        self.counts = np.zeros(len(labels), int)

    def record(self, rows: np.ndarray, predicted: np.ndarray) -> None:
        """Add the predictions of one fold.

        Parameters
        ----------
        rows
            Shape (n,): the indices of its rows.
        predicted
            Shape (n,), or (n, classes) of probabilities.
        """
        repeat = self.counts[rows]
        if predicted.ndim > 1:
            classes = predicted.argmax(axis=-1)
            predicted = predicted[np.arange(len(classes)), classes]
        else:
            classes = predicted > 0.5
        self.values[rows, repeat] = predicted
        self.classes[rows, repeat] = classes
        self.counts[rows] += 1

    def save(self, folder: Path) -> None:
        """Write predictions.csv: label, mean prediction and, for classes, the majority vote."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "predictions.csv"
        columns = [self.labels, self.values.mean(axis=1)]
        if self.classification:
            columns.append(metrics.majority(self.classes, axis=1))
        log.info("Storing predictions on validation set(s) in %s", path)
        np.savetxt(path, np.column_stack(columns), delimiter=",", fmt="%f")


def split(classes: np.ndarray, folds: int) -> list[np.ndarray]:
    """Return the rows of each fold, at random, with each class spread evenly over the folds.

    Raises ValueError if there are fewer rows than folds.
    """
    if len(classes) < folds:
        raise ValueError(
            f"Cannot have number of splits n_splits={folds} greater than the number of samples: "
            f"n_samples={len(classes)}."
        )
    shuffled = np.random.default_rng().permutation(len(classes))
    # Consecutive rows of one class go to different folds.
    by_class = shuffled[np.argsort(classes[shuffled], kind="stable")]
    return [np.sort(by_class[fold::folds]) for fold in range(folds)]


def cross_validate(
    trainer: Trainer, merged: xgboost.DMatrix, output_folder: Path, folds: int, repeats: int
) -> None:
    """Train and save `folds` times `repeats` models on parts of the data.

    The logged metrics are on the full channels. Splits are unseeded and stratified for classes, as
    in the container.

    Parameters
    ----------
    trainer
        Trains each model.
    merged
        The train and validation data in one matrix.
    output_folder
        For predictions.csv.
    folds, repeats
        How many parts, and how often they are drawn again.
    """
    rows = merged.num_row()
    log.info("Run %d-round of %d-fold cross validation with %d rows", repeats, folds, rows)
    classification = _is_classification(trainer.params)
    labels = merged.get_label()
    predictions = Predictions(labels, repeats, classification)
    results: Results = []
    for fold in range(folds * repeats):
        if fold % folds == 0:
            parts = split(labels if classification else np.zeros(rows), folds)
        held_out = parts[fold % folds]
        train = np.setdiff1d(np.arange(rows), held_out)
        log.info("Train cross validation fold %d", fold % folds + 1)
        model, result = trainer.train(merged.slice(train), fold)
        model_file.save(model, trainer.settings.model_path.with_name(f"{model_file.NAME}-{fold}"))
        results.append(result)
        predictions.record(held_out, model.predict(merged.slice(held_out)))
        if (fold + 1) % folds == 0:
            log.info("The metrics of round %d cross validation", (fold + 1) // folds)
            _print_means(trainer.rounds, results[-folds:])
    predictions.save(output_folder)
    if repeats > 1:
        log.info("The overall metrics of %d-round cross validation", repeats)
        _print_means(trainer.rounds, results)


def _is_classification(params: dict[str, Any]) -> bool:
    """Tell whether labels are classes; fails without an objective, as the container does."""
    objective = params.get("objective")
    if objective is None and not params.get("num_class"):
        log.error(
            "_kfold needs objective: without one AWS's container fails too. What to do: set the "
            "objective; the default is %s.",
            DEFAULT_OBJECTIVE,
        )
    return bool(params.get("num_class")) or objective.startswith("binary:")


def _print_means(rounds: int, results: Results) -> None:
    scores = {
        f"{channel}-{name}": float(np.mean([result[channel][name][-1] for result in results]))
        for name in results[0]["train"]
        for channel in results[0]
    }
    print_scores(rounds, scores, "%.5f")
