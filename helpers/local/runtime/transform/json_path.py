"""The part of JSONPath that batch transform's filters support.

Operators: "Associate Prediction Results with Input Records" in the SageMaker developer guide. A
range includes its end, as that page says. Texts of errors: clients' tracebacks (github.com
aws/aws-sdk issue 184, aws/sagemaker-python-sdk issue 1112).
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CSV = "text/csv"
_OPERATORS = "$[]*. ,:-'"
_CSV_OPERATORS = "$[]* ,:-"  # a row is an array: no names
_INDEXES = re.compile(r"-?\d+(?:,-?\d+)*")
_RANGE = re.compile(r"(-?\d+)?:(-?\d+)?")
_NAMES = re.compile(r"'[^',]+'(?: *, *'[^',]+')*")
_STEP = re.compile(r"\.?\[ *([^\[\]]*?) *\]|\. *([^.\[\]' ,:]+)")

Step = Callable[[Any], Any]
"""Returns a part of a value. Raises LookupError with the reason if it has no such part."""


class InvalidFilterError(ValueError):
    """A filter that CreateTransformJob refuses, with the text of the response."""


class PathError(ValueError):
    """A filter that does not fit the data."""


@dataclass(frozen=True)
class JsonPath:
    """A parsed path.

    Parameters
    ----------
    text
        As it was in the request.
    steps
        Applied one after the other.
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def is_root(self) -> bool:
        """Tell whether it is `$`, the whole value."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """Return the part of a JSON value that the path names. Raises PathError if there is none.

        >>> parse("$[1:2]", "OutputFilter", "text/csv").select(["a", "b", "c"])
        ['b', 'c']
        """
        for step in self.steps:
            try:
                value = step(value)
            except LookupError as error:
                raise PathError(f"Invalid JsonPath: {self.text}: {error.args[0]}") from error
        return value


def parse(text: str, member: str, content_type: str) -> JsonPath:
    """Parse a filter.

    Parameters
    ----------
    text
        The filter, such as ``$.features[0:3]``.
    member
        `InputFilter` or `OutputFilter`, for the error.
    content_type
        Of the data: rows of CSV have no names.

    Raises
    ------
    InvalidFilterError
        For a filter that is not supported.
    """
    operators = _CSV_OPERATORS if content_type == CSV else _OPERATORS
    alphabet = operators + string.digits + ("" if content_type == CSV else string.ascii_letters)
    problem = None
    if unexpected := re.search(f"[^{re.escape(alphabet)}]", text):
        listed = ", ".join(f"'{operator}'" for operator in operators)
        problem = (
            f'Unexpected "{unexpected[0]}" in JsonPath. '
            f'Supported operators for "{content_type}" are [{listed}]'
        )
    elif not text.startswith("$"):
        problem = 'A JsonPath must start with "$", which is the whole record.'
    steps: list[Step] = []
    position = 1
    while problem is None and position < len(text):
        match = _STEP.match(text, position)
        step = match and (_key(match[2]) if match[1] is None else _bracket(match[1]))
        if step is None:
            problem = f'"{text[position:]}" is not supported in JsonPath.'
        else:
            steps.append(step)
            position = match.end()
    if problem:
        raise InvalidFilterError(f'Invalid {member}: "{text}". {problem}')
    return JsonPath(text, tuple(steps))


def _bracket(inner: str) -> Step | None:
    compact = inner.replace(" ", "")
    if compact == "*":
        return _everything
    if _INDEXES.fullmatch(compact):
        return _indexes([int(index) for index in compact.split(",")])
    if match := _RANGE.fullmatch(compact):
        return _range(*(None if bound is None else int(bound) for bound in match.groups()))
    if ":" in compact:
        return _several_ranges(compact)
    if _NAMES.fullmatch(inner):
        names = [name.strip(" '") for name in inner.split(",")]
        return _key(names[0]) if len(names) == 1 else _keys(names)
    return None


def _key(name: str) -> Step:
    return _everything if name == "*" else lambda value: _member(value, name)


def _keys(names: list[str]) -> Step:
    return lambda value: {name: _member(value, name) for name in names}


def _indexes(indexes: list[int]) -> Step:
    if len(indexes) == 1:
        return lambda value: _element(value, indexes[0])
    return lambda value: [_element(value, index) for index in indexes]


def _range(first: int | None, last: int | None) -> Step:
    def select(value: Any) -> list[Any]:
        for bound in (first, last):
            if bound is not None:
                _element(value, bound)
        size = len(_array(value))
        start = 0 if first is None else first % size
        end = size - 1 if last is None else last % size
        return value[start : end + 1]

    return select


def _several_ranges(compact: str) -> Step:
    """Fail at the data: AWS accepts such a filter (`$[0,5:]` in the API reference), then fails."""

    def refuse(value: Any) -> Any:
        raise LookupError(
            "only single range filters of format (eg: [1:5]) are supported. "
            f"Format [{compact}] is not supported"
        )

    return refuse


def _everything(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else _array(value)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise LookupError(f"expected an array, got {type(value).__name__}")
    return value


def _element(value: Any, index: int) -> Any:
    if not -len(_array(value)) <= index < len(value):
        raise LookupError(f"index {index} is out of range: the array has {len(value)} elements")
    return value[index]


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise LookupError(f"expected an object with '{name}', got {type(value).__name__}")
    if name not in value:
        raise LookupError(f"there is no '{name}', only {', '.join(map(repr, value))}")
    return value[name]
