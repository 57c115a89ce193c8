"""The tables of the database, and how those of an older Local SageMaker get today's columns."""

import sqlite3

from helpers.local.state.documents import load, sort_values

_TABLES = (
    """CREATE TABLE IF NOT EXISTS resources (
        kind TEXT, region TEXT, name TEXT, arn TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
        created REAL, modified REAL, status TEXT, parent TEXT, objective REAL,
        PRIMARY KEY (kind, region, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS tags (
        arn TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (arn, key)
    ) WITHOUT ROWID""",
)
SORT_COLUMNS = {
    "created": "REAL",
    "modified": "REAL",
    "status": "TEXT",
    "parent": "TEXT",
    "objective": "REAL",
}
_INDEXED = ("created", "modified", "status")
_CHILDREN = """CREATE INDEX IF NOT EXISTS children ON resources (parent, created, name)
    WHERE parent IS NOT NULL"""


def prepare(connection: sqlite3.Connection) -> None:
    """Create what is missing; call it in a transaction."""
    for table in _TABLES:
        connection.execute(table)
    columns = {row[1] for row in connection.execute("PRAGMA table_info(resources)")}
    if missing := [column for column in SORT_COLUMNS if column not in columns]:
        _add_sort_columns(connection, missing)
    for column in _INDEXED:
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS by_{column} ON resources (kind, region, {column}, name)"
        )
    connection.execute(_CHILDREN)


def _add_sort_columns(connection: sqlite3.Connection, missing: list[str]) -> None:
    for column in missing:
        connection.execute(f"ALTER TABLE resources ADD COLUMN {column} {SORT_COLUMNS[column]}")
    rows = connection.execute("SELECT kind, region, name, document FROM resources").fetchall()
    connection.executemany(
        f"UPDATE resources SET {', '.join(f'{column} = :{column}' for column in missing)} "
        "WHERE kind = :kind AND region = :region AND name = :name",
        [
            sort_values(kind, load(text)) | {"kind": kind, "region": region, "name": name}
            for kind, region, name, text in rows
        ],
    )
