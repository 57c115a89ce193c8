"""Train many linear models at once: they are the columns of one matrix of weights."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from helpers.local.containers.linear_learner import (
    calibration,
    candidates,
    evaluation,
    log_lines,
    losses,
)
from helpers.local.containers.linear_learner import (
    scaler as scaling,
)
from helpers.local.containers.linear_learner.early_stopping import EarlyStopping
from helpers.local.containers.linear_learner.evaluation import Linear
from helpers.local.containers.linear_learner.hyperparameters import BINARY, MULTICLASS
from helpers.local.containers.linear_learner.optimizers import Optimizer
from helpers.local.containers.linear_learner.training_data import Data
from helpers.local.containers.toolkit.errors import AlgorithmError

RowWeights = Callable[[np.ndarray], np.ndarray]  # labels to the weights of rows and models
DIVERGED = (
    "All models have diverged: their loss is not a number. What to do: set a smaller "
    "learning_rate, or leave it out."
)
SEED = 0  # of the first weights and of the order of rows: equal jobs give equal models


@dataclass(frozen=True)
class Best:
    """The best model until now; `value` is its criterion, the lower the better."""

    value: float
    model: int
    weights: np.ndarray
    threshold: float


class Trainer:
    """A training run.

    Parameters
    ----------
    settings
        Validated hyperparameters.
    train
        The train channel.
    validation
        The validation channel; without one, the train channel selects and calibrates.
    """

    def __init__(self, settings: SimpleNamespace, train: Data, validation: Data | None):
        self.settings = settings
        self.scaler = scaling.fit(*train, settings)
        self.features, self.center = self.scaler.scale(train.features)
        self.labels = self.scaler.scale_labels(train.labels).astype(np.float32)
        self.rows, columns = self.features.shape
        self.classes = settings.num_classes if settings.predictor_type == MULTICLASS else 1
        self.candidates = candidates.candidates(settings, columns, train.labels)
        self.batches = -(-self.rows // settings.mini_batch_size)
        self.schedule = candidates.schedule(settings, self.batches * settings.epochs)
        self.loss = losses.build(settings, self.scaler.label_deviation)
        self.label_loss = losses.build(settings)  # in the units of the labels
        self.evaluated = Data(self.features, train.labels)
        self.channel = "train"
        if validation is not None:
            self.channel = "validation"
            self.evaluated = Data(self.scaler.scale(validation.features)[0], validation.labels)
        self.weight = self._row_weights(train.labels)
        self.random = np.random.default_rng(SEED)

    @property
    def objective(self) -> str:
        return f"{self.loss.objective}_objective"

    def train(self) -> Best:
        """Train until the last epoch, or until the criterion has stopped to improve."""
        settings, best = self.settings, None
        weights = self._first_weights()
        optimizer = self._optimizer(weights)
        stop = EarlyStopping(settings.early_stopping_patience, settings.early_stopping_tolerance)
        for epoch in range(settings.epochs):
            began = time.time()
            self._log_objectives("train", epoch, self._epoch(weights, optimizer), began)
            current = self._evaluate(optimizer, epoch)
            if best is None and current.value == np.inf:
                raise AlgorithmError(DIVERGED)
            stop.update(current.value)
            improved = best is None or current.value < best.value
            best = current if improved else best
            self._log_epoch(epoch, current, None if improved else max(stop.epochs - 1, 0), began)
            if stop.is_due:
                log_lines.stopped_early()
                break
        return best

    def final_metrics(self, best: Best, data: Data) -> dict[str, float]:
        """Return the objective and the metrics of the best model on scaled features."""
        linear = self._in_label_units(Linear(best.weights, self.center, self.classes))
        weight = self._weight_of(best.model)
        objective = evaluation.mean_losses(linear, data, self.label_loss, weight)[0]
        output = evaluation.to_output(linear.scores(data.features)[:, 0], self.settings)
        metrics = evaluation.final_metrics(output, data.labels, best.threshold, self.settings)
        return {self.objective: float(objective), **metrics}

    def scaled(self, data: Data) -> Data:
        """Return data with scaled features."""
        return Data(self.scaler.scale(data.features)[0], data.labels)

    def _first_weights(self) -> np.ndarray:
        settings = self.settings
        shape = (self.features.shape[1] + 1, len(self.candidates) * self.classes)
        if settings.init_method == "normal":
            weights = self.random.normal(0, settings.init_sigma, shape)
        else:
            weights = self.random.uniform(-settings.init_scale, settings.init_scale, shape)
        weights[-1] = settings.init_bias if settings.use_bias else 0
        return weights.astype(np.float32)

    def _optimizer(self, weights: np.ndarray) -> Optimizer:
        values = np.array([(c.learning_rate, c.wd, c.l1) for c in self.candidates]).T
        rates, decays, l1 = np.repeat(values, self.classes, axis=1)
        return Optimizer(weights, rates, decays, l1, self.settings)

    def _epoch(self, weights: np.ndarray, optimizer: Optimizer) -> np.ndarray:
        """Take a step for each batch; return the mean objective of each model."""
        total = np.zeros(len(self.candidates))
        linear = Linear(weights, self.center, self.classes)
        order = self.random.permutation(self.rows)
        highest = max(candidate.learning_rate for candidate in self.candidates)
        gradient = np.empty_like(weights)
        for start in range(0, self.rows, self.settings.mini_batch_size):
            chosen = order[start : start + self.settings.mini_batch_size]
            features, labels = self.features[chosen], self.labels[chosen, None]
            scores, weight = linear.scores(features), self.weight(labels)
            total += (self.loss.value(scores, labels) * weight).sum(axis=0, dtype=float)
            slope = self.loss.derivative(scores, labels)
            slope *= (weight[..., None] if self.classes > 1 else weight) / len(chosen)
            slope = slope.reshape(len(chosen), -1).astype(np.float32, copy=False)
            gradient[-1] = slope.sum(axis=0)
            gradient[:-1] = features.T @ slope
            if self.center.any():
                gradient[:-1] -= np.outer(self.center, gradient[-1])
            optimizer.step(gradient, self.schedule.multiplier(optimizer.step_count, highest))
        return total / self.rows

    def _evaluate(self, optimizer: Optimizer, epoch: int) -> Best:
        """Return the best of the models by the criterion, which is inf if all have diverged."""
        began, weights = time.time(), optimizer.weights
        means = values = self._mean_losses(weights, self.weight)
        thresholds = np.full(len(self.candidates), calibration.DEFAULT_THRESHOLD)
        if self.channel == "validation":
            self._log_objectives("validation", epoch, means, began)
        if not self._is_loss():
            values, thresholds = self._calibrate(Linear(weights, self.center, self.classes))
        elif self.settings.positive_example_weight_mult is None:  # compare them unweighted
            values = self._mean_losses(weights, np.ones_like)
        if self._is_loss() and self.channel == "train":
            values = values + optimizer.penalties().reshape(-1, self.classes).sum(axis=1)
        values = np.where(np.isfinite(values) & np.isfinite(means), values, np.inf)
        model = int(values.argmin())
        own = slice(model * self.classes, (model + 1) * self.classes)
        return Best(float(values[model]), model, weights[:, own].copy(), float(thresholds[model]))

    def _mean_losses(self, weights: np.ndarray, row_weights: RowWeights) -> np.ndarray:
        """Return the mean loss of each model on the channel that selects the best one.

        As in AWS's log, it is in the units of the labels on the validation channel, and in those of
        the normalised labels on the train channel.
        """
        linear = Linear(weights, self.center, self.classes)
        if self.channel == "train":
            data = Data(self.features, self.labels)
            return evaluation.mean_losses(linear, data, self.loss, row_weights)
        linear = self._in_label_units(linear)
        return evaluation.mean_losses(linear, self.evaluated, self.label_loss, row_weights)

    def _calibrate(self, linear: Linear) -> tuple[np.ndarray, np.ndarray]:
        sample = slice(0, self.settings.num_calibration_samples)
        scores = evaluation.to_output(linear.scores(self.evaluated.features[sample]), self.settings)
        labels = self.evaluated.labels[sample]
        pairs = [calibration.calibrate(column, labels, self.settings) for column in scores.T]
        return -np.array([value for _, value in pairs]), np.array([pair[0] for pair in pairs])

    def _in_label_units(self, linear: Linear) -> Linear:
        weights = linear.weights * np.float32(self.scaler.label_deviation)
        weights[-1] += np.float32(self.scaler.label_mean)
        return Linear(weights, self.center, self.classes)

    def _is_loss(self) -> bool:
        criterion = self.settings.binary_classifier_model_selection_criteria
        return self.settings.predictor_type != BINARY or criterion in calibration.BY_LOSS

    def _criterion_name(self) -> str:
        if self._is_loss():
            return self.objective
        return f"sampled_{self.settings.binary_classifier_model_selection_criteria}"

    def _row_weights(self, labels: np.ndarray) -> RowWeights:
        """Return the weights of rows by their labels, for all models."""
        if self.classes > 1 and self.settings.balance_multiclass_weights:
            by_class = candidates.class_weights(labels, self.classes).astype(np.float32)
            return lambda labels: by_class[labels.astype(int)]
        positive = np.array([c.positive_weight for c in self.candidates], np.float32)
        if (positive == 1).all():
            return lambda labels: np.ones_like(labels)
        return lambda labels: np.where(labels > 0, positive, np.float32(1))

    def _weight_of(self, model: int) -> RowWeights:
        def weight(labels: np.ndarray) -> Any:
            weights = self.weight(labels)
            return weights[:, [model]] if weights.shape[1] > 1 else weights

        return weight

    def _log_epoch(self, epoch: int, current: Best, waited: int | None, began: float) -> None:
        value = current.value if self._is_loss() else -current.value
        log_lines.epoch_end(epoch, self.settings.epochs, self._criterion_name(), value, waited)
        log_lines.records_seen(self.rows, self.batches, epoch, began)
        log_lines.throughput(self.rows, time.time() - began)

    def _log_objectives(self, channel: str, epoch: int, values: np.ndarray, began: float) -> None:
        log_lines.model_metrics(f"{channel}_{self.objective}", epoch, values, began)
        log_lines.epoch_quality(channel, epoch, self.objective, float(values[0]))
