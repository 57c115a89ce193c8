"""Resources in SQLite are changed completely or not at all, whatever goes wrong."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.state.database import AlreadyExistsError, Database
from helpers.local.state.documents import dump, load, load_members
from helpers.local.state.page_query import PageQuery
from helpers.local.wire import json_writer
from helpers.local.wire.service_model import operation_model

WHERE = ("model", "us-east-1")
TEXTS = st.text(max_size=5) | st.just("$time")
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "resources.sqlite")
    yield database
    database.close()


def insert(database, name, document=None, tags=()):
    database.insert(*WHERE, name, document or {"Name": name}, list(tags), f"arn:{name.lower()}")


@given(DOCUMENTS)
def test_documents_come_back_as_they_were(document):
    """Documents are returned unchanged, with times; a map with the key "$time" stays a map."""
    assert load(dump(document)) == document


def test_some_members_of_a_document():
    """Only the members asked for are read, and times as times."""
    time = datetime(2026, 1, 2, tzinfo=UTC)
    text = dump({"Name": "a", "CreationTime": time, "Map": {"$time": "b"}})
    read = load_members(text, ("CreationTime", "Name", "Missing"))
    assert read == {"CreationTime": time, "Name": "a"}


@pytest.mark.parametrize("microsecond", [823_500, 823_499, 999_500])
def test_a_time_that_an_answer_shows_is_within_its_own_limits(database, microsecond):
    """A resource is listed before and after its own time, also half way between milliseconds."""
    created = datetime(2026, 11, 28, 10, 5, 51, microsecond, tzinfo=UTC)
    insert(database, "a", {"CreationTime": created})
    shape = operation_model("DescribeModel").output_shape.members["CreationTime"]
    shown = json_writer.write(shape, created, "DescribeModel")
    for operator in ("<=", ">="):
        times = (("created", operator, shown),)
        query = PageQuery(*WHERE, "created", is_descending=True, limit=2, times=times)
        assert [row[1] for row in database.page(query)] == ["a"]


def test_a_name_is_taken_once(database):
    """A name that differs only in case is taken too, because its ARN is the same."""
    insert(database, "name", tags=[{"Key": "a", "Value": "1"}])
    for name in ("name", "NAME"):
        with pytest.raises(AlreadyExistsError):
            insert(database, name, tags=[{"Key": "b", "Value": "2"}])
    assert database.tags("arn:name") == [{"Key": "a", "Value": "1"}]
    database.insert("model", "eu-west-1", "name", {}, [], "arn:eu")
    assert len(database.list_all("model")) == 2
    assert len(database.list_all("model", "eu-west-1")) == 1


def test_change_that_raises_changes_nothing(database):
    """A change that raises changes nothing, and the next one works."""
    insert(database, "name", {"count": 1})

    def fail(document):
        document["count"] = 2
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (any)
        database.change(*WHERE, "name", fail)
    assert database.get(*WHERE, "name") == {"count": 1}
    assert database.change(*WHERE, "name", lambda d: d.update(count=3)) == {"count": 3}
    assert database.change(*WHERE, "none", fail) is None


def test_deleted_resource_leaves_no_tags(database):
    """A new resource under a deleted resource's name starts without its tags."""
    insert(database, "name", tags=[{"Key": "a", "Value": "1"}])
    assert database.delete(*WHERE, "name", "arn:name")
    assert not database.delete(*WHERE, "name", "arn:name")
    assert not database.exists("arn:name")
    insert(database, "name")
    assert database.tags("arn:name") == []


def test_tags_have_a_limit(database):
    """One tag above the limit is refused, and none is written."""
    insert(database, "name", tags=[{"Key": "a", "Value": "1"}])
    assert database.put_tags("arn:name", [{"Key": "a", "Value": "2"}], limit=1)
    assert not database.put_tags("arn:name", [{"Key": "b", "Value": "3"}], limit=1)
    assert database.tags("arn:name") == [{"Key": "a", "Value": "2"}]
    database.delete_tags("arn:name", ["a", "none"])
    assert database.tags("arn:name") == []


