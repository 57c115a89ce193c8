"""Decode the body of a request for predictions: CSV, JSON, JSON lines or RecordIO-protobuf.

Source of the forms: "Common data formats for inference" of AWS's developer guide.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from helpers.local.containers.linear_learner import csv_rows
from helpers.local.containers.linear_learner.media_types import CSV, JSON, JSON_LINES, RECORDIO
from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.headers import parse_header


class UnknownContentTypeError(ValueError):
    """No reader for a content type; the text is AWS's."""


def reader(content_type: str) -> Callable[[bytes], Any]:
    """Return what reads a body of a content type into features, shape (rows, columns).

    Raises
    ------
    UnknownContentTypeError
        For a content type that the algorithm doesn't read. What it returns raises ValueError.
    """
    value, parameters = parse_header(content_type)
    read = READERS.get(value.lower())
    if read is None or (value.lower() == CSV and parameters.get("label_size", "0") != "0"):
        raise UnknownContentTypeError(
            f"Customer Error: Content-Type header value '{content_type}' not supported "
            "(caused by KeyError)"
        )
    return read


def read_csv(body: bytes) -> np.ndarray:
    """Read rows of numbers without labels."""
    return _finite(csv_rows.parse(body))


def read_json(body: bytes) -> Any:
    """Read `{"instances": [...]}`."""
    content = json.loads(body)
    if not isinstance(content, dict) or not isinstance(content.get("instances"), list):
        raise ValueError('expected a JSON object {"instances": [...]}')
    return _to_matrix([_tensor(instance) for instance in content["instances"]])


def read_json_lines(body: bytes) -> Any:
    """Read one instance a line; blank lines are left out."""
    lines = body.decode("utf-8").split("\n")
    return _to_matrix([_tensor(json.loads(line)) for line in lines if line.strip()])


def read_recordio(body: bytes) -> Any:
    """Read records; labels in them are ignored."""
    return _finite(recordio_protobuf.to_matrix(body)[0])


READERS = {
    CSV: read_csv,
    JSON: read_json,
    JSON_LINES: read_json_lines,
    RECORDIO: read_recordio,
}


def _tensor(instance: Any) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return values, keys (None for a dense row) and the number of columns of an instance.

    It is `{"features": [...]}`, or `{"data": {"features": {"values": [...]}}}`, the latter sparse
    with `keys` and `shape`.
    """
    if isinstance(instance, dict) and isinstance(instance.get("data"), dict):
        instance = instance["data"]
    features = instance.get("features") if isinstance(instance, dict) else None
    if isinstance(features, list):
        features = {"values": features}
    if not isinstance(features, dict) or not isinstance(features.get("values"), list):
        raise ValueError('expected an instance {"features": [...]}')
    values = _numbers(features["values"])
    if "keys" not in features:
        return values, None, len(values)
    keys, shape = _numbers(features["keys"]), _numbers(features.get("shape", ()))
    if len(keys) != len(values) or len(shape) != 1:
        raise ValueError("a sparse instance needs as many keys as values, and one number as shape")
    if shape[0] != np.floor(shape[0]) or shape[0] > np.iinfo(np.int32).max:
        raise ValueError(f"the shape of a sparse instance can't be {shape[0]:g}")
    if (keys < 0).any() or (keys >= shape[0]).any() or (keys != np.floor(keys)).any():
        raise ValueError(f"the keys of a sparse instance must be whole and below {shape[0]:g}")
    return values, keys.astype(int), int(shape[0])


def _numbers(values: Any) -> np.ndarray:
    if not isinstance(values, list | tuple):
        raise ValueError(f"expected a list of numbers, got {type(values).__name__}")
    wrong = [v for v in values if isinstance(v, bool) or not isinstance(v, int | float)]
    if wrong:
        raise ValueError(f"expected numbers, got {wrong[0]!r}")
    try:
        return _finite(np.array(values, float))
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def _to_matrix(rows: list[tuple[np.ndarray, np.ndarray | None, int]]) -> Any:
    if not rows:
        raise ValueError("no instances")
    width = rows[0][2]
    if any(columns != width for _, _, columns in rows):
        raise ValueError("the instances have different numbers of features")
    if all(keys is None for _, keys, _ in rows):
        return np.stack([values for values, _, _ in rows])
    columns = [np.arange(width) if keys is None else keys for _, keys, _ in rows]
    starts = np.cumsum([0, *(len(keys) for keys in columns)])
    values = np.concatenate([values for values, _, _ in rows])
    shape = (len(rows), width)
    return scipy.sparse.csr_matrix((values, np.concatenate(columns), starts), shape=shape)


def _finite(features: Any) -> Any:
    values = features.data if scipy.sparse.issparse(features) else features
    if not np.isfinite(values).all():
        raise ValueError("a feature is missing or infinite")
    return features
