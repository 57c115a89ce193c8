"""Read a training job's metrics from the lines of its log."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.state.metrics import MetricMinute

TUNED_METRIC = "_tuning_objective_metric"  # the hyperparameter that names a tuning job's objective
TAB = "#011"  # how CloudWatch shows a tab, and what the metric definitions of AWS look for


class MetricReader:
    """Passes on a container's lines, and remembers the last value of each metric.

    Parameters
    ----------
    write
        Called with each line.
    definitions
        MetricDefinitions as DescribeTrainingJob shows them: each Regex has one group, the value.
    on_value
        Called with the name and the value of each metric that a line has.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        definitions: Iterable[dict[str, str]],
        on_value: Callable[[str, float], None] = lambda name, value: None,
    ):
        self._write, self._on_value = write, on_value
        patterns = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._without_tab = [pair for pair in patterns if TAB not in pair[1].pattern]
        self._patterns = patterns
        self._last: dict[str, tuple[float, datetime]] = {}
        self._minutes: dict[tuple[str, int], MetricMinute] = {}

    def write(self, line: str) -> None:
        """Pass on a line, and search it for metrics."""
        self._write(line)
        # A built-in algorithm has dozens of definitions, all with a tab, and logs many lines.
        patterns = self._patterns if "\t" in line else self._without_tab
        shown = line.replace("\t", TAB)
        for name, pattern in patterns:
            if match := pattern.match(shown):
                value, timestamp = float(match[1]), now()
                self._last[name] = (value, timestamp)
                self._count(name, value, timestamp.timestamp())
                self._on_value(name, value)

    def _count(self, name: str, value: float, seconds: float) -> None:
        if not math.isfinite(value):
            return  # CloudWatch takes none
        minute = (name, int(seconds // 60))
        if minute in self._minutes:
            self._minutes[minute].add(value)
        else:
            self._minutes[minute] = MetricMinute(name, seconds, value, value, value, 1)

    def minutes(self) -> list[MetricMinute]:
        """Return what CloudWatch shows: each metric's statistics by minute."""
        return list(self._minutes.values())

    def final(self) -> list[dict]:
        """Return the FinalMetricDataList."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": timestamp}
            for name, (value, timestamp) in self._last.items()
        ]


def metric_definitions(image: Image, objective: str | None = None) -> list[dict[str, str]]:
    """Return the MetricDefinitions of a training job with an image.

    objective: the metric that its tuning job optimizes. It is there twice, as on AWS: under its own
    name and as ObjectiveMetric.
    """
    definitions = registry.container_of(image).metric_definitions(image)
    return definitions + [
        {"Name": OBJECTIVE_METRIC, "Regex": definition["Regex"]}
        for definition in definitions
        if definition["Name"] == objective
    ]


def tuned_metric(job: Document) -> str | None:
    """Return the metric that a training job's tuning job optimizes, None if it has none."""
    return job["HyperParameters"][TUNED_METRIC] if "TuningJobArn" in job else None
