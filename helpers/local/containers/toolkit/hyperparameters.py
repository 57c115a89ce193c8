"""The types of hyperparameters, and how a value of each type is parsed and validated.

The steps and texts are those of the open container's sagemaker_algorithm_toolkit
(`hyperparameter_validation.py`): required ones, then parsing, then ranges, then dependencies.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from helpers.local.containers.toolkit.errors import UserError

Type = Literal["Integer", "Continuous", "Categorical", "List", "Tuple", "NestedList"]
Check = Callable[[Any, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` to `high`, None for no limit; an open end isn't included.

    >>> 1 in Interval(0, 1), 0 in Interval(0, 1, low_open=True), str(Interval(0, low_open=True))
    (True, False, '(0, +inf)')
    """

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
    """One hyperparameter of an algorithm.

    Parameters
    ----------
    name
        As in the request, and in the algorithm's documentation.
    type
        How its text is parsed; the values of a List are separated by commas, a Tuple and a
        NestedList are Python literals.
    range
        Contains the valid values, or the valid elements of a List, Tuple or NestedList; it is
        shown in errors.
    default
        The documented default, as text; the library applies it.
    tunable
        The range that AWS recommends for tuning (linear scale), None if it can't be tuned.
    required
        Whether a request must have it.
    member
        Tests an element of a list instead of `element in range`; may raise UserError.
    needs
        Names of other hyperparameters that `check` reads.
    check
        ``check(value, others)`` raises UserError if the value doesn't fit those of `needs` that
        the request has.
    """

    name: str
    type: Type
    range: Any
    default: str | None = None
    tunable: Interval | None = None
    required: bool = False
    member: Callable[[str], bool] | None = None
    needs: tuple[str, ...] = ()
    check: Check | None = None

    def parse(self, text: str) -> Any:
        """Parse the text of a request. Raises UserError if it isn't of this type."""
        try:
            if self.type == "Integer":
                return int(text)
            if self.type == "Continuous":
                return float(text)
            if self.type == "List":
                return text.split(",")
            if self.type in ("Tuple", "NestedList"):
                return ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            message = f"Hyperparameter {self.name}: could not parse value"
            raise UserError(message, caused_by=error) from error
        return text

    def validate_range(self, value: Any) -> None:
        """Raise UserError unless `value` (for a list: each element) is in the range."""
        if self.type in ("Integer", "Continuous", "Categorical"):
            if value not in self.range:
                raise UserError(f"Hyperparameter {self.name}: {value} is not in {self.range}")
            return
        is_member = self.member or (lambda element: element in self.range)
        try:
            elements = [x for inner in value for x in inner] if self.type == "NestedList" else value
            is_valid = all(is_member(element) for element in elements)
        except TypeError:  # not a list, or not a list of numbers
            is_valid = False
        if not is_valid:
            raise UserError(f"Hyperparameter {self.name}: value {value} not in range {self.range}")


def validate(
    texts: Mapping[str, str], table: tuple[Hyperparameter, ...], aliases: Mapping[str, str]
) -> dict[str, Any]:
    """Validate the hyperparameters of a training job.

    Parameters
    ----------
    texts
        Name to text, as in hyperparameters.json.
    table
        All hyperparameters of the algorithm.
    aliases
        Other name to name in the table.

    Returns
    -------
    dict
        Name in the table to parsed value, for those that were given.

    Raises
    ------
    UserError
        At the first violation, with the container's text.
    """
    known = {hyperparameter.name: hyperparameter for hyperparameter in table}
    renamed = {aliases.get(name, name): text for name, text in texts.items()}
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
