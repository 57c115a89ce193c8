"""The models that are trained in parallel, and the schedule of their learning rates."""

import itertools
import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from helpers.local.containers.linear_learner.hyperparameters import BINARY

AUTO_MODELS = 32
# Multiples of the automatic learning rate, weight decays and L1 that `auto` tries, the best first.
RATES, DECAYS, L1S = (1.0, 0.3, 3.0, 0.1), (1e-4, 1e-2, 1e-6, 1.0), (0.0, 1e-3)
LAST_RATE = 0.01  # where the automatic schedule ends, as a share of where it starts


@dataclass(frozen=True)
class Schedule:
    """The learning rate is multiplied by `factor` every `step` batches, down to `minimum`."""

    step: int
    factor: float
    minimum: float

    def multiplier(self, batches: int, rate: float) -> float:
        """Return what to multiply a learning rate with after so many batches."""
        lowest = min(self.minimum / rate, 1.0)
        return max(self.factor ** (batches // self.step), lowest)


@dataclass(frozen=True)
class Candidate:
    """What one of the parallel models is trained with."""

    learning_rate: float
    wd: float
    l1: float
    positive_weight: float = 1.0


def schedule(settings: SimpleNamespace, batches: int) -> Schedule:
    """Return the schedule of a job with so many batches in all epochs.

    auto lets the rate fall to a hundredth over the whole job.
    """
    if not settings.use_lr_scheduler:
        return Schedule(1, 1.0, 0.0)
    step = settings.lr_scheduler_step or max(1, batches // 100)
    factor = settings.lr_scheduler_factor or LAST_RATE ** (1 / max(batches / step, 1))
    minimum = settings.lr_scheduler_minimum_lr or 1e-5
    return Schedule(step, factor, minimum)


def candidates(settings: SimpleNamespace, columns: int, labels: np.ndarray) -> list[Candidate]:
    """Return the models to train: `num_models` of them, varied where hyperparameters are auto.

    Parameters
    ----------
    settings
        Validated hyperparameters.
    columns
        Of the features: more columns need smaller steps.
    labels
        Of the train channel, for the weight of the positive examples.
    """
    base = min(0.1, 1 / math.sqrt(columns))
    if settings.optimizer == "sgd":
        base = min(0.03, 0.1 / math.sqrt(columns))
    rates = [base * multiple for multiple in RATES]
    grid = itertools.product(
        _values(settings.l1, L1S),
        _values(settings.wd, DECAYS),
        _values(settings.learning_rate, rates),
        _positive_weights(settings, labels),
    )
    distinct = [Candidate(rate, wd, l1, weight) for l1, wd, rate, weight in grid]
    count = settings.num_models or AUTO_MODELS
    return list(itertools.islice(itertools.cycle(distinct), count))


def _values(value: float | None, automatic: tuple[float, ...] | list[float]) -> list[float]:
    return list(automatic) if value is None else [value]


def _positive_weights(settings: SimpleNamespace, labels: np.ndarray) -> list[float]:
    """Return the weights of positive examples to try; `auto` lets the criterion choose."""
    if settings.predictor_type != BINARY:
        return [1.0]
    positive = int((labels > 0).sum())
    balanced = (len(labels) - positive) / positive if positive else 1.0
    weight = settings.positive_example_weight_mult
    if weight == "balanced":
        return [balanced or 1.0]
    if weight is None:
        return list(dict.fromkeys([1.0, balanced or 1.0, math.sqrt(balanced) or 1.0]))
    return [float(weight)]


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the weight of each class for `balance_multiclass_weights`: 1 / its frequency.

    A class that the labels don't have gets 1e6.
    """
    counts = np.bincount(labels.astype(int), minlength=classes)
    return np.where(counts > 0, len(labels) / np.maximum(counts, 1), 1e6)
