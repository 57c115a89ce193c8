"""Values lie in their ranges, and each scaling has its distribution."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, uniform
from support.tuning_search import new_search

from helpers.local.runtime.tuning.scaling import parameters, scale_of

TRIALS = 400
TENTH_TO_HALF = {"MinValue": "0.1", "MaxValue": "0.5"}


@st.composite
def continuous_ranges(draw) -> dict:
    """Return a range that AWS accepts, with any scaling."""
    scaling = draw(st.sampled_from(["Linear", "Logarithmic", "ReverseLogarithmic", "Auto"]))
    lowest, highest = {"Logarithmic": (1e-12, 1e12), "ReverseLogarithmic": (0, 1 - 1e-12)}.get(
        scaling, (-1e12, 1e12)
    )
    bounds = st.floats(lowest, highest)
    low, high = sorted(draw(st.tuples(bounds, bounds).filter(lambda pair: pair[0] != pair[1])))
    return {"MinValue": repr(low), "MaxValue": repr(high), "ScalingType": scaling}


@st.composite
def integer_ranges(draw) -> dict:
    """Return a range of integers that AWS accepts."""
    scaling = draw(st.sampled_from(["Linear", "Logarithmic", "Auto"]))
    bounds = st.integers(1 if scaling == "Logarithmic" else -(10**9), 10**9)
    low, high = sorted(draw(st.lists(bounds, min_size=2, max_size=2, unique=True)))
    return {"MinValue": str(low), "MaxValue": str(high), "ScalingType": scaling}


@given(
    st.lists(continuous_ranges(), max_size=3),
    st.lists(integer_ranges(), max_size=3),
    st.lists(st.lists(st.text(max_size=5), min_size=1, unique=True, max_size=5), max_size=2),
    st.sampled_from(["Random", "Bayesian"]),
    st.integers(0, 2**31 - 1),
)
@settings(max_examples=25, deadline=None)
def test_every_value_lies_in_its_range(continuous, integers, categories, strategy, seed):
    """Whatever the ranges, every value has its form and lies between the bounds, or on one."""
    ranges = {
        "ContinuousParameterRanges": [{"Name": f"c{n}", **r} for n, r in enumerate(continuous)],
        "IntegerParameterRanges": [{"Name": f"i{n}", **r} for n, r in enumerate(integers)],
        "CategoricalParameterRanges": [
            {"Name": f"k{n}", "Values": values} for n, values in enumerate(categories)
        ],
    }
    search = new_search(strategy, ranges, seed=seed)
    for number in range(7):
        trial, asked = search.ask()
        search.tell(trial, float(number % 3))
        for item in ranges["ContinuousParameterRanges"]:
            value = float(asked[item["Name"]])
            assert float(item["MinValue"]) <= value <= float(item["MaxValue"])
            assert repr(value) == asked[item["Name"]]
        for item in ranges["IntegerParameterRanges"]:
            value = int(asked[item["Name"]])
            assert int(item["MinValue"]) <= value <= int(item["MaxValue"])
            assert str(value) == asked[item["Name"]]
        for item in ranges["CategoricalParameterRanges"]:
            assert asked[item["Name"]] in item["Values"]


@settings(max_examples=50, deadline=None)
@given(st.one_of(continuous_ranges(), integer_ranges()), st.floats(0, 1))
def test_a_text_returns_as_the_value_it_came_from(item, share):
    """What is sent to a job is read back from an earlier job's parameters, up to rounding."""
    integer = "." not in item["MinValue"] and "e" not in item["MinValue"]
    kind = "IntegerParameterRanges" if integer else "ContinuousParameterRanges"
    (parameter,) = parameters({kind: [{"Name": "x", **item}]})
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    number = min(max(low + share * (high - low), low), high)
    text = str(round(number)) if integer else repr(number)
    again = float(parameter.to_text(parameter.from_text(text)))
    assert again == pytest.approx(float(text), rel=1e-9, abs=1e-9)


def test_a_number_of_numpy_becomes_plain_text():
    """Near the upper bound of a range, Optuna's TPE returns NumPy's numbers, not Python's."""
    [item] = parameters({"ContinuousParameterRanges": [{"Name": "c", **TENTH_TO_HALF}]})
    assert item.to_text(np.float64(0.25)) == "0.25"


