"""The optimizers adam, sgd and rmsprop, for the columns of one matrix of weights.

The formulas are those of Apache MXNet, which AWS's container runs: weight decay is added to the
gradient. `l1` is a proximal step, so that weights become exactly 0.
"""

from types import SimpleNamespace

import numpy as np

EPSILON = 1e-8
RMSPROP_DECAY = 0.9


class Optimizer:
    """Updates weights in place.

    Parameters
    ----------
    weights
        Shape (rows, columns); the last row is the bias.
    rates, decays, l1
        Learning rate, weight decay and L1 of each column, shape (columns,).
    settings
        Validated hyperparameters.
    """

    def __init__(
        self,
        weights: np.ndarray,
        rates: np.ndarray,
        decays: np.ndarray,
        l1: np.ndarray,
        settings: SimpleNamespace,
    ):
        self.weights = weights
        self.rates = np.tile(rates, (len(weights), 1)).astype(np.float32)
        self.decays = np.tile(decays, (len(weights), 1)).astype(np.float32)
        self.l1 = np.tile(l1, (len(weights), 1)).astype(np.float32)
        bias_rate, bias_decay = settings.bias_lr_mult, settings.bias_wd_mult
        self.rates[-1] *= 1.0 if bias_rate is None else bias_rate
        self.decays[-1] *= 0.0 if bias_decay is None else bias_decay
        self.l1[-1] = 0
        if not settings.use_bias:
            self.rates[-1] = 0
        self.has_l1 = bool(self.l1.any())
        self.step_count = 0
        self.first = np.zeros_like(weights)
        self.second = np.zeros_like(weights)
        self.momentum = 0.9 if settings.momentum is None else settings.momentum
        self.beta_1 = 0.9 if settings.beta_1 is None else settings.beta_1
        self.beta_2 = 0.999 if settings.beta_2 is None else settings.beta_2
        self._move = {"adam": self._adam, "sgd": self._sgd, "rmsprop": self._rmsprop}[
            settings.optimizer
        ]

    def step(self, gradient: np.ndarray, factor: float) -> None:
        """Take one step.

        Parameters
        ----------
        gradient
            Of the mean loss of a batch, in the shape of the weights; it is overwritten.
        factor
            What the scheduler multiplies the learning rates with.
        """
        self.step_count += 1
        gradient += self.decays * self.weights
        sizes = self._move(gradient, factor)
        if self.has_l1:
            limit = sizes * self.l1
            self.weights[...] = np.sign(self.weights) * np.maximum(np.abs(self.weights) - limit, 0)

    def penalties(self) -> np.ndarray:
        """Return the penalty of each column, shape (columns,): half of wd w², and l1 |w|."""
        half = 0.5 * self.decays * self.weights**2
        return (half + self.l1 * np.abs(self.weights)).sum(axis=0, dtype=float)

    def _adam(self, gradient: np.ndarray, factor: float) -> np.ndarray:
        self.first *= self.beta_1
        self.first += (1 - self.beta_1) * gradient
        self.second *= self.beta_2
        self.second += (1 - self.beta_2) * gradient * gradient
        correction = np.sqrt(1 - self.beta_2**self.step_count) / (1 - self.beta_1**self.step_count)
        sizes = self.rates * np.float32(factor * correction)
        sizes /= np.sqrt(self.second) + EPSILON
        self.weights -= sizes * self.first
        return sizes

    def _sgd(self, gradient: np.ndarray, factor: float) -> np.ndarray:
        sizes = self.rates * np.float32(factor)
        self.first *= self.momentum
        self.first -= sizes * gradient
        self.weights += self.first
        return sizes

    def _rmsprop(self, gradient: np.ndarray, factor: float) -> np.ndarray:
        self.second *= RMSPROP_DECAY
        self.second += (1 - RMSPROP_DECAY) * gradient * gradient
        sizes = self.rates * np.float32(factor)
        sizes /= np.sqrt(self.second + EPSILON)
        self.weights -= sizes * gradient
        return sizes
