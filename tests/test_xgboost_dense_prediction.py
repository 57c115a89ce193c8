"""Predictions by xgboost's C API equal those of xgboost's own method."""

import numpy as np
import pytest
import xgboost

from helpers.local.containers.xgboost import dense_prediction

RANDOM = np.random.default_rng(5)
FEATURES = RANDOM.random((50, 4))
FEATURES[::3, 1] = np.nan


def trained(**params) -> xgboost.Booster:
    label = RANDOM.integers(0, 3, len(FEATURES)) if "num_class" in params else FEATURES[:, 0]
    matrix = xgboost.DMatrix(FEATURES, label=label, nthread=1)
    return xgboost.train({"nthread": 1, **params}, matrix, 6)


@pytest.mark.parametrize("rounds", [0, 2])
@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"objective": "binary:logistic"},
        {"objective": "multi:softprob", "num_class": 3},
        {"objective": "multi:softmax", "num_class": 3},
    ],
)
def test_equal_to_inplace_predict(params, rows, rounds):
    """Values, shape and type are the same, with missing values and some of the rounds."""
    model = trained(**params)
    expected = model.inplace_predict(
        FEATURES[:rows], iteration_range=(0, rounds), validate_features=False
    )
    predicted = dense_prediction.predict(model, FEATURES[:rows], rounds)
    assert predicted.dtype == expected.dtype
    assert predicted.shape == expected.shape
    assert np.array_equal(predicted, expected)
    again = dense_prediction.predict(model, FEATURES[rows - 1 :: -1].copy(), rounds)
    assert np.array_equal(predicted, expected), "the next prediction must not change it"
    assert np.array_equal(again[::-1], expected)


def test_what_it_takes():
    """Other types of numbers, and columns of a larger array, are left to xgboost's method."""
    assert dense_prediction.takes(FEATURES)
    assert not dense_prediction.takes(FEATURES.astype(np.float32))
    assert not dense_prediction.takes(FEATURES[:, :2])
    assert not dense_prediction.takes([[1.0]])


def test_a_refusal_is_an_error():
    """What xgboost refuses raises its error, and no values."""
    with pytest.raises(xgboost.core.XGBoostError):
        dense_prediction.predict(trained(), np.ones((1, 9)), 0)
