"""Autotune: ranges from example values (AutoParameters).

Source: "Autotune" in "Define Hyperparameter Ranges" of the SageMaker developer guide. Its only
example is the hint 4, which becomes the integers 2 to 8: from half to twice the hint. The rest
here follows from that, since AWS doesn't publish its rule.
"""

from collections.abc import Mapping

_LISTS = {
    "CategoricalParameterRanges": "Categorical",
    "ContinuousParameterRanges": "Continuous",
    "IntegerParameterRanges": "Integer",
}


def ranges_from_hints(
    ranges: Mapping, bounds: Mapping[str, tuple[str, str]] | None = None
) -> dict[str, list[dict]]:
    """Return ranges in which each AutoParameter has become a range around its hint.

    Parameters
    ----------
    ranges
        ParameterRanges of the API reference, with AutoParameters or without.
    bounds
        The smallest and the largest value that the algorithm accepts, by name.

    Examples
    --------
    >>> auto = {"AutoParameters": [{"Name": "max_depth", "ValueHint": "4"}]}
    >>> ranges_from_hints(auto)["IntegerParameterRanges"]
    [{'Name': 'max_depth', 'MinValue': '2', 'MaxValue': '8', 'ScalingType': 'Auto'}]
    """
    filled = {name: [dict(item) for item in ranges.get(name) or ()] for name in _LISTS}
    for item in ranges.get("AutoParameters") or ():
        kind, made = _range(item["Name"], item["ValueHint"], (bounds or {}).get(item["Name"]))
        filled[kind].append(made)
    return filled


def _range(name: str, hint: str, bounds: tuple[str, str] | None) -> tuple[str, dict]:
    for kind, parse in (("IntegerParameterRanges", int), ("ContinuousParameterRanges", float)):
        try:
            value = parse(hint)
        except ValueError:
            continue
        low, high = _around(value)
        if bounds:
            low, high = max(low, parse(bounds[0])), min(high, parse(bounds[1]))
        texts = {"MinValue": str(low), "MaxValue": str(high), "ScalingType": "Auto"}
        return kind, {"Name": name, **texts}
    return "CategoricalParameterRanges", {"Name": name, "Values": [hint]}


def _around(value: float) -> tuple[float, float]:
    """Return half and twice a value, in order; around 0, from 0 to 1; integers stay integers."""
    if value == 0:
        return value, value + 1
    half = value / 2 if isinstance(value, float) else int(value / 2)
    return min(half, 2 * value), max(half, 2 * value)
