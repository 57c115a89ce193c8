"""moto with durable storage, served as the Local SageMaker does, in a process to kill.

Importing moto takes over a second, so one process imports it and forks a server for each start.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import botocore.config

CHECKOUT = Path(__file__).resolve().parents[2]


class Starter:
    """Start servers on a home folder, and end them.

    services: those of moto to import once, and not in each server that gets a request to them.
    """

    def __init__(self, *services: str):
        environ = {**os.environ, "MOTO_ACCOUNT_ID": "111122223333", "PYTHONPATH": str(CHECKOUT)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, *services],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def start(self, home: Path, fault: str = "") -> "Server":
        """Serve a home folder; `fault` names one of the faults below."""
        self._process.stdin.write(json.dumps({"home": str(home), "fault": fault}) + "\n")
        self._process.stdin.flush()
        return Server(home, **json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(60)


class Server:
    """A running server."""

    def __init__(self, home: Path, pid: int, port: int):
        self.home = home
        self.pid = pid
        self.port = port

    def client(self, service: str, **config):
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
            config=botocore.config.Config(retries={"max_attempts": 0}, **config),
        )

    def kill(self) -> None:
        """Send kill -9, and wait until the server is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(self.pid, 0)
                time.sleep(0.005)
            raise TimeoutError(f"the server {self.pid} is still there")

    def stderr(self) -> str:
        return (self.home / "stderr.txt").read_text()


def _die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def _inject(fault: str) -> None:
    """Break one step of the next change of an object whose key is `victim`."""
    import errno

    from helpers.local.state import moto_services
    from helpers.local.state.s3 import object_store, records

    def wrong(step):
        def broken(*args, **kwargs):
            if "victim" in str(args):
                return _die()
            return step(*args, **kwargs)

        return broken

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = object_store.ObjectStore
    if fault == "die before the commit":
        store._commit_key = wrong(store._commit_key)
    elif fault == "die before the record":
        records.RecordStore.save = wrong(records.RecordStore.save)
    elif fault == "die before the rename":
        replace = os.replace
        os.replace = lambda source, target: (
            _die() if b"victim" in Path(source).read_bytes()[:200] else replace(source, target)
        )
    elif fault == "die before the record goes":
        records.RecordStore.remove = wrong(records.RecordStore.remove)
    elif fault == "die after the commit":
        commit_key = store._commit_key

        def commit_and_die(self, transaction, name, key):
            commit_key(self, transaction, name, key)
            if key.startswith("victim"):
                _die()

        store._commit_key = commit_and_die
    elif fault == "no space for records":
        records.write_record = moto_services.write_record = full
    elif fault == "small files only":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    elif fault:
        raise ValueError(fault)


def _serve(home: Path, fault: str) -> None:
    import socket

    import uvicorn
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from helpers.local.state import moto_services
    from helpers.local.state.s3 import objects
    from helpers.local.wire.wsgi import WsgiBridge

    home.mkdir(parents=True, exist_ok=True)
    os.dup2(os.open(home / "stderr.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    objects.patch_moto(home)
    moto = DomainDispatcherApplication(create_backend_app)
    app = objects.durable(moto_services.persist(moto, home))
    _inject(fault)
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"pid": os.getpid(), "port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(WsgiBridge(app, workers=16), log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def _main() -> None:
    sys.modules["rfc3987_syntax"] = None  # as the Local SageMaker does
    from moto.backends import get_backend

    from helpers.local.state import moto_services  # noqa: F401
    from helpers.local.state.s3 import objects  # noqa: F401

    for service in sys.argv[1:]:
        get_backend(service)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for line in sys.stdin:
        if pid := os.fork():
            children.append(pid)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order = json.loads(line)
        _serve(Path(order["home"]), order["fault"])
        os._exit(0)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _main()
