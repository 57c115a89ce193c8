"""SageMaker's resources in SQLite: one document a resource, one writer, nothing half-written."""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

Document = dict

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    kind TEXT, region TEXT, name TEXT, arn TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
    PRIMARY KEY (kind, region, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
    arn TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (arn, key)
) WITHOUT ROWID;
"""


class AlreadyExistsError(Exception):
    """A resource of that type, region and name exists."""


class Database:
    """Resources by (resource_type, region, name), and tags by ARN.

    A document is the resource's Describe answer: JSON values and aware datetimes. The file is
    in WAL mode, so that a process killed at any moment loses nothing that was committed.
    """

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one writer at a time. One inside another belongs to the outer one."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended some by itself
                    self._connection.execute("ROLLBACK")
                raise

    def insert(
        self,
        resource_type: str,
        region: str,
        name: str,
        document: Document,
        tags: list[dict],
        arn: str,
    ) -> None:
        """Add a resource and its tags. Raises AlreadyExistsError, and then nothing has changed."""
        with self.transaction():
            try:
                self._connection.execute(
                    "INSERT INTO resources VALUES (?, ?, ?, ?, ?)",
                    (resource_type, region, name, arn, dump(document)),
                )
            except sqlite3.IntegrityError:
                raise AlreadyExistsError(name) from None
            # what an earlier resource of this name had is not this one's
            self._connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
            self._put_tags(arn, tags)

    def upsert(
        self, resource_type: str, region: str, name: str, document: Document, arn: str
    ) -> None:
        """Add a document, or write over the one of that type, region and name."""
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?)",
                (resource_type, region, name, arn, dump(document)),
            )

    def get(self, resource_type: str, region: str, name: str) -> Document | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT document FROM resources WHERE kind = ? AND region = ? AND name = ?",
                (resource_type, region, name),
            ).fetchone()
        return load(row[0]) if row else None

    def change(
        self, resource_type: str, region: str, name: str, change: Callable[[Document], None]
    ) -> Document | None:
        """Read, change and write one document in one step. Returns it, or None if it is gone."""
        with self.transaction():
            document = self.get(resource_type, region, name)
            if document is None:
                return None
            change(document)
            self._connection.execute(
                "UPDATE resources SET document = ? WHERE kind = ? AND region = ? AND name = ?",
                (dump(document), resource_type, region, name),
            )
        return document

    def delete(self, resource_type: str, region: str, name: str, arn: str) -> bool:
        """Remove a resource and its tags. Returns False if there was none."""
        with self.transaction():
            self._connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
            cursor = self._connection.execute(
                "DELETE FROM resources WHERE kind = ? AND region = ? AND name = ?",
                (resource_type, region, name),
            )
        return cursor.rowcount > 0

    def exists(self, arn: str) -> bool:
        """Whether a resource has this ARN."""
        with self._lock:
            row = self._connection.execute(
                "SELECT 1 FROM resources WHERE arn = ?", (arn,)
            ).fetchone()
        return row is not None

    def list_all(self, resource_type: str, region: str | None = None) -> list[Document]:
        """List all resources of a type, in one region or in all of them."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT document FROM resources WHERE kind = ? AND (? IS NULL OR region = ?)",
                (resource_type, region, region),
            ).fetchall()
        return [load(row[0]) for row in rows]

    def list_where(
        self, resource_type: str, region: str, member: str, values: Collection[str]
    ) -> list[Document]:
        """List those whose text member, such as TrainingJobStatus, has one of the values.

        SQLite looks into the documents: a thousand ended jobs cost a few milliseconds.
        """
        places = ", ".join("?" * len(values))
        with self._lock:
            rows = self._connection.execute(
                "SELECT document FROM resources WHERE kind = ? AND region = ? "
                f"AND json_extract(document, '$.' || ?) IN ({places})",
                (resource_type, region, member, *values),
            ).fetchall()
        return [load(row[0]) for row in rows]

    def tags(self, arn: str) -> list[dict]:
        """In SageMaker's shape, by key."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, value FROM tags WHERE arn = ? ORDER BY key", (arn,)
            ).fetchall()
        return [{"Key": key, "Value": value} for key, value in rows]

    def put_tags(self, arn: str, tags: list[dict], most: int) -> bool:
        """Add or replace tags. Returns False, with nothing changed, if it would be over `most`."""
        with self.transaction():
            keys = {tag["Key"] for tag in self.tags(arn)} | {tag["Key"] for tag in tags}
            if len(keys) > most:
                return False
            self._put_tags(arn, tags)
        return True

    def _put_tags(self, arn: str, tags: list[dict]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)",
            [(arn, tag["Key"], tag["Value"]) for tag in tags],
        )

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        with self.transaction():
            self._connection.executemany(
                "DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in keys]
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def dump(document: Document) -> str:
    """JSON, with a datetime as {"$time": seconds since 1970}."""
    return json.dumps(document, default=_encode)


def load(text: str) -> Document:
    return json.loads(text, object_hook=_decode)


def _encode(value):
    if isinstance(value, datetime):
        return {"$time": value.timestamp()}
    raise TypeError(f"{type(value).__name__} has no place in a resource")


def _decode(value: dict):
    """A client's own map may have the key "$time" too, but its values are text."""
    if set(value) == {"$time"} and isinstance(value["$time"], float):
        return datetime.fromtimestamp(value["$time"], UTC)
    return value
