"""Log lines are there after a restart, in their order, as CloudWatch shows them."""

import io
import json
import threading

import pytest
from moto.logs.models import logs_backends

from helpers.home import ACCOUNT
from helpers.local.state.logs.events import KEPT_EVENTS, StoredEvents
from helpers.local.state.logs.store import LogStore, escape

GROUP, STREAM = "/aws/sagemaker/TrainingJobs", "job/algo-1-1"
REGION = "us-east-1"


@pytest.fixture
def store(tmp_path):
    """Return a log store, alone with moto."""
    logs_backends[ACCOUNT].clear()
    yield LogStore(tmp_path / "logs")
    logs_backends[ACCOUNT].clear()


def restarted(store):
    """Return the store of the next server, without moto's memory."""
    logs_backends[ACCOUNT].clear()
    next_store = LogStore(store._folder)
    assert not list(backend().groups)  # the start waits for no file
    next_store.ensure_loaded()
    return next_store


def backend():
    return logs_backends[ACCOUNT][REGION]


def messages(group=GROUP, stream=STREAM):
    return [event.message for event in backend().groups[group].streams[stream].events]


def test_control_characters_as_cloudwatch_shows_them():
    """TAB is shown as #011, which the metric regexes rely on; other text is unchanged."""
    assert escape("[0]\ttrain-rmse:1.0") == "[0]#011train-rmse:1.0"
    assert escape("\x1b[1mé\u2028") == "#033[1mé\u2028"


def test_a_new_stream_leaves_the_others_alone(store, monkeypatch):
    """A new stream costs the same however many there are: nobody looks into those."""
    for number in range(20):
        store.stream(REGION, GROUP, f"job-{number}/algo-1-1").write("a line")
    looked_into = []
    monkeypatch.setattr(
        StoredEvents, "__getitem__", lambda events, index: looked_into.append(events) or []
    )
    store.stream(REGION, GROUP, STREAM)
    assert len(looked_into) == 1  # the new one


def test_lines_survive_in_their_order(store):
    """Many lines in one millisecond keep their order, also if the clock is set back."""
    log = store.stream(REGION, GROUP, STREAM)
    for number in range(300):
        log.write(f"{number}", f"{number}\tb")
    expected = [text for number in range(300) for text in (f"{number}", f"{number}#011b")]
    assert messages() == expected
    times = [event.timestamp for event in backend().groups[GROUP].streams[STREAM].events]
    restarted(store)
    assert messages() == expected
    stream = backend().groups[GROUP].streams[STREAM]
    assert [event.timestamp for event in stream.events] == times == sorted(times)
    assert stream.stored_bytes == sum(map(len, expected))


def test_a_long_stream_is_not_kept_in_memory(store):
    """Of many lines only the latest stay in memory; all are read, with ids that stay the same."""
    log = store.stream(REGION, GROUP, STREAM)
    expected = [f"{number}" for number in range(5 * KEPT_EVENTS + 7)]
    for start in range(0, len(expected), 10):
        log.write(*expected[start : start + 10])
    for _ in range(2):
        events = backend().groups[GROUP].streams[STREAM].events
        assert KEPT_EVENTS <= len(events._recent) <= 2 * KEPT_EVENTS + 10
        assert [event.message for event in events] == expected
        assert len(events) == len(expected)
        ids = [event.event_id for event in events]
        assert ids == sorted(set(ids)) == [event.event_id for event in events]
        assert [event.message for event in events[-3:]] == expected[-3:]
        assert [event.message for event in events[5:8]] == expected[5:8]
        assert events[-1].message == expected[-1]
        store = restarted(store)
        store.stream(REGION, GROUP, STREAM).write("last")
        expected.append("last")
    backend().delete_log_stream(GROUP, STREAM)
    store.reconcile(REGION)
    assert len(list(events)) == len(events._recent)  # a reader that is late sees no error


