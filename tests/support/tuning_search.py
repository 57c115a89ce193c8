"""Requests of tuning jobs for tests of the search."""

from collections.abc import Callable, Mapping

from helpers.local.runtime.tuning.search import Result, Search, make_search

ETA = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.4", "ScalingType": "Linear"}
DEPTH = {"Name": "depth", "MinValue": "1", "MaxValue": "6", "ScalingType": "Linear"}
BOOSTER = {"Name": "booster", "Values": ["gbtree", '"dart"']}
RANGES = {
    "ContinuousParameterRanges": [ETA],
    "IntegerParameterRanges": [DEPTH],
    "CategoricalParameterRanges": [BOOSTER],
}


def new_search(
    strategy: str,
    ranges: Mapping = RANGES,
    *,
    direction: str = "Minimize",
    parallel: int = 1,
    seed: int | None = 7,
    trials: int | None = None,
    results: tuple[Result, ...] = (),
    static: Mapping[str, str] | None = None,
    **config,
) -> Search:
    """Return a search; further members of its configuration by name."""
    config |= {"Strategy": strategy, "ResourceLimits": {"MaxParallelTrainingJobs": parallel}}
    if trials is not None:
        config["ResourceLimits"]["MaxNumberOfTrainingJobs"] = trials
    if seed is not None:
        config["RandomSeed"] = seed
    definition = {
        "TuningObjective": {"Type": direction, "MetricName": "validation:rmse"},
        "HyperParameterRanges": ranges,
        "StaticHyperParameters": static or {},
    }
    return make_search(config, definition, results)


def error(parameters: Mapping[str, str]) -> float:
    """Return an objective that is smallest at eta 0.1, depth 4, gbtree."""
    off = abs(float(parameters["eta"]) - 0.1) * 5 + abs(int(parameters["depth"]) - 4) / 5
    return off + (parameters["booster"] != "gbtree")


def run(
    search: Search, trials: int, objective: Callable[[Mapping[str, str]], float] = error
) -> list[dict[str, str]]:
    """Return the parameters of as many trials, one after another."""
    asked = []
    for _ in range(trials):
        trial, parameters = search.ask()
        search.tell(trial, objective(parameters))
        asked.append(parameters)
    return asked
