"""The curves of a job's metrics, read on from its log as it grows."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from markupsafe import Markup

from helpers.local.console.charts import Series, chart
from helpers.local.runtime.training_metrics import TAB, MetricReader
from helpers.local.state.logs.reading import StoredStream

KEPT_CURVES = 64  # streams whose curves are in memory
KEPT_POINTS = 1000  # of a curve, and at least half as many

Curves = dict[str, list[tuple[float, float]]]
Definitions = Callable[[], list[dict[str, str]]]


class CurveReader:
    """The values of the metrics of log streams, by metric; each line is searched once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple, _Reading] = OrderedDict()

    def curves(self, stream: StoredStream, definitions: Definitions) -> Curves:
        """Return each metric's values as (number of the value, value)."""
        key = (stream.region, stream.group, stream.name)
        with self._lock:
            reading = self._known.pop(key, None)
            if reading is None or reading.count > len(stream.events):
                reading = _Reading(definitions())
            reading.read(stream)
            self._known[key] = reading
            while len(self._known) > KEPT_CURVES:
                self._known.popitem(last=False)
            return {name: list(points) for name, points in reading.points.items()}


class _Reading:
    """What was read of one stream.

    A built-in algorithm has dozens of definitions, and logs the same few metrics in each line:
    those that were seen before are looked for first, and the others only in a line without any.
    """

    def __init__(self, definitions: list[dict[str, str]]):
        self.count = self._total = 0
        self.points: Curves = {}
        self._definitions = definitions
        self._steps: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._all, self._seen = self._reader(definitions), self._reader([])

    def _reader(self, definitions: list[dict[str, str]]) -> MetricReader:
        return MetricReader(lambda line: None, definitions, self._add)

    def read(self, stream: StoredStream) -> None:
        events = stream.events[self.count :]
        for event in events:
            line = event.message.replace(TAB, "\t")
            before = self._total
            self._seen.write(line)
            if self._total == before:
                self._all.write(line)
        self.count += len(events)

    def _add(self, name: str, value: float, timestamp: object) -> None:
        """Keep a value; of a long curve every second, fourth, eighth ... and the last."""
        if name not in self.points:
            self.points[name], self._steps[name], self._numbers[name] = [], 1, 0
            seen = [each for each in self._definitions if each["Name"] in self.points]
            self._seen = self._reader(seen)
        points, number, step = self.points[name], self._numbers[name], self._steps[name]
        if points and points[-1][0] % step:
            points.pop()
        points.append((float(number), value))
        self._numbers[name] = number + 1
        self._total += 1
        if len(points) > KEPT_POINTS:
            self._steps[name] = 2 * step
            last = points[-1]
            points[:] = [point for point in points if point[0] % (2 * step) == 0]
            if points[-1] != last:
                points.append(last)


def metric_charts(curves: Sequence[tuple[str, Curves]]) -> list[Markup]:
    """Return a chart for each metric, training and validation in one.

    curves: of each host. They are told apart by its name if there are several.
    """
    logging = [(host, of_host) for host, of_host in curves if of_host]
    groups: dict[str, list[Series]] = {}
    for host, of_host in logging:
        for name, points in sorted(of_host.items()):
            shown = f"{name} ({host})" if len(logging) > 1 else name
            groups.setdefault(name.partition(":")[2] or name, []).append(Series(shown, points))
    return [chart(name, series, "iteration", name) for name, series in groups.items()]
