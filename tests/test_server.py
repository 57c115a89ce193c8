"""The server process has its port and lock, and cleans up after a signal."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest

from helpers.local import server
from helpers.local.home import Home, LocalError
from helpers.local.runtime.status_events import StatusEvents


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def taken():
    """Return a port that another program uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def port_of(listener):
    with listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        return listener.getsockname()[1]


def test_last_port_is_taken_again(home):
    """The last port is used again, so that a notebook's clients work after a restart."""
    port = port_of(server.listen(home, None))
    home.write_server(1, port)
    assert port_of(server.listen(home, None)) == port


def test_last_port_of_another_program(home, taken):
    """If another program uses the last port, any free one is used."""
    home.write_server(1, taken)
    assert port_of(server.listen(home, None)) != taken


def test_port_that_was_asked_for(home, taken):
    """A port that was asked for is used, or the start fails."""
    with pytest.raises(LocalError, match=rf"Port {taken} can't be used \(Address already in use\)"):
        server.listen(home, taken)
    with pytest.raises(LocalError, match="Port 99999 can't be used"):
        server.listen(home, 99999)


def test_lock_of_another_server(home, monkeypatch):
    """A second server doesn't start while another holds the lock; a mere reader is waited for."""
    monkeypatch.setattr(server.time, "sleep", lambda _: None)
    lock = home.lock()
    with pytest.raises(LocalError, match="Another Local SageMaker already serves"):
        server.take_lock(home)
    os.close(lock)
    os.close(server.take_lock(home))


class Quiet:
    """A uvicorn application that answers nothing, with the statuses that clients wait for."""

    statuses = StatusEvents()

    async def __call__(self, scope, receive, send):
        raise NotImplementedError


def test_signal_lets_the_held_go_and_the_caller_clean_up():
    """After a signal waiting calls are released, and run() returns for the clean-up."""
    app = Quiet()
    config = server.uvicorn.Config(app, lifespan="off", log_level="error")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        running = server.Server(config, app.statuses)

        async def run():
            serving = asyncio.create_task(running.serve([listener]))
            while not running.started:
                await asyncio.sleep(0.01)
            held = app.statuses.watch("arn")
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(held.wait(), 20)
            await serving

        asyncio.run(run())
    assert app.statuses.closed


@pytest.mark.parametrize("what", ["resources.sqlite", "jobs"])
def test_damaged_home_folder(home, what):
    """A damaged home folder is named in one sentence, and nothing is left."""
    path = home.path / what
    if path.is_dir():
        path.rmdir()
    path.write_bytes(b"this is not a database" * 100)
    start = subprocess.run(
        [sys.executable, "-m", "helpers.local"],
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(home.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert start.returncode == 1
    assert f"can't work in its home folder {home.path}" in start.stderr
    assert "Traceback" not in start.stderr
    assert list(home.runtime().iterdir()) == []
    home.runtime().rmdir()


def test_a_second_server_gives_up_at_once(home, monkeypatch):
    """A second server gives up at once instead of waiting and restarting a stopped server."""
    first = home.lock()
    monkeypatch.setattr(server.time, "sleep", lambda _: pytest.fail("it waits"))
    with pytest.raises(LocalError, match="already serves"):
        server.take_lock(home)
    os.close(first)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")
def test_a_log_on_a_full_disk():
    """A log line that can't be written is lost without an error for its writer."""
    with open("/dev/full", "w", buffering=1) as full:
        log = server.TolerantStream(full)
        assert log.write("a line\n") == 7
        log.flush()
        assert log.fileno() == full.fileno()
        with contextlib.suppress(OSError):
            full.close()
