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
        self.rates, self.decays, self.l1 = (x.astype(np.float32) for x in (rates, decays, l1))
        bias_rate = 1.0 if settings.bias_lr_mult is None else settings.bias_lr_mult
        self.bias_rate = np.float32(bias_rate if settings.use_bias else 0)
        self.bias_decay = np.float32(settings.bias_wd_mult or 0)
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
        gradient[:-1] += self.decays * self.weights[:-1]
        gradient[-1] += self.bias_decay * self.decays * self.weights[-1]
        sizes = self._move(gradient, np.float32(factor))
        if self.l1.any():
            slopes, limit = self.weights[:-1], sizes[:-1] * self.l1
            slopes[...] = np.sign(slopes) * np.maximum(np.abs(slopes) - limit, 0)

    def penalties(self) -> np.ndarray:
        """Return the penalty of each column, shape (columns,): half of wd w², and l1 |w|."""
        squares = (self.weights[:-1] ** 2).sum(axis=0, dtype=float)
        squares += self.bias_decay * self.weights[-1] ** 2
        sizes = np.abs(self.weights[:-1]).sum(axis=0, dtype=float)
        return 0.5 * self.decays * squares + self.l1 * sizes

    def _adam(self, gradient: np.ndarray, factor: np.float32) -> np.ndarray:
        self.first *= self.beta_1
        self.first += (1 - self.beta_1) * gradient
        self.second *= self.beta_2
        self.second += (1 - self.beta_2) * gradient * gradient
        correction = np.sqrt(1 - self.beta_2**self.step_count) / (1 - self.beta_1**self.step_count)
        sizes = self._sizes(factor * np.float32(correction), np.sqrt(self.second) + EPSILON)
        self.weights -= sizes * self.first
        return sizes

    def _sgd(self, gradient: np.ndarray, factor: np.float32) -> np.ndarray:
        sizes = self._sizes(factor, np.ones_like(gradient))
        self.first *= self.momentum
        self.first -= sizes * gradient
        self.weights += self.first
        return sizes

    def _rmsprop(self, gradient: np.ndarray, factor: np.float32) -> np.ndarray:
        self.second *= RMSPROP_DECAY
        self.second += (1 - RMSPROP_DECAY) * gradient * gradient
        sizes = self._sizes(factor, np.sqrt(self.second + EPSILON))
        self.weights -= sizes * gradient
        return sizes

    def _sizes(self, factor: np.float32, divisor: np.ndarray) -> np.ndarray:
        """Return the size of the step of each weight, in the memory of the divisor."""
        sizes = np.divide(factor * self.rates, divisor, out=divisor)
        sizes[-1] *= self.bias_rate
        return sizes
