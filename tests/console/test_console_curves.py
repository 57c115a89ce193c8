"""Curves are read from logs of any length, each line once."""

import itertools
from types import SimpleNamespace

import pytest

from helpers.local.console.curves import KEPT_POINTS, CurveReader, metric_charts
from helpers.local.containers.xgboost.metric_definitions import metric_definitions


class Events(list):
    """Log events that count how many were read."""

    def __init__(self):
        self.read = 0

    def __getitem__(self, index):
        events = super().__getitem__(index)
        self.read += len(events)
        return events

    def log(self, *lines: str) -> None:
        self += [SimpleNamespace(message=line) for line in lines]


@pytest.fixture
def stream():
    return SimpleNamespace(region="r", group="g", name="job/algo-1-1", events=Events())


def test_each_line_is_read_once(stream):
    """What a log had at the last look is not read again; new metrics are recognized later too."""
    reader = CurveReader()
    stream.events.log("[0]#011train-rmse:3.0", "a line without metrics")
    assert reader.curves(stream, metric_definitions) == {"train:rmse": [(0.0, 3.0)]}
    stream.events.log("[1]#011train-rmse:2.0", "[2]#011train-rmse:1.5")
    curves = reader.curves(stream, metric_definitions)
    assert curves == {"train:rmse": [(0.0, 3.0), (1.0, 2.0), (2.0, 1.5)]}
    assert stream.events.read == 4
    stream.events.log("validation-rmse:9.0 without a tab", "[3]#011validation-rmse:4.0")
    assert reader.curves(stream, metric_definitions)["validation:rmse"] == [(0.0, 4.0)]


def test_two_metrics_of_a_line_are_both_read(stream):
    """Training and validation of the same line are two curves of the same length."""
    stream.events.log(*(f"[{n}]#011train-rmse:{n}.0#011validation-rmse:{n}.5" for n in range(20)))
    curves = CurveReader().curves(stream, metric_definitions)
    assert {name: len(points) for name, points in curves.items()} == {
        "train:rmse": 20,
        "validation:rmse": 20,
    }


@pytest.mark.parametrize("count", [KEPT_POINTS, KEPT_POINTS + 1, 5 * KEPT_POINTS + 3, 20_000])
def test_a_long_curve_is_bounded(stream, count):
    """Of a long curve evenly spaced values are kept, always with the first and the last."""
    stream.events.log(*(f"[{n}]#011train-rmse:{n}.0" for n in range(count)))
    (points,) = CurveReader().curves(stream, metric_definitions).values()
    assert KEPT_POINTS / 2 <= len(points) <= KEPT_POINTS + 1
    assert all(x == y for x, y in points)
    assert (points[0][0], points[-1][0]) == (0, count - 1)
    steps = {after[0] - before[0] for before, after in itertools.pairwise(points[:-1])}
    assert len(steps) == 1


def test_a_new_log_of_the_same_name_starts_again(stream):
    """A log that is shorter than before is another one."""
    reader = CurveReader()
    stream.events.log(*["[0]#011train-rmse:3.0"] * 5)
    reader.curves(stream, metric_definitions)
    stream.events = Events()
    stream.events.log("[0]#011train-rmse:7.0")
    assert reader.curves(stream, metric_definitions) == {"train:rmse": [(0.0, 7.0)]}


def test_hosts_are_told_apart():
    """Of a job on two hosts, a metric's chart has a line for each; one host has no name."""
    curves = {"train:rmse": [(0.0, 1.0), (1.0, 0.5)]}
    (two,) = metric_charts([("algo-1", curves), ("algo-2", curves)])
    assert two.count("<polyline") == 2
    assert "train:rmse (algo-2): 0.5" in two
    (one,) = metric_charts([("algo-1", curves), ("algo-2", {})])
    assert "train:rmse: 0.5" in one
