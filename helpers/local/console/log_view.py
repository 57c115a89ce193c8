"""A workload's log, and the curves of the metrics in it, read on as it grows."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from markupsafe import Markup
from moto.logs.models import LogEvent

from helpers.local.console.charts import Series, chart
from helpers.local.console.content import Lines, Link
from helpers.local.runtime.training_metrics import TAB, MetricReader
from helpers.local.state.documents import OBJECTIVE_METRIC
from helpers.local.state.logs.reading import StoredStream, find_streams
from helpers.local.state.logs.store import LogStore

SHOWN_LINES = 200
KEPT_CURVES = 64  # streams whose curves are in memory

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
    def __init__(self, definitions: Iterable[dict[str, str]]):
        self.count = 0
        self.points: Curves = {}
        self._reader = MetricReader(lambda line: None, definitions, self._add)

    def read(self, stream: StoredStream) -> None:
        events = stream.events[self.count :]
        for event in events:
            self._reader.write(event.message.replace(TAB, "\t"))
        self.count += len(events)

    def _add(self, name: str, value: float, timestamp: object) -> None:
        points = self.points.setdefault(name, [])
        points.append((float(len(points)), value))


def metric_charts(curves: Curves) -> list[Markup]:
    """Return a chart for each metric, training and validation in one."""
    groups: dict[str, list[Series]] = {}
    for name, points in sorted(curves.items()):
        if name != OBJECTIVE_METRIC:
            groups.setdefault(name.partition(":")[2] or name, []).append(Series(name, points))
    return [chart(name, series, "iteration", name) for name, series in groups.items()]


def log_section(id: str, streams: list[StoredStream], whole: Link | None) -> Lines:
    """Return the last lines of some log streams."""
    lines: list[str] = []
    total = sum(len(stream.events) for stream in streams)
    for stream in streams:
        if len(streams) > 1:
            lines.append(f"--- {stream.name}")
        start = max(0, len(stream.events) - SHOWN_LINES)
        lines += [event_line(event) for event in stream.events[start:]]
    group = f"{streams[0].group}, stream {streams[-1].name}" if streams else ""
    cut = f" The last {SHOWN_LINES} lines of {total:,}." if total > SHOWN_LINES else ""
    note = f"CloudWatch log group {group}.{cut}" if streams else ""
    return Lines(id, "Logs", lines, note, "No log yet.", [whole] if whole and streams else [])


def event_line(event: LogEvent) -> str:
    """Return a log event as a line, with its time of day."""
    at = datetime.fromtimestamp(event.timestamp / 1000, UTC).astimezone()
    return f"{at:%H:%M:%S}  {event.message}"


def whole_log(store: LogStore, region: str, group: str, prefix: str) -> str:
    """Return all events of the streams of a group whose names begin with a prefix."""
    parts = []
    for stream in find_streams(store, region, group, prefix):
        parts.append(f"--- {group} {stream.name}\n")
        parts += [f"{event_line(event)}\n" for event in stream.events]
    return "".join(parts)