def test_writers_take_turns(database):
    """Changes from many threads are all stored."""
    insert(database, "name", {"count": 0})

    def add():
        for _ in range(50):
            database.change(*WHERE, "name", lambda d: d.update(count=d["count"] + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.get(*WHERE, "name") == {"count": 200}


def test_commit_that_fails_is_rolled_back(database):
    """If COMMIT fails on a full disk, the change is undone, and the next one works."""

    class Full:
        def __init__(self, connection):
            self.connection, self.full = connection, True

        def execute(self, statement, *values):
            if statement == "COMMIT" and self.full:
                raise sqlite3.OperationalError("database or disk is full")
            return self.connection.execute(statement, *values)

        def __getattr__(self, name):
            return getattr(self.connection, name)

    database._connection = Full(database._connection)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        insert(database, "name")
    database._connection.full = False
    assert database.get(*WHERE, "name") is None
    insert(database, "name")
    assert database.get(*WHERE, "name") == {"Name": "name"}


def test_statement_that_finds_no_space(database):
    """SQLite's own error is raised, even if it has already rolled back by itself."""
    pages = database._connection.execute("PRAGMA page_count").fetchone()[0]
    database._connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        insert(database, "big", {"text": "x" * 100_000})
    insert(database, "small")
    assert [d["Name"] for d in database.list_all("model")] == ["small"]


WRITER = """
import sys
from pathlib import Path
from helpers.local.state.database import Database
database = Database(Path(sys.argv[1]))
for count in range(100_000):
    database.insert("model", "us-east-1", f"{count}", {"n": count}, [], f"arn:{count}")
    print(count, flush=True)
"""


def test_killed_writer_loses_nothing(tmp_path):
    """Whatever was acknowledged is stored after kill -9."""
    file = tmp_path / "resources.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=-1) as writer:
        said = [writer.stdout.readline() for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    database = Database(file)
    last = int([line for line in said if line.endswith(b"\n")][-1])
    assert {d["n"] for d in database.list_all("model")} >= set(range(last + 1))
    database.close()


def test_a_database_of_an_older_version(tmp_path):
    """A database without the columns that lists sort by gets them, filled from its documents."""
    path = tmp_path / "resources.sqlite"
    created = datetime(2026, 1, 2, tzinfo=UTC)
    document = {"TrainingJobStatus": "Completed", "CreationTime": created}
    with sqlite3.connect(path) as older:
        older.execute(
            "CREATE TABLE resources (kind TEXT, region TEXT, name TEXT, arn TEXT NOT NULL UNIQUE, "
            "document TEXT NOT NULL, PRIMARY KEY (kind, region, name)) WITHOUT ROWID"
        )
        older.execute(
            "INSERT INTO resources VALUES ('training-job', 'us-east-1', 'a', 'arn:a', ?)",
            (dump(document),),
        )
    older.close()
    for _ in range(2):  # the second start finds them
        database = Database(path)
        assert database.list_by_status("training-job", "us-east-1", ["Completed"]) == [document]
        query = PageQuery("training-job", "us-east-1", "created", is_descending=True, limit=2)
        (row,) = database.page(query)
        assert row[:3] == (created.timestamp(), "a", "Completed")
        database.close()


def test_a_database_from_before_tuning_jobs(tmp_path):
    """A database without the columns for training jobs of tuning jobs gets them and stays whole."""
    path, created = tmp_path / "resources.sqlite", datetime(2026, 1, 2, tzinfo=UTC)
    document = {"TrainingJobStatus": "Completed", "CreationTime": created, "TuningJobArn": "arn:t"}
    with sqlite3.connect(path) as older:
        older.execute(
            "CREATE TABLE resources (kind TEXT, region TEXT, name TEXT, arn TEXT NOT NULL UNIQUE, "
            "document TEXT NOT NULL, created REAL, modified REAL, status TEXT, "
            "PRIMARY KEY (kind, region, name)) WITHOUT ROWID"
        )
        older.execute(
            "INSERT INTO resources VALUES "
            "('training-job', 'us-east-1', 'a', 'arn:a', ?, 1, 2, 's')",
            (dump(document),),
        )
    older.close()
    database = Database(path)
    assert database.list_children("arn:t") == [document]
    assert database.list_by_status("training-job", "us-east-1", ["s"]) == [document]
    database.close()


def test_lists_follow_a_change(database):
    """A changed or replaced document is listed by its new status."""
    for write in (database.insert, database.upsert):
        arguments = ["training-job", "us-east-1", "a", {"TrainingJobStatus": "InProgress"}]
        write(*arguments, *([[]] if write == database.insert else []), "arn:a")
        assert len(database.list_by_status("training-job", None, ["InProgress"])) == 1
        database.change(
            *arguments[:3], lambda document: document.update(TrainingJobStatus="Stopped")
        )
        assert database.list_by_status("training-job", None, ["InProgress"]) == []
        assert len(database.list_by_status("training-job", "us-east-1", ["Stopped"])) == 1
        assert database.count("training-job", "us-east-1") == 1
