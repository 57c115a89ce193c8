"""The kinds of hyperparameters and how a value of each is parsed and checked.

The steps and texts are those of the open container's sagemaker_algorithm_toolkit
(`hyperparameter_validation.py`): what is required, then parsing, then ranges, then dependencies.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from helpers.local.containers.toolkit.errors import UserError

Kind = Literal["Integer", "Continuous", "Categorical", "List", "Tuple", "NestedList"]
Check = Callable[[Any, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` to `high`, None for no limit; an open end isn't part of it."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        low = -inf if self.low is None else self.low
        high = inf if self.high is None else self.high
        too_low = value <= low if self.low_open else value < low
        too_high = value >= high if self.high_open else value > high
        return not (too_low or too_high)

    def __str__(self) -> str:
        start = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        end = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{start}, {end}"


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter of the algorithm.

    default: the documented default, as text; the library applies it, not we.
    tunable: the range that AWS recommends for tuning (linear scale), None if it can't be tuned.
    member: replaces `value in range` for each element of a list; may raise a text of its own.
    check: compares the value with those of `needs`, as far as they were given.
    """

    name: str
    kind: Kind
    range: Any
    default: str | None = None
    tunable: Interval | None = None
    required: bool = False
    member: Callable[[str], bool] | None = None
    needs: tuple[str, ...] = ()
    check: Check | None = None

    def parse(self, text: str) -> Any:
        """Turn the text of a request into a value. Raises UserError."""
        try:
            if self.kind == "Integer":
                return int(text)
            if self.kind == "Continuous":
                return float(text)
            if self.kind == "List":
                return text.split(",")
            if self.kind in ("Tuple", "NestedList"):
                return ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            message = f"Hyperparameter {self.name}: could not parse value"
            raise UserError(message, caused_by=error) from error
        return text

    def validate_range(self, value: Any) -> None:
        """Raise UserError unless `value` (for a list: each element) is in the range."""
        if self.kind in ("Integer", "Continuous", "Categorical"):
            if value not in self.range:
                raise UserError(f"Hyperparameter {self.name}: {value} is not in {self.range}")
            return
        is_member = self.member or (lambda element: element in self.range)
        try:
            elements = [x for inner in value for x in inner] if self.kind == "NestedList" else value
            inside = all(is_member(element) for element in elements)
        except TypeError:  # not a list at all, or of other things than numbers
            inside = False
        if not inside:
            raise UserError(f"Hyperparameter {self.name}: value {value} not in range {self.range}")


def validate(
    given: Mapping[str, str], table: tuple[Hyperparameter, ...], aliases: Mapping[str, str]
) -> dict[str, Any]:
    """Check the hyperparameters of a training job.

    given: name to text, as in hyperparameters.json; aliases: other name to name in the table.
    Returns typed values under the table's names. Raises UserError at the first violation.
    """
    known = {hyperparameter.name: hyperparameter for hyperparameter in table}
    renamed = {aliases.get(name, name): text for name, text in given.items()}
    for name, hyperparameter in known.items():
        if hyperparameter.required and name not in renamed:
            raise UserError(f"Missing required hyperparameter: {name}")
    values: dict[str, Any] = {}
    for name, text in renamed.items():
        if name not in known:
            raise UserError(f"Extraneous hyperparameter found: {name}")
        values[name] = known[name].parse(text)
    for name, value in values.items():
        known[name].validate_range(value)
    for name, value in values.items():
        check = known[name].check
        if check is not None:
            check(value, {need: values[need] for need in known[name].needs if need in values})
    return values
