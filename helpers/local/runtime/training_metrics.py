"""Read a training job's metrics from the lines of its log."""

import ctypes
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.runtime.metric_curve import MetricCurve
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC

TUNED_METRIC = "_tuning_objective_metric"  # the hyperparameter that names a tuning job's objective
TAB = "#011"  # how CloudWatch shows a tab, and what the metric definitions of AWS look for


class MetricReader:
    """Passes on a container's lines, and reports the metrics in them; it keeps their curves.

    Parameters
    ----------
    write
        Called with each line.
    definitions
        MetricDefinitions as DescribeTrainingJob shows them: each Regex has one group, the value.
    report
        ``report(name, value, timestamp)`` is called for each metric's value that a line has.

    Attributes
    ----------
    curves
        The curve of each metric that has had a value, by its name; another thread may read them.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        definitions: Iterable[dict[str, str]],
        report: Callable[[str, float, datetime], None],
    ):
        self._write, self._report = write, report
        regexes = [(item["Name"], item["Regex"]) for item in definitions]
        self._finders = [(name, _finder(regex)) for name, regex in regexes]
        self._without_tab = [(name, _finder(regex)) for name, regex in regexes if TAB not in regex]
        self._last: dict[str, tuple[float, datetime]] = {}
        self.curves: dict[str, MetricCurve] = {}

    def write(self, line: str) -> None:
        """Pass on a line, and search it for metrics."""
        self._write(line)
        # A built-in algorithm has dozens of definitions, all with a tab, and logs many lines.
        finders = self._finders if "\t" in line else self._without_tab
        shown = line.replace("\t", TAB)
        for name, find in finders:
            if match := find(shown):
                self._take(name, match)

    def _take(self, name: str, match: re.Match[str]) -> None:
        try:
            value, timestamp = float(match[1]), now()
        except (ValueError, TypeError):
            return  # the regex of a script's metric has found something else than a number
        self._last[name] = (value, timestamp)
        if name not in self.curves:
            self.curves[name] = MetricCurve()
        self.curves[name].add(value)
        self._report(name, value, timestamp)

    def last(self) -> dict[str, tuple[float, datetime]]:
        """Return the last value of each metric, and when it was logged."""
        return self._last


def final_metrics(readers: Iterable[MetricReader]) -> list[dict]:
    """Return the FinalMetricDataList: of each metric the last value that any host has logged."""
    last: dict[str, tuple[float, datetime]] = {}
    for reader in readers:
        for name, (value, timestamp) in reader.last().items():
            if name not in last or last[name][1] < timestamp:
                last[name] = (value, timestamp)
    return [
        {"MetricName": name, "Value": as_float32(value), "Timestamp": timestamp}
        for name, (value, timestamp) in last.items()
    ]


def _finder(regex: str) -> Callable[[str], re.Match[str] | None]:
    """Return what finds a regex: one with .* first, at the start or nowhere, and faster there."""
    pattern = re.compile(regex)
    return pattern.match if regex.startswith(".*") else pattern.search


def as_float32(value: float) -> float:
    """Return a value in single precision, in which SageMaker keeps metrics.

    DescribeTrainingJob showed 0.8791999816894531 for a logged 0.8792 (aws-samples notebooks of
    2022).

    >>> as_float32(0.8792)
    0.8791999816894531
    """
    return ctypes.c_float(value).value


def metric_definitions(
    image: Image, algorithm: Mapping[str, Any], objective: str | None = None
) -> list[dict[str, str]]:
    """Return the MetricDefinitions of a training job with an image.

    Parameters
    ----------
    algorithm
        The job's AlgorithmSpecification: a script's metrics are defined there.
    objective
        The metric that its tuning job optimizes. It is there twice, as on AWS: under its own name
        and as ObjectiveMetric.
    """
    definitions = algorithm.get("MetricDefinitions", [])
    if not definitions:
        definitions = registry.container_of(image).metric_definitions(image)
    return definitions + [
        {"Name": OBJECTIVE_METRIC, "Regex": definition["Regex"]}
        for definition in definitions
        if definition["Name"] == objective
    ]


def tuned_metric(job: Document) -> str | None:
    """Return the metric that a training job's tuning job optimizes, None if it has none."""
    return job["HyperParameters"][TUNED_METRIC] if "TuningJobArn" in job else None
