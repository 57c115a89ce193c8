"""Read a training job's metrics from the lines of its log."""

import contextlib
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
# Parts of a regex that are not literal text: escapes with what may belong to them (as in \x41),
# classes such as [0-9], and repetitions such as {2,3}
_NOT_LITERAL = re.compile(r"\\\w+|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}", re.DOTALL)
# Literal text; its last character does not count if it may be missing.
_LITERAL = re.compile(r"[^.^$*+?{}\[\]\\|()]+(?![*?])")
TAB = "#011"  # how CloudWatch shows a tab, and what the metric definitions of AWS look for


class MetricReader:
    """Passes on a container's lines, and reports the metrics in them; it keeps their curves.

    Parameters
    ----------
    write
        Called with the lines, as ``write(*lines)``.
    definitions
        MetricDefinitions as DescribeTrainingJob shows them: each Regex has one group, the value.
    report
        ``report(name, values, timestamp)`` is called for each metric that lines have values of.

    Attributes
    ----------
    curves
        The curve of each metric that has had a value, by its name; another thread may read them.
    """

    def __init__(
        self,
        write: Callable[..., object],
        definitions: Iterable[dict[str, str]],
        report: Callable[[str, list[float], datetime], None],
    ):
        self._write, self._report = write, report
        self._finders = [Finder(item["Name"], item["Regex"]) for item in definitions]
        self._without_tab = [finder for finder in self._finders if TAB not in finder.regex]
        self._last: dict[str, tuple[float, datetime]] = {}
        self.curves: dict[str, MetricCurve] = {}

    def write(self, *lines: str) -> None:
        """Pass on lines, and search them for metrics."""
        self._write(*lines)
        values: dict[str, list[float]] = {}
        for line in lines:
            # A built-in algorithm has dozens of definitions, all with a tab, and logs many lines.
            finders = self._finders if "\t" in line else self._without_tab
            shown = line.replace("\t", TAB)
            for finder in finders:
                if finder.text in shown and (match := finder.find(shown)):
                    # the regex of a script's metric may find something else than a number
                    with contextlib.suppress(ValueError, TypeError):
                        value = float(match[1])
                        values.setdefault(finder.name, []).append(value)
        for name in values:
            self._take(name, values[name], now())

    def _take(self, name: str, values: list[float], timestamp: datetime) -> None:
        self._last[name] = (values[-1], timestamp)
        curve = self.curves.get(name) or MetricCurve()
        for value in values:
            curve.add(value)
        self.curves[name] = curve
        self._report(name, values, timestamp)

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


class Finder:
    """Finds the metric of a definition in a line.

    Parameters
    ----------
    name, regex
        Of the MetricDefinition.

    Attributes
    ----------
    text
        What each line that the regex matches contains; looking for it is faster than matching.
    find
        Returns the match of a line, or None.
    """

    def __init__(self, name: str, regex: str):
        self.name, self.regex, self.text = name, regex, required_text(regex)
        pattern = re.compile(regex)
        # .* first matches at the start or nowhere, and faster there
        self.find = pattern.match if regex.startswith(".*") else pattern.search


def required_text(regex: str) -> str:
    r"""Return a text that each match of a regex contains, "" if it has none before its first group.

    >>> required_text(r".*\[[0-9]+\].*#011train-rmse:([0-9.]+).*")
    '#011train-rmse:'
    """
    if "|" in regex:
        return ""  # a match has one alternative
    literal = _NOT_LITERAL.sub("?", regex).partition("(")[0]
    return max(_LITERAL.findall(literal), key=len, default="")


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
