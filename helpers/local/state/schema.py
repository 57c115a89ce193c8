"""The tables of the database, and how those of an older Local SageMaker get today's columns."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

_TABLES = (
    """CREATE TABLE IF NOT EXISTS resources (
        kind TEXT, region TEXT, name TEXT, arn TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
        created REAL, modified REAL, status TEXT,
        PRIMARY KEY (kind, region, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS tags (
        arn TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (arn, key)
    ) WITHOUT ROWID""",
)
_SORT_COLUMNS = {"created": "REAL", "modified": "REAL", "status": "TEXT"}


def prepare(connection: sqlite3.Connection) -> None:
    """Create what is missing; call it in a transaction."""
    for table in _TABLES:
        connection.execute(table)
    columns = {row[1] for row in connection.execute("PRAGMA table_info(resources)")}
    if not columns >= _SORT_COLUMNS.keys():
        _add_sort_columns(connection)
    for column in _SORT_COLUMNS:
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS by_{column} ON resources (kind, region, {column}, name)"
        )


def sort_values(resource_type: str, document: dict[str, Any]) -> tuple:
    """Return what lists sort by: creation and last change in seconds since 1970, and status.

    The member with the status of a `training-job` is TrainingJobStatus, else Status.
    """
    created = document.get("CreationTime")
    modified = document.get("LastModifiedTime", created)
    prefix = resource_type.title().replace("-", "")
    status = document.get(f"{prefix}Status", document.get("Status"))
    return (
        *(time.timestamp() if isinstance(time, datetime) else None for time in (created, modified)),
        status if isinstance(status, str) else None,
    )


def _add_sort_columns(connection: sqlite3.Connection) -> None:
    for column, type_name in _SORT_COLUMNS.items():
        connection.execute(f"ALTER TABLE resources ADD COLUMN {column} {type_name}")
    rows = connection.execute("SELECT kind, region, name, document FROM resources").fetchall()
    connection.executemany(
        "UPDATE resources SET created = ?, modified = ?, status = ? "
        "WHERE kind = ? AND region = ? AND name = ?",
        [(*sort_values(kind, load(text)), kind, region, name) for kind, region, name, text in rows],
    )


def load(text: str) -> dict[str, Any]:
    """Return the document that `database.dump` wrote."""
    return json.loads(text, object_hook=_decode)


def _decode(value: dict[str, Any]) -> dict[str, Any] | datetime:
    """Decode a datetime. A client's own map may have the key "$time" too, with a text value."""
    if len(value) == 1 and isinstance(value.get("$time"), float):
        return datetime.fromtimestamp(value["$time"], UTC)
    return value
