"""Early stopping counts the epochs without enough improvement."""

import pytest

from helpers.local.containers.linear_learner.early_stopping import EarlyStopping


@pytest.mark.parametrize(
    ("values", "epochs"),
    [
        ([5.0], 0),
        ([5.0, 4.0], 0),
        ([5.0, 4.9], 1),  # less than a tenth
        ([5.0, 4.9, 4.4], 0),  # more than a tenth of 5
        ([5.0, 6.0, 4.9, 7.0], 3),
        ([-0.5, -0.54, -0.56], 0),  # an accuracy, the higher the better
        ([-0.5, -0.52], 1),
        ([0.0, 0.0], 1),
        ([5.0, float("inf")], 1),
    ],
)
def test_epochs_without_improvement(values, epochs):
    """An improvement is relative to the last value that was one."""
    stop = EarlyStopping(patience=2, tolerance=0.1)
    for value in values:
        stop.update(value)
    assert stop.epochs == epochs
    assert stop.is_due == (epochs >= 2)
