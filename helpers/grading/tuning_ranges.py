"""Check the ranges of a search: which hyperparameters, how wide, on which scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from helpers.grading.errors import TaskError

UNTUNED = {"max_depth": 5, "eta": 0.2, "gamma": 4, "min_child_weight": 6, "subsample": 0.8}
REQUIRED = ("eta", "max_depth")
DEEPEST = 10


class Range(NamedTuple):
    """A range of the request: its type ("Continuous", ...), its ends, and its scaling."""

    type: str
    low: float
    high: float
    scaling: str

    @property
    def width(self) -> float:
        """The difference of both ends."""
        return self.high - self.low

    @property
    def ratio(self) -> float:
        """How many times the low end is in the high one."""
        return self.high / self.low if self.low > 0 else float("inf")


WIDE_ENOUGH: dict[str, Callable[[Range], bool]] = {
    "eta": lambda each: each.ratio >= 5,
    "max_depth": lambda each: each.width >= 4,
    "min_child_weight": lambda each: each.ratio >= 2,
    "gamma": lambda each: each.width > 0,
    "subsample": lambda each: each.width >= 0.2 - 1e-9,
    "colsample_bytree": lambda each: each.width >= 0.2 - 1e-9,
}
"""Whether each hyperparameter that may be searched has a wide enough range, as the task says."""


def check_ranges(parameter_ranges: dict[str, Any]) -> dict[str, str]:
    """Return each hyperparameter with its range in words. Raises TaskError."""
    ranges = _read(parameter_ranges)
    _check_names(ranges)
    for name, each in ranges.items():
        _check_range(name, each)
    return {name: f"{each.low:g} to {each.high:g}" for name, each in ranges.items()}


def _read(parameter_ranges: dict[str, Any]) -> dict[str, Range]:
    for list_name in ("CategoricalParameterRanges", "AutoParameters"):
        if parameter_ranges.get(list_name):
            name = parameter_ranges[list_name][0]["Name"]
            raise TaskError(
                f"{name} is among the {list_name}. A range has two ends, and all between them may "
                "be tried: which of the other two types is for numbers, and which for whole ones?"
            )
    return {
        each["Name"]: Range(
            kind,
            float(each["MinValue"]),
            float(each["MaxValue"]),
            each.get("ScalingType", "Auto"),
        )
        for kind in ("Integer", "Continuous")
        for each in parameter_ranges.get(f"{kind}ParameterRanges", [])
    }


def _check_names(ranges: dict[str, Range]) -> None:
    missing = [name for name in REQUIRED if name not in ranges]
    if missing:
        raise TaskError(f"{missing[0]} is not searched. The task asks for eta and max_depth.")
    if "num_round" in ranges:
        raise TaskError(
            "num_round is searched. Early stopping finds the number of trees by itself, so the "
            "search would spend its jobs on nothing."
        )
    unknown = sorted(set(ranges) - set(WIDE_ENOUGH))
    if unknown:
        raise TaskError(f"{unknown[0]} is searched, which is not in the task's table.")
    others = len(ranges) - len(REQUIRED)
    if not 1 <= others <= 2:
        raise TaskError(
            f"The search has {len(ranges)} hyperparameters: eta, max_depth, and {others} others. "
            "The task asks for one or two others, since twelve jobs can't explore many."
        )


def _check_range(name: str, each: Range) -> None:
    ends = f"The range of {name} is {each.low:g} to {each.high:g}"
    if each.low > each.high:
        raise TaskError(f"{ends}: are its ends swapped?")
    if name == "max_depth" and each.type != "Integer":
        raise TaskError("max_depth has a continuous range. Can a tree be 4.7 deep?")
    if name in UNTUNED and not each.low <= UNTUNED[name] <= each.high:
        raise TaskError(
            f"{ends}, which leaves out {UNTUNED[name]:g}, the value of the untuned model. Is that "
            "the range of another hyperparameter, or too narrow on one side?"
        )
    if name == "max_depth" and each.high > DEEPEST:
        raise TaskError(f"{ends}. Deep trees take long: the task allows {DEEPEST}.")
    if not WIDE_ENOUGH[name](each):
        raise TaskError(
            f"{ends}, which is too narrow to find something new in it: how far apart should the "
            "ends be, by the task's table?"
        )
    if name == "gamma" and each.low > 0.1:
        raise TaskError(f"{ends}. The task's table says from where it should start: 0, or nearly.")
    if name == "eta" and each.scaling != "Logarithmic":
        raise TaskError(
            f"The scaling of eta is {each.scaling}. From 0.05 to 0.1 is as far as from 0.25 to "
            "0.5: each doubles it. Which scaling sees it that way?"
        )
