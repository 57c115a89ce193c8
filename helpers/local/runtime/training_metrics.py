"""Read a training job's metrics from the lines of its log."""

import ctypes
import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from helpers.local.runtime.workloads import now

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
        ``report(name, value, timestamp)`` is called for each value that CloudWatch takes.
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
            if match := pattern.match(shown):
                value, timestamp = float(match[1]), now()
                self._last[name] = (value, timestamp)
                if math.isfinite(value):  # CloudWatch takes no others
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
