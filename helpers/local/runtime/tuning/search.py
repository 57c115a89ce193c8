"""Stand-in for the search: random values, until the real one is merged."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    parameters: dict
    value: float | None
    steps: tuple[float, ...] = ()


def make_search(config, definition, results):
    return Search(config, definition, results)


class Search:
    def __init__(self, config, definition, results):
        self._random = random.Random(config.get("RandomSeed"))
        self._ranges = definition["HyperParameterRanges"]
        self._trial = len(results)

    def ask(self):
        values = {}
        for item in self._ranges.get("IntegerParameterRanges", ()):
            low, high = int(item["MinValue"]), int(item["MaxValue"])
            values[item["Name"]] = str(self._random.randint(low, high))
        for item in self._ranges.get("ContinuousParameterRanges", ()):
            low, high = float(item["MinValue"]), float(item["MaxValue"])
            values[item["Name"]] = repr(self._random.uniform(low, high))
        for item in self._ranges.get("CategoricalParameterRanges", ()):
            values[item["Name"]] = self._random.choice(item["Values"])
        self._trial += 1
        return self._trial, values

    def report(self, trial, step, value):
        return False

    def tell(self, trial, value):
        pass
