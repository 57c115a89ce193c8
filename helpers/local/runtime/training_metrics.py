"""Read a training job's metrics from the lines of its log."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from helpers.local.runtime.workloads import now
from helpers.local.state.metrics import MetricMinute

TAB = "#011"  # how CloudWatch shows a tab, and what the metric definitions of AWS look for


class MetricReader:
    """Passes on a container's lines, and remembers the last value of each metric.

    Parameters
    ----------
    write
        Called with each line.
    definitions
        MetricDefinitions as DescribeTrainingJob shows them: each Regex has one group, the value.
    """

    def __init__(self, write: Callable[[str], None], definitions: Iterable[dict[str, str]]):
        self._write = write
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
            if match := pattern.search(shown):
                value, timestamp = float(match[1]), now()
                self._last[name] = (value, timestamp)
                self._count(name, value, timestamp.timestamp())

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
