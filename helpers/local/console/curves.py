"""The curves of a job's metrics: as the running job keeps them, or read once from its log."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.console.charts import Series, chart
from helpers.local.console.view import View
from helpers.local.containers import registry
from helpers.local.runtime.metric_curve import MetricCurve
from helpers.local.runtime.training import TrainingJob
from helpers.local.runtime.training_metrics import TAB, MetricReader, metric_definitions
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.state.logs.reading import StoredStream

KEPT_JOBS = 64  # whose curves stay in memory after they have ended

Curves = Mapping[str, MetricCurve]  # by metric


class JobCurves:
    """The curves of training jobs, by host.

    A running job has them: it has found each value when it was logged. Those of a job that has
    ended are the same, if they were asked for while it ran; otherwise its log is read, once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, datetime], Mapping[str, Curves]] = OrderedDict()

    def of_job(
        self, view: View, job: Document, streams: Sequence[StoredStream]
    ) -> Mapping[str, Curves]:
        """Return the curves of a job; `streams` are those of its log."""
        key = (job["TrainingJobArn"], job["CreationTime"])
        with self._lock:
            curves = self._known.pop(key, None)
            if curves is None:
                workload = view.runner.find(job["TrainingJobArn"])
                if isinstance(workload, TrainingJob):
                    curves = workload.curves
                elif job["TrainingJobStatus"] in TRAINING_JOB.busy:
                    return {}  # it is about to start, or has ended since
                else:
                    curves = _read(view, job, streams)
            self._known[key] = curves
            while len(self._known) > KEPT_JOBS:
                self._known.popitem(last=False)
        return curves


def _read(view: View, job: Document, streams: Sequence[StoredStream]) -> dict[str, Curves]:
    """Read the curves of each host from the log of a job."""
    algorithm = job["AlgorithmSpecification"]
    image = registry.resolve(algorithm["TrainingImage"], view.region)
    definitions = metric_definitions(image, algorithm)
    curves = {}
    for stream in streams:
        reader = MetricReader(lambda *lines: None, definitions, lambda *value: None)
        for event in stream.events:
            reader.write(event.message.replace(TAB, "\t"))
        host = stream.name.rpartition("/")[2].rpartition("-")[0]  # such as algo-1
        curves[host] = reader.curves
    return curves


def metric_charts(curves: Mapping[str, Curves]) -> list[Markup]:
    """Return a chart for each metric, training and validation in one.

    curves: of each host. They are told apart by its name if there are several.
    """
    # a running job may add hosts and metrics meanwhile
    logging = [(host, dict(of_host)) for host, of_host in list(curves.items()) if of_host]
    groups: dict[str, list[Series]] = {}
    for host, of_host in logging:
        for name, curve in sorted(of_host.items()):
            if name == OBJECTIVE_METRIC:
                continue  # a tuning job's second name of a metric
            shown = f"{name} ({host})" if len(logging) > 1 else name
            series = Series(shown, curve.points())
            groups.setdefault(name.partition(":")[2] or name, []).append(series)
    return [chart(name, series, "iteration", name) for name, series in groups.items()]
