"""Read a training job's metrics from the lines of its log."""

import ctypes
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.documents import OBJECTIVE_METRIC

TUNED_METRIC = "_tuning_objective_metric"  # the hyperparameter that names a tuning job's objective
TAB = "#011"  # how CloudWatch shows a tab, and what the metric definitions of AWS look for


class MetricReader:
    """Passes on a container's lines, and reports the metrics in them.

    Parameters
    ----------
    write
        Called with each line.
    definitions
        MetricDefinitions as DescribeTrainingJob shows them: each Regex has one group, the value.
    report
        ``report(name, value, timestamp)`` is called for each metric's value that a line has.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        definitions: Iterable[dict[str, str]],
        report: Callable[[str, float, datetime], None],
    ):
        self._write, self._report = write, report
        patterns = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._without_tab = [pair for pair in patterns if TAB not in pair[1].pattern]
        self._patterns = patterns
        self._last: dict[str, tuple[float, datetime]] = {}

    def write(self, line: str) -> None:
        """Pass on a line, and search it for metrics."""
        self._write(line)
        # A built-in algorithm has dozens of definitions, all with a tab, and logs many lines.
        patterns = self._patterns if "\t" in line else self._without_tab
        shown = line.replace("\t", TAB)
        for name, pattern in patterns:
            # A regex that starts with .* matches at the start or nowhere; searching takes longer.
            find = pattern.match if pattern.pattern.startswith(".*") else pattern.search
            if match := find(shown):
                value, timestamp = float(match[1]), now()
                self._last[name] = (value, timestamp)
                self._report(name, value, timestamp)

    def final(self) -> list[dict]:
        """Return the FinalMetricDataList.

        AWS keeps single precision: DescribeTrainingJob showed 0.8791999816894531 for a logged
        0.8792 (aws-samples notebooks of 2022).
        """
        return [
            {"MetricName": name, "Value": ctypes.c_float(value).value, "Timestamp": timestamp}
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
