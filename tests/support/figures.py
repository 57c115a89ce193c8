"""Every figure that the lessons draw, on a few made-up values."""

import functools
from collections.abc import Callable

from matplotlib.figure import Figure

from helpers import plots
from helpers.account.quotas.client import QuotaStatus
from helpers.account.quotas.requirements import NEEDS
from helpers.catalog import instance_types
from helpers.datasets import boston

TRUE, PREDICTED = [10.0, 20.0, 30.0], [12.0, 19.0, 36.0]


FIGURES: dict[str, Callable[[], Figure]] = {
    "price-histogram": lambda: plots.price_histogram(boston.load().MEDV),
    "feature-against-price": lambda: plots.feature_against_price(
        boston.load().LSTAT, boston.load().MEDV, boston.COLUMNS["LSTAT"]
    ),
    "predicted-against-true": lambda: plots.predicted_against_true(TRUE, PREDICTED, baseline=22.5),
    "residuals": lambda: plots.residuals(TRUE, PREDICTED),
    "learning-curve": lambda: plots.learning_curve([8.0, 3.0, 1.0], [8.5, 4.0, 4.5]),
    "accuracy-by-epoch": lambda: plots.accuracy_by_epoch([0.6, 0.8, 0.75]),
    "importance": lambda: plots.importance({"RM": 40, "LSTAT": 60}),
    "review-lengths": lambda: plots.review_lengths([120, 80, 300], [90, 200, 400]),
    "confusion-matrix": lambda: plots.confusion_matrix([[40, 10], [5, 45]]),
    "scores": lambda: plots.score_histogram([0, 1, 1], [0.2, 0.45, 0.9]),
    "deciding-words": lambda: plots.deciding_words(
        {"bad": 30.0, "great": 20.0}, positive={"great"}
    ),
    "hourly-prices": lambda: plots.hourly_prices(instance_types.known_prices()),
    "quotas-needed": lambda: plots.quotas_needed([QuotaStatus(need, None, 0) for need in NEEDS]),
    "latencies": lambda: plots.latencies([0.002, 0.003, 0.01]),
    "amounts": lambda: plots.amounts({"a job": 0.01, "a month": 83.95}),
    "variants": lambda: plots.variants(
        [("linear", 1.0), ("xgboost", -3.0), ("linear", 2.0), ("linear", 0.5)] * 50,
        [(0, {"linear": 3, "xgboost": 1}), (100, {"linear": 1, "xgboost": 1})],
    ),
    "weekly-accuracy": lambda: plots.weekly_accuracy([1, 2, 3], [0.8, 0.82, 0.6], drifted=[3]),
    "changed-sides": lambda: plots.changed_sides(["bad", "act"], [0.4, 0.5], [0.6, 0.5]),
    "answers-over-time": lambda: plots.answers_over_time(
        [1, 2, 3], ["a", "a", "b"], [0, 1, 1], {"update": 1.5}, window=2
    ),
    "scores-by-count": lambda: plots.scores_by_count(
        "bad", [1, 2, 3], [0.3, 0.2, 0.5], [0.3, 0.2, 0.2]
    ),
    "word-effects": lambda: plots.word_effects({"bad": -0.2, "great": 0.3}, 0.6),
}
"""Functions that draw them, by the name of the figure."""


@functools.cache
def draw(name: str) -> Figure:
    """Return the figure of a name, drawn once in a process."""
    return FIGURES[name]()
