"""The tables of the database, and how those of an older Local SageMaker get today's columns."""

import sqlite3

from helpers.local.state.documents import load, sort_values

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


def _add_sort_columns(connection: sqlite3.Connection) -> None:
    for column, type_name in _SORT_COLUMNS.items():
        connection.execute(f"ALTER TABLE resources ADD COLUMN {column} {type_name}")
    rows = connection.execute("SELECT kind, region, name, document FROM resources").fetchall()
    connection.executemany(
        "UPDATE resources SET created = ?, modified = ?, status = ? "
        "WHERE kind = ? AND region = ? AND name = ?",
        [(*sort_values(kind, load(text)), kind, region, name) for kind, region, name, text in rows],
    )
