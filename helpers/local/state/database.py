"""SageMaker's resources in SQLite: one document per resource, one writer, atomic changes."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.local.state import schema
from helpers.local.state.documents import Document, dump, load, sort_values
from helpers.local.state.page_query import PageQuery

_COLUMNS = ("kind", "region", "name", "arn", "document", *schema.SORT_COLUMNS)
_GET = "SELECT document FROM resources WHERE kind = ? AND region = ? AND name = ?"


class AlreadyExistsError(Exception):
    """A resource of that type, region and name exists."""


class Database:
    """Resources by (resource_type, region, name), and tags by ARN.

    A document is what Describe answers of a resource: JSON values and aware datetimes. All methods
    may be called from any thread; changes are serialized. The file is in WAL mode, so a process
    that is killed loses nothing that was committed.

    Parameters
    ----------
    path
        The SQLite file; created if missing.

    Raises
    ------
    sqlite3.OperationalError
        By any method, if the disk is full or the file can't be written; nothing has changed then.
    """

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._lock = threading.RLock()
        with self.transaction():
            schema.prepare(self._connection)
        # Readers of a database in WAL mode wait for no writer.
        self._reader = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._reader_lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes inside, or none if an exception leaves it; it may be nested.

        There is one writer at a time: inside, nobody else changes what was read.
        """
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
        """Add a resource and its tags, which are in SageMaker's shape.

        Raises
        ------
        AlreadyExistsError
            If there is a resource of that key or ARN; nothing has changed then.
        """
        with self.transaction():
            try:
                self._write("INSERT", resource_type, region, name, arn, document)
            except sqlite3.IntegrityError:
                raise AlreadyExistsError(name) from None
            # an earlier resource of this name may have left tags
            self._connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
            self._put_tags(arn, tags)

    def upsert(
        self, resource_type: str, region: str, name: str, document: Document, arn: str
    ) -> None:
        """Add a document, or replace the one of that type, region and name."""
        with self.transaction():
            self._write("INSERT OR REPLACE", resource_type, region, name, arn, document)

    def _write(
        self, verb: str, resource_type: str, region: str, name: str, arn: str, document: Document
    ) -> None:
        self._connection.execute(
            f"{verb} INTO resources ({', '.join(_COLUMNS)}) "
            f"VALUES ({', '.join(f':{column}' for column in _COLUMNS)})",
            {"kind": resource_type, "region": region, "name": name, "arn": arn}
            | {"document": dump(document), **sort_values(resource_type, document)},
        )

    def get(self, resource_type: str, region: str, name: str) -> Document | None:
        """Return a resource's document, or None if there is none."""
        with self._lock:
            row = self._connection.execute(_GET, (resource_type, region, name)).fetchone()
        return load(row[0]) if row else None

    def read(self, resource_type: str, region: str, name: str) -> Document | None:
        """Return a document as it was committed last, without waiting for a transaction."""
        with self._reader_lock:
            row = self._reader.execute(_GET, (resource_type, region, name)).fetchone()
        return load(row[0]) if row else None

    def change(
        self, resource_type: str, region: str, name: str, change: Callable[[Document], None]
    ) -> Document | None:
        """Read, change in place and write one document in one transaction, and return it.

        If `change` raises, nothing is changed. Returns None if there is no such resource.
        """
        with self.transaction():
            document = self.get(resource_type, region, name)
            if document is None:
                return None
            change(document)
            self._connection.execute(
                f"UPDATE resources SET {', '.join(f'{name} = :{name}' for name in _COLUMNS[4:])} "
                "WHERE kind = :kind AND region = :region AND name = :name",
                {"kind": resource_type, "region": region, "name": name, "document": dump(document)}
                | sort_values(resource_type, document),
            )
        return document

    def delete(self, resource_type: str, region: str, name: str, arn: str) -> bool:
        """Delete a resource and its tags. Returns False if there was none."""
        with self.transaction():
            self._connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
            cursor = self._connection.execute(
                "DELETE FROM resources WHERE kind = ? AND region = ? AND name = ?",
                (resource_type, region, name),
            )
        return cursor.rowcount > 0

    def changes(self) -> int:
        """Return a number that is higher after each change of a resource or a tag."""
        return self._connection.total_changes

    def exists(self, arn: str) -> bool:
        """Tell whether a resource has this ARN."""
        with self._lock:
            row = self._connection.execute(
                "SELECT 1 FROM resources WHERE arn = ?", (arn,)
            ).fetchone()
        return row is not None

    def name_of(self, arn: str) -> str | None:
        """Return the name of the resource with this ARN, which has it in lower case."""
        with self._lock:
            row = self._connection.execute(
                "SELECT name FROM resources WHERE arn = ?", (arn,)
            ).fetchone()
        return row[0] if row else None

    def list_all(self, resource_type: str, region: str | None = None) -> list[Document]:
        """Return all resources of a type, in one Region or in all of them."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT document FROM resources WHERE kind = ? AND (? IS NULL OR region = ?)",
                (resource_type, region, region),
            ).fetchall()
        return [load(row[0]) for row in rows]

    def list_by_status(
        self, resource_type: str, region: str | None, statuses: Collection[str]
    ) -> list[Document]:
        """Return the resources in one of the statuses, in one Region or in all of them."""
        placeholders = ", ".join("?" * len(statuses))
        with self._lock:
            rows = self._connection.execute(
                "SELECT document FROM resources WHERE kind = ? AND (? IS NULL OR region = ?) "
                f"AND status IN ({placeholders})",
                (resource_type, region, region, *statuses),
            ).fetchall()
        return [load(row[0]) for row in rows]

    def list_children(self, parent: str) -> list[Document]:
        """Return the training jobs of a tuning job, by its ARN, in the order of their creation."""
        sql = "SELECT document FROM resources WHERE parent = ? ORDER BY created, name"
        with self._lock:
            rows = self._connection.execute(sql, (parent,)).fetchall()
        return [load(row[0]) for row in rows]

    def count(self, resource_type: str, region: str) -> int:
        """Return how many resources of a type a Region has."""
        with self._lock:
            row = self._connection.execute(
                "SELECT count(*) FROM resources WHERE kind = ? AND region = ?",
                (resource_type, region),
            ).fetchone()
        return row[0]

    def regions(self) -> list[str]:
        """Return the Regions that have resources, by name."""
        with self._lock:
            rows = self._connection.execute("SELECT DISTINCT region FROM resources").fetchall()
        return sorted(row[0] for row in rows)

    def page(self, query: PageQuery) -> list[tuple]:
        """Return (sort value, name, status, document as text) of the resources of a page."""
        sql, values = query.statement()
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def tags(self, arn: str) -> list[dict]:
        """Return a resource's tags in SageMaker's shape, sorted by key."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, value FROM tags WHERE arn = ? ORDER BY key", (arn,)
            ).fetchall()
        return [{"Key": key, "Value": value} for key, value in rows]

    def all_tags(self) -> dict[str, dict[str, str]]:
        """Return the tags of all resources that have any, by ARN."""
        with self._lock:
            rows = self._connection.execute("SELECT arn, key, value FROM tags").fetchall()
        tags: dict[str, dict[str, str]] = {}
        for arn, key, value in rows:
            tags.setdefault(arn, {})[key] = value
        return tags

    def put_tags(self, arn: str, tags: list[dict], limit: int) -> bool:
        """Add or replace tags. Returns False, with nothing changed, if there would be too many."""
        with self.transaction():
            keys = {tag["Key"] for tag in self.tags(arn)} | {tag["Key"] for tag in tags}
            if len(keys) > limit:
                return False
            self._put_tags(arn, tags)
        return True

    def _put_tags(self, arn: str, tags: list[dict]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)",
            [(arn, tag["Key"], tag["Value"]) for tag in tags],
        )

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        """Delete the tags that have one of these keys."""
        with self.transaction():
            self._connection.executemany(
                "DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in keys]
            )

    def close(self) -> None:
        """Close the file; no method may be called afterwards."""
        with self._lock, self._reader_lock:
            self._reader.close()
            self._connection.close()
