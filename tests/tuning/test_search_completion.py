"""Completion criteria count jobs without a significant improvement; Autotune fills ranges."""

from datetime import UTC, datetime

import pytest

from helpers.local.runtime.tuning.autotune import ranges_from_hints
from helpers.local.runtime.tuning.completion import Completion
from helpers.local.runtime.tuning.convergence import Convergence

INFINITY, NAN = float("inf"), float("nan")
JOB = {"ResourceLimits": {}, "Strategy": "Random"}


def convergence(values, direction: str) -> Convergence:
    """Return what has seen these objectives."""
    seen = Convergence(direction)
    for value in values:
        seen.add(value)
    return seen


def has_converged(values, direction: str) -> bool:
    return convergence(values, direction).is_detected()


@pytest.mark.parametrize(
    ("values", "direction", "count"),
    [
        ([], "Minimize", 0),
        ([5.0], "Minimize", 0),
        ([5.0, 4.0], "Minimize", 0),
        ([5.0, 4.96], "Minimize", 1),
        ([5.0, 4.0, 4.5, 3.99], "Minimize", 2),
        ([0.5, 0.9, 0.908, 0.7], "Maximize", 2),
        ([0.5, 0.9, 0.908, 0.92], "Maximize", 0),
        ([-5.0, -4.0], "Maximize", 0),
        ([0.0, 0.0], "Minimize", 1),
        # a number is better than one that isn't finite
        ([INFINITY, 5.0, 6.0], "Minimize", 1),
        ([-INFINITY, 5.0, 4.0], "Maximize", 1),
        ([NAN, 5.0, 6.0], "Minimize", 1),
        ([5.0, NAN, 4.0], "Minimize", 0),
        # many small improvements together are one
        ([100.0, 99.5, 98.9], "Minimize", 0),
    ],
)
def test_jobs_without_improvement_are_counted(values, direction, count):
    """A job improves the search if it is better than the best by more than 1 %."""
    assert convergence(values, direction).jobs_not_improving == count


@pytest.mark.parametrize("direction", ["Minimize", "Maximize"])
def test_a_number_is_better_than_none(direction):
    """An objective that is not a number is never better than one that is, and never stays best."""
    completion = Completion(JOB, direction)
    assert [completion.add(value, datetime.now(UTC)) for value in (NAN, 5.0, NAN)] == [
        True, True, False,
    ]  # fmt: skip


def test_a_search_that_improves_has_not_converged():
    """Steady improvement, or a late one, is not convergence."""
    assert not has_converged([0.9**number for number in range(50)], "Minimize")
    assert not has_converged([1.0] * 30 + [0.5] + [1.0] * 12, "Minimize")


def test_a_search_without_improvement_has_converged():
    """Ten jobs without an improvement, and as many as half of all, are convergence."""
    assert not has_converged([1.0] * 10, "Minimize")
    assert has_converged([1.0] * 11, "Minimize")
    improving = [1 - number / 20 for number in range(15)]
    assert not has_converged(improving + [0.3] * 14, "Minimize")
    assert has_converged(improving + [0.3] * 15, "Minimize")


@pytest.mark.parametrize(
    ("hint", "bounds", "made"),
    [
        ("4", None, ("Integer", "2", "8")),
        ("5", None, ("Integer", "2", "10")),
        ("7", ("0", "10"), ("Integer", "3", "10")),
        ("0", None, ("Integer", "0", "1")),
        ("-4", None, ("Integer", "-8", "-2")),
        ("0.3", None, ("Continuous", "0.15", "0.6")),
        ("0.8", ("0.5", "1.0"), ("Continuous", "0.5", "1.0")),
        ("1", ("0.0", "120.0"), ("Continuous", "0.5", "2.0")),
        ("50", ("0", "10"), ("Integer", "25", "100")),
    ],
)
def test_a_hint_becomes_a_range(hint, bounds, made):
    """A range goes from half to twice the hint, within the algorithm's limits where possible."""
    ranges = {"AutoParameters": [{"Name": "x", "ValueHint": hint}]}
    kind, low, high = made
    filled = ranges_from_hints(ranges, {"x": bounds} if bounds else {})
    expected = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": "Auto"}
    assert filled.pop(f"{kind}ParameterRanges") == [expected]
    assert set(map(len, filled.values())) == {0}


def test_hints_are_added_to_the_ranges_of_the_request():
    """Other ranges stay as they are, and a hint that is not a number is the one category."""
    eta = {"Name": "eta", "MinValue": "0", "MaxValue": "1"}
    hints = [{"Name": "booster", "ValueHint": "gbtree"}, {"Name": "gamma", "ValueHint": "0.5"}]
    filled = ranges_from_hints({"ContinuousParameterRanges": [eta], "AutoParameters": hints})
    assert filled["ContinuousParameterRanges"][0] == eta
    assert [item["Name"] for item in filled["ContinuousParameterRanges"]] == ["eta", "gamma"]
    assert filled["CategoricalParameterRanges"] == [{"Name": "booster", "Values": ["gbtree"]}]
    assert filled["IntegerParameterRanges"] == []