def test_rounding_does_not_leave_the_range():
    """1 - (1 - x) can differ from x in the last digit: a bound is still sent as itself."""
    bounds = {"MinValue": "0.1", "MaxValue": "0.3", "ScalingType": "ReverseLogarithmic"}
    (parameter,) = parameters({"ContinuousParameterRanges": [{"Name": "x", **bounds}]})
    assert 1 - (1 - 0.1) < 0.1
    assert 1 - (1 - 0.3) > 0.3
    for text in ("0.1", "0.3"):
        assert parameter.to_text(parameter.from_text(text)) == text


def sample(low: str, high: str, scaling: str) -> list[float]:
    """Return values that Random draws from a continuous range, with a fixed seed."""
    item = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    search = new_search("Random", {"ContinuousParameterRanges": [item]}, seed=3)
    return [float(search.ask()[1]["x"]) for _ in range(TRIALS)]


def integers(low: str, high: str, scaling: str) -> list[int]:
    """Return values that Random draws from a range of integers, with a fixed seed.

    A continuous range beside it makes all combinations differ, so that integers may repeat.
    """
    item = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    other = {"Name": "y", "MinValue": "0", "MaxValue": "1", "ScalingType": "Linear"}
    ranges = {"IntegerParameterRanges": [item], "ContinuousParameterRanges": [other]}
    search = new_search("Random", ranges, seed=5)
    return [int(search.ask()[1]["x"]) for _ in range(TRIALS)]


def same(values) -> float:
    return values


def log_of_rest(value: float) -> float:
    return math.log(1 - value)


@pytest.mark.parametrize(
    ("low", "high", "scaling", "scale"),
    [
        ("-3", "5", "Linear", same),
        ("1e-5", "0.1", "Logarithmic", math.log),
        ("0.5", "0.9999", "ReverseLogarithmic", log_of_rest),
        ("0.02", "0.99", "Auto", same),
        ("0", "1000", "Auto", same),
        ("1e-4", "0.1", "Auto", math.log),
        ("0.5", "0.9999", "Auto", log_of_rest),
    ],
)
def test_a_scaling_has_its_distribution(low, high, scaling, scale):
    """On its scale, a scaling draws uniformly (Kolmogorov-Smirnov), and on no other scale."""
    values = sample(low, high, scaling)
    for other in {same, math.log, log_of_rest}:
        try:
            ends = sorted((other(float(low)), other(float(high))))
            seen = [other(value) for value in values]
        except ValueError:  # the scale does not apply to the range
            continue
        chance = kstest(seen, uniform(ends[0], ends[1] - ends[0]).cdf).pvalue
        assert (chance > 0.05) if other is scale else (chance < 1e-3)


def test_integers_are_equally_frequent_on_the_linear_scale():
    """Both bounds of an integer range are as frequent as the values between them."""
    values = integers("1", "4", "Linear")
    assert all(abs(values.count(number) - TRIALS / 4) < 30 for number in (1, 2, 3, 4))


def test_small_integers_are_more_frequent_on_the_logarithmic_scale():
    """A logarithmic range of integers has as many values below its geometric mean as above."""
    values = integers("1", "1000000", "Logarithmic")
    assert abs(sum(value < 1000 for value in values) - TRIALS / 2) < 40


@pytest.mark.parametrize(
    ("low", "high", "integer", "scale"),
    [
        (0.01, 1.0, False, "Logarithmic"),
        (0.011, 1.0, False, "Linear"),
        (0.0, 1e6, False, "Linear"),
        (1, 100, True, "Logarithmic"),
        (1, 99, True, "Linear"),
        (0, 1000, True, "Linear"),
        (-10, 1000, True, "Linear"),
        (0.5, 0.999, False, "ReverseLogarithmic"),
        (0.001, 0.999, False, "Logarithmic"),
        (0.0, 0.9, False, "Linear"),
        (0.0, 1.0, False, "Linear"),
    ],
)
def test_auto(low, high, integer, scale):
    """Auto is logarithmic from a factor of 100 on, towards 0 before towards 1."""
    assert scale_of("Auto", low, high, integer=integer) == scale
