"""Arrays from and to JSON, CSV and NPY. Source: sagemaker-containers 2.8.6.post2, `_encoders`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sagemaker_local_containers.script.serving.local_model_server.encoders import decode, encode

from sagemaker_containers._content_types import CSV, JSON, NPY

__all__ = [
    "array_to_csv",
    "array_to_json",
    "array_to_npy",
    "csv_to_numpy",
    "decode",
    "encode",
    "json_to_numpy",
    "npy_to_numpy",
]


def array_to_npy(array_like: Any) -> bytes:
    """Return an array, a list or a number in the format NPY."""
    return encode(array_like, NPY)


def array_to_json(array_like: Any) -> str:
    """Return an array, a list or a number as JSON."""
    return encode(array_like, JSON)


def array_to_csv(array_like: Any) -> str:
    """Return an array or a list as CSV; one of one dimension has an entry a line."""
    return encode(array_like, CSV)


def npy_to_numpy(npy_array: bytes) -> np.ndarray:
    """Return the array in the bytes of an NPY file."""
    return decode(npy_array, NPY)


def json_to_numpy(string_like: str, dtype: Any = None) -> np.ndarray:
    """Return the array that a JSON list holds; `dtype` is the type of its entries."""
    array = decode(string_like, JSON)
    return array if dtype is None else array.astype(dtype)


def csv_to_numpy(string_like: str, dtype: Any = None) -> np.ndarray:
    """Return the array that CSV holds, by default of 64-bit numbers; one row has one dimension."""
    array = decode(string_like, CSV)
    return array if dtype is None else array.astype(dtype)
