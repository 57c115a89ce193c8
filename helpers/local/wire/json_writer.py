"""Python values to JSON values, by the shapes of botocore's service model."""

import base64
import json
import math
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
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
Writer = Callable[[Any], Any]


class JsonReady:
    """A list of a result whose JSON is written once: for what is long and always the same.

    Parameters
    ----------
    items
        JSON values; they are not checked.
    """

    def __init__(self, items: list[Any]):
        self._json = json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()
        self._token = f"json-ready-{uuid.uuid4().hex}"  # that no client's text can hold

    def mark(self) -> str:
        """Return the text that stands for it until `insert`."""
        return self._token

    def insert(self, text: bytes) -> bytes:
        """Replace its mark in a JSON text."""
        return text.replace(f'"{self._token}"'.encode(), self._json, 1)


def dump(value: Any) -> bytes:
    """Return the JSON of a value that `write` returned."""
    ready: list[JsonReady] = []

    def mark(item: JsonReady) -> str:
        ready.append(item)
        return item.mark()

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=mark).encode()
    for item in ready:
        text = item.insert(text)
    return text


class _MismatchError(Exception):
    """A value does not fit its shape; `path` grows on the way up to the operation."""

    def __init__(self, message: str):
        super().__init__(message)
        self.path = ""


def write(shape: Shape, value: Any, operation: str) -> Any:
    """Return a result as JSON has it: members that are None left out, times as epoch seconds.

    Raises
    ------
    TypeError
        If the shape has no such member, or a value is of the wrong type; it names the path.
    """
    try:
        return _writer(shape)(value)
    except _MismatchError as error:
        raise TypeError(f"{operation}{error.path} {error}") from None


@cache
def _writer(shape: Shape) -> Writer:
    """Return the function that writes values of a shape, made once."""
    if isinstance(shape, StructureShape):
        return _structure_writer(shape)
    if isinstance(shape, MapShape):
        return _map_writer(shape)
    if isinstance(shape, ListShape):
        return _list_writer(shape)
    return _SCALARS.get(shape.type_name) or _plain_writer(shape.type_name)


def _structure_writer(shape: StructureShape) -> Writer:
    members = shape.members

    def write_structure(value: Any) -> dict[str, Any]:
        _require(isinstance(value, Mapping), "structure", value)
        written = {}
        for name, item in value.items():
            if name not in members:
                raise _MismatchError(f"has no member {name!r}, only {sorted(members)}")
            if item is not None:
                try:
                    written[name] = _writer(members[name])(item)
                except _MismatchError as error:
                    error.path = f".{name}{error.path}"
                    raise
        return written

    return write_structure


def _map_writer(shape: MapShape) -> Writer:
    def write_map(value: Any) -> dict[str, Any]:
        _require(isinstance(value, Mapping), "map", value)
        write_value, written = _writer(shape.value), {}
        for key, item in value.items():
            try:
                written[key] = write_value(item)
            except _MismatchError as error:
                error.path = f"[{key}]{error.path}"
                raise
        return written

    return write_map


def _list_writer(shape: ListShape) -> Writer:
    def write_list(value: Any) -> list[Any]:
        if isinstance(value, JsonReady):
            return value
        _require(isinstance(value, list | tuple), "list", value)
        write_item, written = _writer(shape.member), []
        for item in value:
            try:
                written.append(write_item(item))
            except _MismatchError as error:
                error.path = f"[{len(written)}]{error.path}"
                raise
        return written

    return write_list


def _plain_writer(type_name: str) -> Writer:
    python_type, is_boolean = _PYTHON_TYPES[type_name], type_name == "boolean"
    is_float = type_name in ("float", "double")

    def write_plain(value: Any) -> Any:
        # a bool is an int to Python, never to JSON
        fits = isinstance(value, python_type) and isinstance(value, bool) == is_boolean
        _require(fits, type_name, value)
        if is_float and isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return value

    return write_plain


def _write_time(value: Any) -> float:
    _require(isinstance(value, datetime) and value.tzinfo is not None, "timestamp", value)
    # half up, as state/page_query.py has SQLite do: Python's round and SQLite's differ at halves
    return int(value.timestamp() * 1000 + 0.5) / 1000


def _write_blob(value: Any) -> str:
    _require(isinstance(value, bytes), "blob", value)
    return base64.b64encode(value).decode()


_SCALARS: dict[str, Writer] = {"timestamp": _write_time, "blob": _write_blob}


def _require(holds: bool, type_name: str, value: Any) -> None:
    if not holds:
        raise _MismatchError(f"must be a {type_name}, not {value!r}")
