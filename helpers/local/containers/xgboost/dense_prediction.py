"""Predict rows of numbers with xgboost's C API.

`Booster.inplace_predict` calls the same function. For one row, what it does before and after that,
for inputs of other types, takes longer than the prediction.
"""

import ctypes
from functools import cache
from math import prod
from typing import Any

import numpy as np
from xgboost import Booster, core


def takes(features: Any) -> bool:
    """Tell whether `predict` takes these features: an array of float64, row by row in memory."""
    return (
        isinstance(features, np.ndarray)
        and features.dtype == np.float64
        and features.flags.c_contiguous
    )


def predict(booster: Booster, features: np.ndarray, rounds: int) -> np.ndarray:
    """Predict as `Booster.inplace_predict` does.

    Parameters
    ----------
    booster
        Of trees; it has as many columns as the features.
    features
        Shape (rows, columns); nan is missing.
    rounds
        How many rounds predict, 0 for all.

    Returns
    -------
    numpy.ndarray
        Shape (rows,), or (rows, classes) of probabilities for multi:softprob; float32.

    Raises
    ------
    xgboost.core.XGBoostError
        If xgboost refuses the features.
    """
    rows, columns = features.shape
    interface = (  # NumPy's "array interface protocol"
        f'{{"data": [{features.ctypes.data}, true], "shape": [{rows}, {columns}], '
        '"typestr": "<f8", "version": 3}'
    )
    shape, dimensions = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
    values = ctypes.POINTER(ctypes.c_float)()
    core._check_call(
        core._LIB.XGBoosterPredictFromDense(
            booster.handle,
            ctypes.c_char_p(interface.encode()),
            _config(rounds),
            ctypes.c_void_p(),
            ctypes.byref(shape),
            ctypes.byref(dimensions),
            ctypes.byref(values),
        )
    )
    sizes = shape[: dimensions.value]
    copied = ctypes.string_at(values, 4 * prod(sizes))
    return np.frombuffer(copied, np.float32).reshape(sizes)


@cache
def _config(rounds: int) -> bytes:
    return (
        '{"type": 0, "training": false, "iteration_begin": 0, '
        f'"iteration_end": {rounds}, "missing": NaN, "strict_shape": false, "cache_id": 0}}'
    ).encode()
