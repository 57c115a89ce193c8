"""What benchmarks/tuning_strategies.py searches through: functions, and trainings of xgboost."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping

import numpy
import xgboost

ROUNDS = 100

Objective = Callable[[Mapping[str, str]], float]


def continuous(*boxes: tuple[str, float, float, str]) -> list[dict]:
    return [
        {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scale}
        for name, low, high, scale in boxes
    ]


def function(of: Callable[..., float], *boxes: tuple[float, float]):
    """Return the ranges and the objective of a function of real numbers."""
    names = [f"x{number}" for number in range(len(boxes))]
    rows = [(name, *box, "Linear") for name, box in zip(names, boxes, strict=True)]

    def objective(parameters: Mapping[str, str]) -> float:
        return of(*(float(parameters[name]) for name in names))

    return {"ContinuousParameterRanges": continuous(*rows)}, lambda seed: objective


def branin(x: float, y: float) -> float:
    valley = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return valley + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def rosenbrock(*x: float) -> float:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


_CENTERS = """1312 1696 5569 124 8283 5886  2329 4135 8307 3736 1004 9991
              2348 1451 3522 2883 3047 6650  4047 8828 8732 5743 1091 381"""
_WIDTHS = """10 3 17 3.5 1.7 8  0.05 10 17 0.1 8 14  3 3.5 1.7 10 17 8  17 8 0.05 10 0.1 14"""


def hartmann(*x: float) -> float:
    centers = numpy.array(_CENTERS.split(), float).reshape(4, 6) / 1e4
    widths = numpy.array(_WIDTHS.split(), float).reshape(4, 6)
    distances = (widths * (numpy.array(x) - centers) ** 2).sum(axis=1)
    return -float(numpy.exp(-distances) @ [1, 1.2, 3, 3.2])


# Trainings

TREES = {
    "ContinuousParameterRanges": continuous(
        ("eta", 0.01, 0.5, "Logarithmic"),
        ("subsample", 0.5, 1, "Linear"),
        ("colsample_bytree", 0.3, 1, "Linear"),
        ("lambda", 0.01, 100, "Logarithmic"),
        ("min_child_weight", 1, 50, "Logarithmic"),
    ),
    "IntegerParameterRanges": continuous(("max_depth", 2, 10, "Linear")),
}


def training(load: Callable[[], tuple], objective: str, metric: str):
    """Return the ranges and the objective of a data set: the metric on a third of its rows."""
    settings = {"objective": objective, "eval_metric": metric}

    def objective_of(seed: int) -> Objective:
        features, labels = load()
        order = numpy.random.default_rng(seed).permutation(len(labels))
        cut = len(labels) // 3
        held, rest = (
            xgboost.DMatrix(features[rows], labels[rows]) for rows in (order[:cut], order[cut:])
        )
        return lambda parameters: list(curve(rest, held, {**parameters, **settings}, ROUNDS))[-1]

    return TREES, objective_of


def curve(train, held, parameters: Mapping[str, str], rounds: int) -> Iterator[float]:
    """Train, and yield the objective on the held-out rows after each round."""
    booster = xgboost.Booster({"nthread": 1, "seed": 0, **parameters}, [train, held])
    for number in range(rounds):
        booster.update(train, number)
        yield float(booster.eval(held).rpartition(":")[2])


def boston() -> tuple:
    from helpers.datasets import boston

    table = boston.load()
    return table.drop(columns=["MEDV", "B"]).to_numpy(float), table["MEDV"].to_numpy(float)


def bundled(name: str) -> tuple:
    import sklearn.datasets

    return getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)


PROBLEMS = {
    "Branin": function(branin, (-5, 10), (0, 15)),
    "Hartmann 6": function(hartmann, *[(0, 1)] * 6),
    "Rosenbrock 4": function(rosenbrock, *[(-5, 10)] * 4),
    "Boston Housing, rmse": training(boston, "reg:squarederror", "rmse"),
    "diabetes, rmse": training(functools.partial(bundled, "diabetes"), "reg:squarederror", "rmse"),
    "breast cancer, logloss": training(
        functools.partial(bundled, "breast_cancer"), "binary:logistic", "logloss"
    ),
}


@functools.cache
def reviews() -> tuple:
    """Return "real" or "synthetic", and 2,000 reviews to train with and 1,000 held out."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.datasets import imdb

    source = imdb.corpus(quiet=True)
    table = imdb.load("train", source, quiet=True)
    table = table.sample(min(len(table), 3000), random_state=0)
    features = CountVectorizer(max_features=1000).fit_transform(table["text"]).astype("float32")
    labels = table["sentiment"].to_numpy()
    cut = len(labels) * 2 // 3
    parts = (
        xgboost.DMatrix(features[rows], labels[rows]) for rows in (slice(cut), slice(cut, None))
    )
    return source.kind, *parts
