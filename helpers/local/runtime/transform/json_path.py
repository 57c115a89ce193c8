"""The part of JSONPath that batch transform's filters understand.

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
"""From a value to a part of it. Raises LookupError that says why there is none."""


class InvalidFilter(ValueError):
    """A filter that CreateTransformJob refuses, with the text of the answer."""


class PathError(ValueError):
    """A filter that does not fit the data it meets."""


@dataclass(frozen=True)
class JsonPath:
    """A parsed path. `select(value)` is the part of a JSON value that it names."""

    text: str
    steps: tuple[Step, ...]

    @property
    def is_root(self) -> bool:
        """Whether it is `$`, the whole value."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """Raises PathError if the value has no such part.

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
    """Parses a filter. member: `InputFilter` or `OutputFilter`, named in the error.

    Raises InvalidFilter for what no such filter may hold.
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
        problem = 'A JsonPath begins with "$", which is the whole record.'
    steps: list[Step] = []
    position = 1
    while problem is None and position < len(text):
        found = _STEP.match(text, position)
        step = found and (_key(found[2]) if found[1] is None else _bracket(found[1]))
        if step is None:
            problem = f'"{text[position:]}" is not understood in JsonPath.'
        else:
            steps.append(step)
            position = found.end()
    if problem:
        raise InvalidFilter(f'Invalid {member}: "{text}". {problem}')
    return JsonPath(text, tuple(steps))


def _bracket(inner: str) -> Step | None:
    compact = inner.replace(" ", "")
    if compact == "*":
        return _everything
    if _INDEXES.fullmatch(compact):
        return _indexes([int(index) for index in compact.split(",")])
    if found := _RANGE.fullmatch(compact):
        return _range(*(None if bound is None else int(bound) for bound in found.groups()))
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
    """AWS takes such a filter (the API reference shows one, `$[0,5:]`), and then fails the job."""

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
        raise LookupError(f"the value is no array but {type(value).__name__}")
    return value


def _element(value: Any, index: int) -> Any:
    if not -len(_array(value)) <= index < len(value):
        raise LookupError(f"index {index} is not within the {len(value)} elements of the array")
    return value[index]


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise LookupError(f"the value is no object that could have '{name}'")
    if name not in value:
        raise LookupError(f"there is no '{name}', only {', '.join(map(repr, value))}")
    return value[name]