def test_clock_set_back_keeps_the_order(store, monkeypatch):
    """An event is never older than the one before it, even if the clock is set back."""
    log = store.stream(REGION, GROUP, STREAM)
    for now in (100.0, 50.0, 101.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        log.write(f"{now}")
    times = [event.timestamp for event in backend().groups[GROUP].streams[STREAM].events]
    assert times == [100_000, 100_000, 101_000]


def test_writing_goes_on_after_a_restart(store):
    """A line that a kill has cut off damages no other line."""
    store.stream(REGION, GROUP, STREAM).write("one")
    (file,) = store._folder.glob("*/*/*.jsonl")
    with open(file, "a") as half:
        half.write('[17, "tw')
    again = restarted(store)
    again.stream(REGION, GROUP, STREAM).write("three")
    restarted(again)
    assert messages() == ["one", "three"]


def test_properties_survive(store):
    """Creation times, retention, tags, and streams without events are restored."""
    backend().create_log_group("/mine/..", {"a": "1"})
    backend().create_log_stream("/mine/..", "s" * 500)
    backend().put_retention_policy("/mine/..", 7)
    store.reconcile(REGION)
    before = backend().groups["/mine/.."]
    restarted(store)
    after = backend().groups["/mine/.."]
    assert after is not before
    assert after.creation_time == before.creation_time
    assert after.retention_in_days == 7
    assert backend().list_tags_log_group("/mine/..") == {"a": "1"}
    assert list(after.streams) == ["s" * 500]
    assert after.streams["s" * 500].creation_time == before.streams["s" * 500].creation_time


@pytest.mark.parametrize("name", ["..", ".", "a/../../b", "%2E%2E"])
def test_names_that_look_like_paths(store, name):
    """Names that look like paths are only names; deleting them touches no other file."""
    store.stream(REGION, GROUP, STREAM).write("kept")
    store.stream(REGION, name, name).write("x")
    restarted(store)
    assert messages(name, name) == ["x"]
    again = restarted(store)
    backend().delete_log_group(name)
    again.reconcile(REGION)
    restarted(again)
    assert list(backend().groups) == [GROUP]
    assert messages() == ["kept"]


def test_deleted_stays_deleted(store):
    """A deleted group or stream stays deleted, and a new one with its name starts empty."""
    store.stream(REGION, GROUP, STREAM).write("old")
    store.stream(REGION, GROUP, "other").write("kept")
    store.stream(REGION, "gone", STREAM).write("old")
    backend().delete_log_group("gone")
    backend().delete_log_stream(GROUP, STREAM)
    backend().create_log_stream(GROUP, STREAM)
    store.reconcile(REGION)
    restarted(store)
    assert list(backend().groups) == [GROUP]
    assert messages() == []
    assert messages(stream="other") == ["kept"]


def test_line_for_a_deleted_stream_is_swallowed(store):
    """A job continues even though somebody deleted its log."""
    log = store.stream(REGION, GROUP, STREAM)
    backend().delete_log_group(GROUP)
    log.write("nobody reads this")
    assert GROUP not in backend().groups


def test_regions_are_apart(store):
    """A group of one region is not visible in another, also after a restart."""
    store.stream("eu-west-1", GROUP, STREAM).write("eu")
    restarted(store)
    assert not backend().groups
    assert GROUP in logs_backends[ACCOUNT]["eu-west-1"].groups


def test_writers_and_makers_at_once(store):
    """Jobs can write while clients create groups, without errors or losses."""
    failed = []

    def write(number):
        try:
            log = store.stream(REGION, GROUP, f"{number}")
            for line in range(50):
                log.write(f"{line}")
                if line % 10 == 0:
                    backend().create_log_group(f"{number}-{line}", {})
                    store.reconcile(REGION)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    restarted(store)
    for number in range(4):
        assert messages(stream=f"{number}") == [f"{line}" for line in range(50)]
    assert len(backend().groups) == 1 + 4 * 5


def answer_of(app, action):
    """Return the status and body with which a WSGI application answers a Logs operation."""
    started = []
    environ = {"HTTP_X_AMZ_TARGET": f"Logs_20140328.{action}", "wsgi.input": io.BytesIO()}
    body = b"".join(app(environ, lambda *given: started.append(given)))
    ((status, _),) = started
    return status, body


def test_client_change_is_on_disk_before_its_answer(store):
    """A client's change is on disk before the answer, even if no job ever writes."""

    def moto(environ, start_response):
        backend().create_log_group("mine", {})
        start_response("200 OK", [])
        return [b"{}"]

    assert answer_of(store.persist(moto), "CreateLogGroup") == ("200 OK", b"{}")
    restarted(store)
    assert list(backend().groups) == ["mine"]


def test_change_that_cannot_be_stored_is_refused(store, monkeypatch):
    """If a change can't be stored the client gets a clear error, and reading still works."""

    def moto(environ, start_response):
        start_response("200 OK", [])
        return [b"{}"]

    def full(region):
        raise OSError(28, "No space left on device")

    logs_backends[ACCOUNT][REGION]
    monkeypatch.setattr(store, "reconcile", full)
    status, body = answer_of(store.persist(moto), "PutLogEvents")
    assert status.startswith("503")
    assert "Free some disk space" in json.loads(body)["message"]
    assert answer_of(store.persist(moto), "DescribeLogGroups") == ("200 OK", b"{}")
