"""When training stops because nothing improves any more."""

import math


class EarlyStopping:
    """Counts epochs in which the criterion has not improved enough.

    Parameters
    ----------
    patience
        So many of them in a row end the training.
    tolerance
        An improvement must be more than this share of the last value that was one.
    """

    def __init__(self, patience: int, tolerance: float):
        self.patience = patience
        self.tolerance = tolerance
        self.reference = math.inf
        self.epochs = 0  # without enough improvement

    def update(self, value: float) -> None:
        """Take the criterion of an epoch, the lower the better."""
        least = self.tolerance * abs(self.reference) if math.isfinite(self.reference) else 0
        if self.reference - value > least:
            self.reference, self.epochs = value, 0
        else:
            self.epochs += 1

    @property
    def is_due(self) -> bool:
        return self.epochs >= self.patience
