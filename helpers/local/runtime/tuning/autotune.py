"""Autotune: ranges from example values (AutoParameters).

Source: "Autotune" in "Define Hyperparameter Ranges" of the SageMaker developer guide. Its only
example is the hint 4, which becomes the integers 2 to 8: from half to twice the hint. The rest
here follows from that, since AWS doesn't publish its rule.
"""

from collections.abc import Mapping

from helpers.local.runtime.tuning.definitions import RANGE_LISTS
from helpers.local.runtime.tuning.number_text import parse_number


def ranges_from_hints(
    ranges: Mapping, bounds: Mapping[str, tuple[str, str]] | None = None
) -> dict[str, list[dict]]:
    """Return ranges in which each AutoParameter has become a range around its hint.

    Parameters
    ----------
    ranges
        ParameterRanges of the API reference, with AutoParameters or without.
    bounds
        The smallest and the largest value that the algorithm accepts, by name, as texts; `0.0`
        stands for a continuous hyperparameter, `0` for one that is an integer if its hint is.

    Examples
    --------
    >>> auto = {"AutoParameters": [{"Name": "max_depth", "ValueHint": "4"}]}
    >>> ranges_from_hints(auto)["IntegerParameterRanges"]
    [{'Name': 'max_depth', 'MinValue': '2', 'MaxValue': '8', 'ScalingType': 'Auto'}]
    """
    filled = {name: [dict(item) for item in ranges.get(name) or ()] for name in RANGE_LISTS}
    for item in ranges.get("AutoParameters") or ():
        bound = (bounds or {}).get(item["Name"])
        list_name, range_ = _range(item["Name"], item["ValueHint"], bound)
        filled[list_name].append(range_)
    return filled


def _range(name: str, hint: str, bounds: tuple[str, str] | None) -> tuple[str, dict]:
    """Return the list that a hint's range belongs to, and the range."""
    value = parse_number(hint)
    if value is None:
        return "CategoricalParameterRanges", {"Name": name, "Values": [hint]}
    limits = tuple(parse_number(text) for text in bounds or ())
    if any(isinstance(limit, float) for limit in limits):
        value = float(value)
    low, high = _around(value)
    # Limits that leave nothing of the range are ignored: the training job refuses its values.
    if limits and max(low, limits[0]) < min(high, limits[1]):
        low, high = max(low, limits[0]), min(high, limits[1])
    integer = isinstance(value, int)
    texts = {"MinValue": str(low), "MaxValue": str(high), "ScalingType": "Auto"}
    list_name = "IntegerParameterRanges" if integer else "ContinuousParameterRanges"
    return list_name, {"Name": name, **texts}


def _around(value: float) -> tuple[float, float]:
    """Return half and twice a value, in order; around 0, from 0 to 1; integers stay integers."""
    if value == 0:
        return value, value + 1
    half = value / 2 if isinstance(value, float) else int(value / 2)
    return min(half, 2 * value), max(half, 2 * value)
