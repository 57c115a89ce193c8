"""What CreateHyperParameterTuningJob refuses in the ranges of hyperparameters.

AWS's own words where they are public; the rules are those of "Define Hyperparameter Ranges" in its
developer guide, and what they refuse is worded here where AWS's text is not known.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.local.runtime.tuning.definitions import RANGE_LISTS, tuned_names

MOST_RANGES = 30
MOST_HYPERPARAMETERS = 100
INTEGER, CONTINUOUS, CATEGORICAL = RANGE_LISTS
_NUMBERS = {INTEGER: (int, "an integer"), CONTINUOUS: (float, "a number")}


def errors(definition: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what AWS refuses in the ranges of a training job definition.

    Only the first text is shown: what follows may take for granted that the first holds.

    Parameters
    ----------
    definition
        With its ranges, and with `_tuning_objective_metric` in its static hyperparameters.
    config
        The HyperParameterTuningJobConfig.
    """
    names = tuned_names(definition)
    if not names:
        yield (
            "A hyperparameter tuning job needs at least one hyperparameter range. Provide a range."
        )
    if len(names) > MOST_RANGES:
        yield f"At most {MOST_RANGES} hyperparameters can be tuned, and these are {len(names)}."
    for name, count in Counter(names).items():
        if count > 1:
            yield f"Hyperparameter {name} has {count} ranges. Provide one."
    static = definition.get("StaticHyperParameters", {})
    for name in names:
        if name in static:
            yield (
                f"Hyperparameter {name} is both static and tuned. Remove it from "
                "StaticHyperParameters, or remove its range."
            )
    if len(static) + len(names) > MOST_HYPERPARAMETERS:
        yield (
            f"A training job can have at most {MOST_HYPERPARAMETERS} hyperparameters, and these "
            f"are {len(static)} static ones (_tuning_objective_metric is one of them) and "
            f"{len(names)} tuned ones."
        )
    for type_name in (INTEGER, CONTINUOUS):
        for item in definition.get("HyperParameterRanges", {}).get(type_name, ()):
            yield from _number_errors(type_name, item)
    for item in definition.get("HyperParameterRanges", {}).get(CATEGORICAL, ()):
        if len(set(item["Values"])) < len(item["Values"]):
            yield f"The values of hyperparameter {item['Name']} must be unique: {item['Values']}"
    yield from _strategy_errors(definition, config)


def _number_errors(type_name: str, item: Mapping[str, Any]) -> Iterator[str]:
    parse, words = _NUMBERS[type_name]
    name = item["Name"]
    try:
        if "_" in item["MinValue"] + item["MaxValue"]:  # Python reads 1_000
            raise ValueError
        low, high = parse(item["MinValue"]), parse(item["MaxValue"])
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        yield (
            f"MinValue and MaxValue of hyperparameter {name} must each be {words}, and are "
            f"{item['MinValue']!r} and {item['MaxValue']!r}."
        )
        return
    if low >= high:
        yield (
            f"MinValue of hyperparameter {name} must be less than its MaxValue, and they are "
            f"{item['MinValue']} and {item['MaxValue']}."
        )
    if math.isinf(float(high) - float(low)):
        yield (
            f"The range of hyperparameter {name} is too wide, from {item['MinValue']} to "
            f"{item['MaxValue']}: the difference must be a number of double precision."
        )
    scaling = item.get("ScalingType")
    if scaling == "Logarithmic" and low <= 0:
        yield (
            f"ScalingType Logarithmic of hyperparameter {name} needs a range of values greater "
            f"than 0, and its MinValue is {item['MinValue']}."
        )
    if scaling == "ReverseLogarithmic" and type_name == INTEGER:
        yield (
            f"ScalingType ReverseLogarithmic of hyperparameter {name} needs a continuous range, "
            "and its range is of integers."
        )
    if scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        yield (
            f"ScalingType ReverseLogarithmic of hyperparameter {name} needs a range from 0 to less "
            f"than 1, and it is from {item['MinValue']} to {item['MaxValue']}."
        )


def _strategy_errors(definition: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the number of combinations."""
    most = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    number = combinations(definition)
    if config["Strategy"] != "Grid":
        if most is not None and number < most:
            # examples#1207 and sagemaker-python-sdk#3932 quote it
            yield (
                "You don't have enough combinations of hyperparameter ranges. The total number of "
                f"hyperparameter combinations for the provided ranges [{number:.1f}] must be equal "
                f"or greater than the value of MaxNumberOfJobs, [{most}]. Provide additional "
                "ranges."
            )
        return
    by_type = definition["HyperParameterRanges"]
    if by_type.get(INTEGER) or by_type.get(CONTINUOUS):
        yield (
            "Strategy Grid tunes categorical hyperparameters only. Use CategoricalParameterRanges, "
            "or another strategy."
        )
        return
    if most is not None and number != most:
        yield (
            f"Strategy Grid tries each of the {number:.0f} combinations of the categorical values, "
            f"and MaxNumberOfTrainingJobs is {most}. Leave it out, or set it to {number:.0f}."
        )


def combinations(definition: Mapping[str, Any]) -> float:
    """Return how many combinations the ranges have: infinitely many with a continuous one."""
    by_type = definition["HyperParameterRanges"]
    if by_type.get(CONTINUOUS):
        return math.inf
    categories = [len(item["Values"]) for item in by_type.get(CATEGORICAL, ())]
    integers = [
        int(item["MaxValue"]) - int(item["MinValue"]) + 1 for item in by_type.get(INTEGER, ())
    ]
    return math.prod([*categories, *integers], start=1.0)
