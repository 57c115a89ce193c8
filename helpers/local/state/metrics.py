"""What CloudWatch shows of resources: statistics of each metric by minute, in a file of their own.

moto keeps its metrics in memory and would write all of them for each new one. What is counted, for
each line of a job's log and each call of an endpoint, is written once a second.
"""

import json
import sqlite3
import sys
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

KEPT = timedelta(days=15)  # CloudWatch keeps data of one minute that long
FLUSH_SECONDS = 1
_SCHEMA = """CREATE TABLE IF NOT EXISTS minutes (
    region TEXT, namespace TEXT, dimensions TEXT, name TEXT, minute INTEGER,
    seen REAL, least REAL, most REAL, total REAL, count INTEGER, unit TEXT,
    PRIMARY KEY (region, namespace, dimensions, name, minute)
) WITHOUT ROWID"""
_ADD = f"""INSERT INTO minutes VALUES ({", ".join("?" * 11)}) ON CONFLICT DO UPDATE SET
    least = min(least, excluded.least), most = max(most, excluded.most),
    total = total + excluded.total, count = count + excluded.count"""


@dataclass
class MetricMinute:
    """The statistics of a metric in one minute.

    Parameters
    ----------
    name
        Such as ``train:rmse``.
    seen
        When it began, in seconds since 1970.
    least, most, total, count
        Of its values.
    unit
        As CloudWatch names it.
    """

    name: str
    seen: float
    least: float
    most: float
    total: float
    count: int
    unit: str = "None"

    def add(self, other: "MetricMinute") -> None:
        """Count the values of another part of the minute too."""
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.total, self.count = self.total + other.total, self.count + other.count

    @property
    def timestamp(self) -> datetime:
        """When the minute began."""
        return datetime.fromtimestamp(self.seen, UTC)


@dataclass(frozen=True)
class Source:
    """Whose metrics they are: namespace and dimensions, as CloudWatch names them."""

    region: str
    namespace: str
    dimensions: tuple[tuple[str, str], ...]


class MetricStore:
    """Metrics of all resources; any thread may call it.

    Parameters
    ----------
    path
        The SQLite file; created if missing.

    Attributes
    ----------
    counted_values
        How many values were counted since the server has started: it tells whether there are more.
    """

    def __init__(self, path: Path):
        self.counted_values = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_SCHEMA)
        self._counted: dict[tuple[Source, str, int], MetricMinute] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, source: Source, name: str, unit: str, value: float, at: float) -> None:
        """Count a value, to be written within a second; `at` in seconds since 1970."""
        self.count_all(source, name, unit, (value,), at)

    def count_all(
        self, source: Source, name: str, unit: str, values: Sequence[float], at: float
    ) -> None:
        """Count values of the same time, at least one, as `count` does."""
        minute = int(at // 60)
        total, count = sum(values), len(values)
        added = MetricMinute(name, 60 * minute, min(values), max(values), total, count, unit)
        with self._lock:
            self.counted_values += count
            if counted := self._counted.get((source, name, minute)):
                counted.add(added)
            else:
                self._counted[source, name, minute] = added

    def of_source(self, source: Source) -> list[MetricMinute]:
        """Return everything of one source, by time."""
        self.flush()
        with self._lock:
            rows = self._connection.execute(
                "SELECT name, seen, least, most, total, count, unit FROM minutes "
                "WHERE region = ? AND namespace = ? AND dimensions = ? ORDER BY seen",
                (source.region, source.namespace, json.dumps(source.dimensions)),
            ).fetchall()
        return [MetricMinute(*row) for row in rows]

    def of_region(self, region: str) -> list[tuple[Source, MetricMinute]]:
        """Return everything of a Region, by time."""
        self.flush()
        with self._lock:
            rows = self._connection.execute(
                "SELECT namespace, dimensions, name, seen, least, most, total, count, unit "
                "FROM minutes WHERE region = ? ORDER BY seen",
                (region,),
            ).fetchall()
        return [
            (
                Source(region, row[0], tuple(map(tuple, json.loads(row[1])))),
                MetricMinute(*row[2:]),
            )
            for row in rows
        ]

    def start(self) -> None:
        """Drop what is too old; write what is counted once a second, from a thread of its own."""
        oldest = (datetime.now(UTC) - KEPT).timestamp() // 60
        with self._lock:
            self._connection.execute("DELETE FROM minutes WHERE minute < ?", (oldest,))
        self._thread = threading.Thread(target=self._flush_until_closed, daemon=True)
        self._thread.start()

    def flush(self) -> None:
        """Write what was counted; on a full disk it is kept for the next time."""
        with self._lock:
            try:
                rows = [(source, item) for (source, _, _), item in self._counted.items()]
                self._write(rows)
                self._counted.clear()
            except sqlite3.OperationalError as error:
                print(f"Metrics can't be written: {error}", file=sys.stderr)

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        with self._lock:
            self._connection.close()

    def _flush_until_closed(self) -> None:
        while not self._closing.wait(FLUSH_SECONDS):
            self.flush()

    def _write(self, items: list[tuple[Source, MetricMinute]]) -> None:
        rows = [
            (
                source.region,
                source.namespace,
                json.dumps(source.dimensions),
                item.name,
                int(item.seen // 60),
                *astuple(item)[1:],
            )
            for source, item in items
        ]
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany(_ADD, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
