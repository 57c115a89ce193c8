"""What CloudWatch shows of resources: statistics of each metric by minute, in a file of their own.

moto keeps its metrics in memory and would write all of them for each new one.
"""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """CREATE TABLE IF NOT EXISTS minutes (
    region TEXT, namespace TEXT, dimension TEXT, resource TEXT, name TEXT, minute INTEGER,
    seen REAL, least REAL, most REAL, total REAL, count INTEGER,
    PRIMARY KEY (region, namespace, dimension, resource, name, minute)
) WITHOUT ROWID"""


@dataclass
class MetricMinute:
    """The statistics of a metric in one minute.

    Parameters
    ----------
    name
        Such as ``train:rmse``.
    seen
        When its first value came, in seconds since 1970.
    least, most, total, count
        Of its values.
    """

    name: str
    seen: float
    least: float
    most: float
    total: float
    count: int

    def add(self, value: float) -> None:
        """Count one more value."""
        self.least, self.most = min(self.least, value), max(self.most, value)
        self.total, self.count = self.total + value, self.count + 1

    @property
    def timestamp(self) -> datetime:
        """When its first value came."""
        return datetime.fromtimestamp(self.seen, UTC)


@dataclass(frozen=True)
class Source:
    """Whose metrics they are: namespace, dimension and its value, as CloudWatch names them."""

    region: str
    namespace: str
    dimension: str
    resource: str


class MetricStore:
    """Metrics of all resources; any thread may call it.

    Parameters
    ----------
    path
        The SQLite file; created if missing.
    """

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_SCHEMA)
        self._lock = threading.Lock()

    def add(self, source: Source, minutes: Iterable[MetricMinute]) -> None:
        """Add a resource's statistics, or replace those of the same minutes."""
        rows = [
            (*astuple(source), item.name, int(item.seen // 60), *astuple(item)[1:])
            for item in minutes
        ]
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                f"INSERT OR REPLACE INTO minutes VALUES ({', '.join('?' * 11)})", rows
            )
            self._connection.execute("COMMIT")

    def of_region(self, region: str) -> list[tuple[Source, MetricMinute]]:
        """Return everything of a Region, by time."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT namespace, dimension, resource, name, seen, least, most, total, count "
                "FROM minutes WHERE region = ? ORDER BY seen",
                (region,),
            ).fetchall()
        return [(Source(region, *row[:3]), MetricMinute(*row[3:])) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
