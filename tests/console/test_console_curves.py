"""Curves of any length are bounded, and a log is searched for them at most once."""

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from support import jobs

from helpers.local.console.curves import JobCurves, metric_charts
from helpers.local.containers.xgboost.metric_definitions import metric_definitions
from helpers.local.home import Home
from helpers.local.runtime.metric_curve import KEPT_POINTS, MetricCurve
from helpers.local.runtime.training import TrainingJob
from helpers.local.runtime.training_metrics import MetricReader

ARN = "arn:aws:sagemaker:us-east-1:000000000000:training-job/job"


class Events(list):
    """Log events that count how many were read."""

    def __init__(self, *lines: str):
        super().__init__(SimpleNamespace(message=line) for line in lines)
        self.read = 0

    def __iter__(self):
        for event in super().__iter__():
            self.read += 1
            yield event


class Viewed:
    """A job with a log, as its page asks for its curves."""

    def __init__(self, *lines: str, status: str = "Completed", second: int = 0):
        self.workload = None
        self.runner = SimpleNamespace(find=lambda arn: self.workload)
        self.view = SimpleNamespace(runner=self.runner, region="us-east-1")
        self.events = Events(*lines)
        self.job = {
            "TrainingJobArn": ARN,
            "CreationTime": datetime(2026, 1, 1, second=second, tzinfo=UTC),
            "TrainingJobStatus": status,
            "AlgorithmSpecification": {"TrainingImage": jobs.image_uri("3.2-0")},
        }

    def points(self, known: JobCurves) -> dict[str, list[tuple[float, float]]]:
        streams = [SimpleNamespace(name="job/algo-1-1", events=self.events)]
        hosts = known.of_job(self.view, self.job, streams)
        return {name: curve.points() for name, curve in hosts.get("algo-1", {}).items()}


def curve(*values: float) -> MetricCurve:
    made = MetricCurve()
    for value in values:
        made.add(value)
    return made


def reader() -> MetricReader:
    return MetricReader(lambda *lines: None, metric_definitions(), lambda *value: None)


def test_the_log_of_an_ended_job_is_read_once():
    """The second page of a job that has ended does not read its log again."""
    known, viewed = JobCurves(), Viewed("[0]#011train-rmse:3.0", "no metric", "[1]#011train-rmse:2")
    for _ in range(2):
        assert viewed.points(known) == {"train:rmse": [(0.0, 3.0), (1.0, 2.0)]}
    assert viewed.events.read == 3


def test_the_curves_of_a_running_job_are_its_own(tmp_path):
    """A running job's log is not read, not even when it has ended after its page was looked at."""
    known, viewed = JobCurves(), Viewed("[0]#011train-rmse:3.0", status="InProgress")
    context = SimpleNamespace(home=Home(tmp_path))
    viewed.workload = TrainingJob(context, "us-east-1", "job", ARN)
    assert viewed.points(known) == {}
    found = reader()
    viewed.workload.curves["algo-1"] = found.curves
    found.write("[0]\ttrain-rmse:3.0")
    assert viewed.points(known) == {"train:rmse": [(0.0, 3.0)]}
    found.write("[1]\ttrain-rmse:2.0\tvalidation-rmse:4.0")
    viewed.workload, viewed.job["TrainingJobStatus"] = None, "Completed"
    assert viewed.points(known) == {
        "train:rmse": [(0.0, 3.0), (1.0, 2.0)],
        "validation:rmse": [(0.0, 4.0)],
    }
    assert viewed.events.read == 0


def test_a_job_that_is_about_to_run_has_no_curves_yet():
    """A busy job that runs nowhere has no curves, and is asked again when it has ended."""
    known, viewed = JobCurves(), Viewed("[0]#011train-rmse:3.0", status="InProgress")
    assert viewed.points(known) == {}
    viewed.job["TrainingJobStatus"] = "Completed"
    assert viewed.points(known) == {"train:rmse": [(0.0, 3.0)]}


def test_a_new_job_of_the_same_name_has_its_own_curves():
    """A job that was created again under the name of a deleted one does not show its curves."""
    known = JobCurves()
    Viewed("[0]#011train-rmse:3.0").points(known)
    assert Viewed("[0]#011train-rmse:7.0", second=1).points(known) == {"train:rmse": [(0.0, 7.0)]}


def test_two_metrics_of_a_line_are_both_read():
    """A metric is found beside another one, also where a line before had only that one."""
    lines = [f"[{n}]#011train-rmse:{n}.0#011validation-rmse:{n}.5" for n in range(1, 20)]
    points = Viewed("[0]#011train-rmse:0.0", *lines).points(JobCurves())
    assert {name: len(each) for name, each in points.items()} == {
        "train:rmse": 20,
        "validation:rmse": 19,
    }


@pytest.mark.parametrize("count", [KEPT_POINTS, KEPT_POINTS + 1, 5 * KEPT_POINTS + 3, 20_000])
def test_a_long_curve_is_bounded(count):
    """Of a long curve evenly spaced values are kept, always with the first and the last."""
    points = curve(*range(count)).points()
    assert KEPT_POINTS / 2 <= len(points) <= KEPT_POINTS + 1
    assert all(x == y for x, y in points)
    assert (points[0][0], points[-1][0]) == (0, count - 1)
    steps = {after[0] - before[0] for before, after in itertools.pairwise(points[:-1])}
    assert len(steps) == 1


def test_a_reader_keeps_the_curves_of_its_metrics():
    """Each value that a reader finds in a line is in the curve of its metric."""
    found = reader()
    for number in range(3):
        found.write(f"[{number}]\ttrain-rmse:{number}.5")
    assert {name: each.points() for name, each in found.curves.items()} == {
        "train:rmse": [(0.0, 0.5), (1.0, 1.5), (2.0, 2.5)]
    }


def test_hosts_are_told_apart():
    """Of a job on two hosts, a metric's chart has a line for each; one host has no name."""
    curves = {"train:rmse": curve(1.0, 0.5)}
    (two,) = metric_charts({"algo-1": curves, "algo-2": curves})
    assert two.count("<polyline") == 2
    assert "train:rmse (algo-2): 0.5" in two
    (one,) = metric_charts({"algo-1": curves, "algo-2": {}})
    assert "train:rmse: 0.5" in one


def test_the_objective_of_a_tuning_job_is_drawn_once():
    """ObjectiveMetric, a tuned job's second name of a metric, has no chart of its own."""
    curves = {"train:rmse": curve(1.0, 0.5), "ObjectiveMetric": curve(1.0, 0.5)}
    (drawn,) = metric_charts({"algo-1": curves})
    assert "train:rmse: 0.5" in drawn
