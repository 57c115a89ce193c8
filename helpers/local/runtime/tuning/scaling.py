"""Ranges of a tuning job, as Optuna's distributions, and values as the texts that AWS sends.

Sources: "Hyperparameter scaling types" in the SageMaker developer guide (Define Hyperparameter
Ranges), ContinuousParameterRange and IntegerParameterRange in the API reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from helpers.local.runtime.tuning.number_text import parse_number

# Auto: "several orders of magnitude" are searched on a logarithmic scale. AWS doesn't say how many.
_SEVERAL_ORDERS_OF_MAGNITUDE = 100

Value = float | int | str


class Parameter(Protocol):
    """A tuned hyperparameter.

    `distribution` is what Optuna samples from: its values need not be those of the hyperparameter.
    """

    name: str
    distribution: BaseDistribution

    def to_text(self, value: Value) -> str:
        """Return a sampled value as AWS sends it to the training job."""

    def from_text(self, text: str) -> Value | None:
        """Return the value to sample for a text, or None if it is outside the range."""


@dataclass(frozen=True)
class Continuous:
    """A continuous range. For ReverseLogarithmic, 1 - x has a logarithmic scale."""

    name: str
    low: float
    high: float
    scale: str

    @property
    def distribution(self) -> FloatDistribution:
        """Return the distribution of x, or of 1 - x."""
        if self.scale == "ReverseLogarithmic":
            return FloatDistribution(1 - self.high, 1 - self.low, log=True)
        return FloatDistribution(self.low, self.high, log=self.scale == "Logarithmic")

    def to_text(self, value: float) -> str:
        number = 1 - value if self.scale == "ReverseLogarithmic" else value
        # Rounding can go beyond a bound; Optuna's number may be NumPy's, whose repr names its type.
        return repr(float(min(max(number, self.low), self.high)))

    def from_text(self, text: str) -> float | None:
        number = parse_number(text)
        if number is None or not self.low <= number <= self.high:
            return None
        return 1 - number if self.scale == "ReverseLogarithmic" else number


@dataclass(frozen=True)
class Integer:
    """A range of integers."""

    name: str
    low: int
    high: int
    scale: str

    @property
    def distribution(self) -> IntDistribution:
        """Return the distribution of the integers."""
        return IntDistribution(self.low, self.high, log=self.scale == "Logarithmic")

    def to_text(self, value: int) -> str:
        return str(min(max(value, self.low), self.high))

    def from_text(self, text: str) -> int | None:
        number = parse_number(text)
        if number is None or number != int(number) or not self.low <= number <= self.high:
            return None
        return int(number)


@dataclass(frozen=True)
class Categorical:
    """A list of texts without an order."""

    name: str
    values: tuple[str, ...]

    @property
    def distribution(self) -> CategoricalDistribution:
        """Return the distribution of the texts."""
        return CategoricalDistribution(self.values)

    def to_text(self, value: str) -> str:
        return value

    def from_text(self, text: str) -> str | None:
        return text if text in self.values else None


def parameters(ranges: Mapping) -> list[Parameter]:
    """Return the tuned hyperparameters.

    Parameters
    ----------
    ranges
        HyperParameterRanges of a training job definition (ParameterRanges in the API reference).
    """
    return [
        *(
            Categorical(item["Name"], tuple(item["Values"]))
            for item in ranges.get("CategoricalParameterRanges") or ()
        ),
        *(_continuous(item) for item in ranges.get("ContinuousParameterRanges") or ()),
        *(_integer(item) for item in ranges.get("IntegerParameterRanges") or ()),
    ]


def scale_of(scaling_type: str, low: float, high: float, *, integer: bool) -> str:
    """Return Linear, Logarithmic or ReverseLogarithmic: what `Auto` means for a range.

    AWS documents that Auto "chooses the best scale", and advises Logarithmic for several orders of
    magnitude and ReverseLogarithmic where values close to 1 matter. Here Auto is Logarithmic if
    all values are positive and the largest is at least 100 times the smallest; else it is
    ReverseLogarithmic if a continuous range is in 0 <= x < 1 and its distance from 1 varies by a
    factor of more than 100; else it is Linear.
    """
    if scaling_type != "Auto":
        return scaling_type
    if low > 0 and high / low >= _SEVERAL_ORDERS_OF_MAGNITUDE:
        return "Logarithmic"
    reverse = not integer and low >= 0 and high < 1
    if reverse and (1 - low) / (1 - high) > _SEVERAL_ORDERS_OF_MAGNITUDE:
        return "ReverseLogarithmic"
    return "Linear"


def _continuous(item: Mapping) -> Continuous:
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    scale = scale_of(item.get("ScalingType", "Auto"), low, high, integer=False)
    return Continuous(item["Name"], low, high, scale)


def _integer(item: Mapping) -> Integer:
    low, high = (int(parse_number(item[key])) for key in ("MinValue", "MaxValue"))
    scale = scale_of(item.get("ScalingType", "Auto"), low, high, integer=True)
    return Integer(item["Name"], low, high, scale)
