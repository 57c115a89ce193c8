"""The one server of a home folder is started, found and stopped."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from support.polling import eventually, family, gone

from helpers.local import process
from helpers.local.home import Home, LocalError
from helpers.local.process import Endpoint

START = [sys.executable, "-m", "helpers", "local", "start"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a home folder of this test's own; whatever serves it is stopped."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    home = Home.find()
    yield home
    process.stop(home)


def test_life_of_a_server(home):
    """Two starts make one server, which outlives them, and the stop leaves nothing behind."""
    starts = [
        subprocess.Popen(START, stdout=-1, stderr=-1, text=True, start_new_session=True)
        for _ in range(2)
    ]
    said = [start.communicate(timeout=300) for start in starts]  # both streams come to their end
    assert [start.returncode for start in starts] == [0, 0], said
    found = process.running_endpoint()
    assert all(f"pid {found.pid}, home folder {home.path}" in out for out, _ in said)
    for start in starts:  # a terminal that is closed, a kernel that is killed with its group
        for number in (signal.SIGHUP, signal.SIGKILL):
            with pytest.raises(ProcessLookupError):
                os.killpg(start.pid, number)
    assert os.getsid(found.pid) == found.pid
    assert process.ensure_running() == found
    again = subprocess.run([*START, "--port", "1"], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert f"Found the Local SageMaker at {found.url}" in again.stdout
    assert "it does not listen on port 1" in again.stdout

    runtime, children = home.runtime(), family(found.pid)
    assert children
    assert list(runtime.iterdir())
    assert process.stop()
    assert all(map(gone, [found.pid, *children]))
    assert not runtime.exists()
    assert process.running_endpoint() is None
    assert not process.stop()
    assert home.last_port() == int(found.url.rpartition(":")[2])  # it's asked for again


def test_other_work_is_done_while_the_server_starts(home):
    """Steps run one by one until the server answers, and none if it already runs."""
    done = []

    def work():
        while True:
            time.sleep(0.01)
            done.append("a step")
            yield done[-1]

    process.ensure_running(meanwhile=work())
    assert done
    taken = len(done)
    process.ensure_running(meanwhile=work())
    assert len(done) == taken


def test_stop_ends_a_server_that_hangs(home, monkeypatch):
    """stop asks first; a server that ignores it is killed, with all its processes."""
    found = process.ensure_running()
    children = family(found.pid)
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(process, "START_SECONDS", 0.5)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.3)
    os.kill(found.pid, signal.SIGSTOP)
    assert process.running_endpoint() is None
    with pytest.raises(LocalError, match=r"did not answer within .* local stop"):
        process.ensure_running()
    assert process.stop()
    eventually(lambda: all(map(gone, [found.pid, *children])))
    assert list(home.runtime().iterdir()) == []
    home.runtime().rmdir()


@pytest.fixture
def foreign():
    """Return a function that starts a foreign HTTP server with an answer, and returns its port."""
    servers = []

    def start(answer: bytes) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        servers.append(http.server.HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"[]",
        b'{"home": "another", "pid": PID}',
        b'{"home": "ID", "pid": 1}',
        b'{"home": "ID"}',
    ],
)
def test_foreign_server_on_the_recorded_port(home, foreign, answer):
    """A server counts only if it answers with this home's id and holds its lock."""
    home.prepare()
    answer = answer.replace(b"ID", home.id.encode()).replace(b"PID", str(os.getpid()).encode())
    home.write_server(os.getpid(), foreign(answer))
    assert process.running_endpoint() is None
    lock = home.lock()
    try:
        assert process.running_endpoint() is None
    finally:
        os.close(lock)


def test_server_is_found_by_id_and_lock(home, foreign):
    """A server that answers with this home's id and holds its lock is found."""
    home.prepare()
    answer = f'{{"home": "{home.id}", "pid": {os.getpid()}}}'.encode()
    home.write_server(1, foreign(answer))
    lock = home.lock()
    try:
        found = process.running_endpoint()
        assert found.pid == os.getpid()
        assert found.home == home.path
    finally:
        os.close(lock)


def test_a_pid_alone_is_nobody(home):
    """A foreign process whose pid is in the files is neither found nor stopped."""
    home.prepare()
    with subprocess.Popen(["sleep", "60"]) as other:
        home.write_server(other.pid, 1)
        (home.path / "lock").write_text(str(other.pid))
        assert process.running_endpoint() is None
        assert not process.stop()
        assert other.poll() is None
        other.kill()


def test_zombie_is_not_running(home):
    """A zombie that held the lock doesn't count as running."""
    home.prepare()
    code = "import time; from helpers.local.home import Home; Home.find().lock(); print(flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1) as zombie:
        zombie.stdout.readline()
        eventually(lambda: gone(zombie.pid))
        assert home.holder() is None
        assert not process.stop()


def test_stop_looks_twice(home, monkeypatch):
    """stop reads the file twice, as it may name an earlier holder just after the lock was taken."""
    killed, seen = [], iter([111, 111, 222, 222, 222, None])  # the first look is for "runs at all"
    monkeypatch.setattr(Home, "holder", lambda self: next(seen))
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append((pid, number)))
    assert process.stop(home)
    assert killed == [(222, signal.SIGTERM)]
    monkeypatch.setattr(Home, "holder", lambda self: None)


def test_stop_of_what_cannot_be_ended(home, monkeypatch):
    """Stopping somebody else's process gives a message instead of an endless wait."""
    monkeypatch.setattr(process, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(process, "KILL_SECONDS", 0.1)
    monkeypatch.setattr(Home, "holder", lambda self: 222)
    monkeypatch.setattr(Home, "runtime", lambda self: self.path / "runtime")

    def not_ours(pid, number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", not_ours)
    with pytest.raises(LocalError, match=r"222 .*can't be stopped"):
        process.stop(home)
    monkeypatch.setattr(Home, "holder", lambda self: None)


def test_taken_port(home):
    """A taken port is reported with its number and the remedy, and nothing stays behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError) as refused:
            process.ensure_running(port)
    assert f"Port {port} can't be used (Address already in use)" in str(refused.value)
    assert "--port" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert home.holder() is None


def test_environment_names_all_that_a_client_needs():
    """The environment has all that boto3, the SDK and the AWS CLI need."""
    endpoint = Endpoint("http://127.0.0.1:1", "eu-west-1", "key", "secret", "1", None, 1)
    assert endpoint.environment() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_an_interrupted_start_leaves_no_server(tmp_path, monkeypatch):
    """Ctrl-C while the server starts ends it, too."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))

    def steps():
        yield "one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.ensure_running(meanwhile=steps())
    home = Home.find()
    assert home.holder() is None
    time.sleep(1)
    assert home.holder() is None
