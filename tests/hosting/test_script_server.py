"""The server that serves a user's functions in the Python of an image, as a process."""

import contextlib
import json
import signal
import stat
import threading
import time

import pytest
from support.polling import eventually
from support.script_server import invoke, request, running

from helpers.local.runtime.model_server import UnixConnection

SLOW_SECONDS, LARGE_BYTES = 0.5, 20_000_000
ECHO = f"""
import json
import threading
import time
from pathlib import Path

from local_model_server.answers import JSON, Answer


class Service:
    limit_bytes, timeout = 100, None

    def __init__(self, folder):
        self.folder = Path(folder)

    def invoke(self, headers, body):
        if body == b"slow":
            time.sleep({SLOW_SECONDS})
        if body == b"wait":
            (self.folder / "begun").touch()
            while not (self.folder / "go").exists():
                time.sleep(0.01)
        if body == b"large":
            return Answer(200, b"x" * {LARGE_BYTES}, JSON)
        seen = {{
            "thread": threading.current_thread() is threading.main_thread(),
            "type": headers["content-type"],
            "body": body.decode(),
        }}
        return Answer(200, json.dumps(seen).encode(), JSON)

    def execution_parameters(self):
        return Answer(200, b"{{}}", JSON)


def service(model_dir):
    return Service(model_dir)
"""


@pytest.fixture
def echo(short_path):
    """Return the folder of a server that answers with what it gets."""
    with running(short_path, ECHO):
        yield short_path


def test_the_functions_run_in_the_main_thread(echo):
    """Each request gets its answer, from the main thread, on a socket of this user only."""
    seen = {"thread": True, "type": "text/csv", "body": "1,2"}
    assert json.loads(invoke(echo, b"1,2")[1]) == seen
    assert stat.S_IMODE((echo / "socket").stat().st_mode) == 0o600


def test_routes(echo):
    """Other paths are 404, other methods 405, and a body over the limit is 413."""
    assert request(echo, "GET", "/ping") == (200, b"")
    assert request(echo, "GET", "/execution-parameters") == (200, b"{}")
    assert request(echo, "GET", "/models")[0] == 404
    assert request(echo, "GET", "/invocations")[0] == 405
    assert [invoke(echo, b"x" * size)[0] for size in (100, 101, 10_000_000)] == [200, 413, 413]


def test_a_connection_is_kept(echo):
    """Several requests go over one connection."""
    with contextlib.closing(UnixConnection(echo / "socket", timeout_seconds=30)) as connection:
        for number in range(3):
            headers = {"content-type": "text/csv"}
            status, body = connection.invoke(str(number).encode(), headers)
            assert (status, json.loads(body)["body"]) == (200, str(number))


def test_ping_is_answered_while_a_prediction_runs(echo):
    """A long prediction doesn't make the container look dead."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(invoke(echo, b"wait")[0]))
    thread.start()
    eventually((echo / "begun").exists)
    assert request(echo, "GET", "/ping")[0] == 200
    assert answers == []
    (echo / "go").touch()
    thread.join()
    assert answers == [200]


def test_predictions_take_turns(echo):
    """Of two predictions that are asked for at the same time, one waits for the other."""
    started, ended = time.monotonic(), []

    def call() -> None:
        invoke(echo, b"slow")
        ended.append(time.monotonic() - started)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(ended) >= 2 * SLOW_SECONDS


def test_sigterm_lets_a_prediction_end(short_path):
    """At SIGTERM the prediction that runs is answered, then the process ends with 0."""
    answers = []
    with running(short_path, ECHO) as process:
        thread = threading.Thread(target=lambda: answers.append(invoke(short_path, b"wait")[0]))
        thread.start()
        eventually((short_path / "begun").exists)
        process.send_signal(signal.SIGTERM)
        time.sleep(SLOW_SECONDS)
        (short_path / "go").touch()
        thread.join()
        assert process.wait(timeout=60) == 0
    assert answers == [200]
    assert not (short_path / "socket").exists()


def test_sigterm_lets_an_answer_be_read(short_path):
    """An answer that its client reads slowly is complete although SIGTERM has come meanwhile."""
    with running(short_path, ECHO) as process:
        connection = UnixConnection(short_path / "socket", timeout_seconds=30)
        with contextlib.closing(connection):
            connection.request("POST", "/invocations", b"large", {"content-type": "text/csv"})
            answer = connection.getresponse()
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)  # it waits for two seconds for its client
            assert len(answer.read()) == LARGE_BYTES


WORKER = """
from local_model_server.worker import DefaultFunctions, WorkerService


def service(model_dir):
    return WorkerService(model_dir, DefaultFunctions(lambda *args: "", lambda *args: ""))
"""
CONTENT_TYPES = """
TYPES = {"plain": "text/plain", "line": "text/csv\\r\\nX-Other: 1", "euro": "text/\\u20ac"}

model_fn = lambda model_dir: None
transform_fn = lambda model, content, content_type, accept: ("body", TYPES[content])
"""


def test_content_types_that_http_does_not_allow(short_path):
    """A content type with a line break, or of other letters, is an error of the script."""
    (short_path / "inference.py").write_text(CONTENT_TYPES)
    with running(short_path, WORKER):
        assert invoke(short_path, b"plain") == (200, b"body")
        assert invoke(short_path, b"line")[0] == 500
        assert invoke(short_path, b"euro")[0] == 500
