"""Python values to JSON values, by the shapes of botocore's service model."""

import base64
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_PYTHON_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
}


class JsonReady(list):
    """Elements of a result that are JSON values of the right shape already: they are not checked.

    For parts of an answer that are long and always the same.
    """


def write(shape: Shape, value: Any, path: str) -> Any:
    """Return a value as JSON has it: members that are None left out, times as epoch seconds.

    Raises
    ------
    TypeError
        If the shape has no such member, or a value is of the wrong type.
    """
    if isinstance(value, JsonReady):
        return value
    if isinstance(shape, StructureShape):
        _require(isinstance(value, Mapping), shape, value, path)
        members = shape.members
        if unknown := value.keys() - members.keys():
            raise TypeError(f"{path} has no member {sorted(unknown)}, only {sorted(members)}")
        return {
            name: write(members[name], item, f"{path}.{name}")
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, MapShape):
        _require(isinstance(value, Mapping), shape, value, path)
        return {key: write(shape.value, item, f"{path}[{key}]") for key, item in value.items()}
    if isinstance(shape, ListShape):
        _require(isinstance(value, list | tuple), shape, value, path)
        return [write(shape.member, item, f"{path}[{index}]") for index, item in enumerate(value)]
    return _scalar(shape, value, path)


def _scalar(shape: Shape, value: Any, path: str) -> Any:
    match shape.type_name:
        case "timestamp":
            _require(isinstance(value, datetime) and value.tzinfo is not None, shape, value, path)
            return round(value.timestamp(), 3)
        case "blob":
            _require(isinstance(value, bytes), shape, value, path)
            return base64.b64encode(value).decode()
        case "float" | "double" if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case type_name:
            # a bool is an int to Python, never to JSON
            is_right_type = isinstance(value, _PYTHON_TYPES[type_name]) and (
                isinstance(value, bool) == (type_name == "boolean")
            )
            _require(is_right_type, shape, value, path)
            return value


def _require(holds: bool, shape: Shape, value: Any, path: str) -> None:
    if not holds:
        raise TypeError(f"{path} must be a {shape.type_name}, not {value!r}")
