"""The server process of a home folder: take its lock, bring back its state, serve, end cleanly."""

import argparse
import contextlib
import gc
import os
import resource
import shutil
import signal
import socket
import sqlite3
import sys
import time

import uvicorn

from helpers.home import ACCOUNT
from helpers.local.containers import registry
from helpers.local.home import Home, LocalError
from helpers.local.runtime import processes
from helpers.local.runtime.status_events import StatusEvents

SHUTDOWN_SECONDS = 3
MOST_FILES = 8192
GC_THRESHOLD = 10_000  # objects; a request to moto makes some thousands


class TolerantStream:
    """The server's log. It may lie on a full disk: then a line is lost, and nothing else fails."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str):
        return getattr(self._stream, name)


class Server(uvicorn.Server):
    """uvicorn, but held requests are let go when it is asked to stop, not three seconds later."""

    def __init__(self, config: uvicorn.Config, statuses: StatusEvents):
        super().__init__(config)
        self._statuses = statuses

    def handle_exit(self, sig, frame) -> None:
        """A signal only asks. uvicorn would raise it again at its end: no clean-up after that."""
        self.should_exit = True

    async def shutdown(self, sockets=None) -> None:
        self._statuses.close()
        await super().shutdown(sockets)


def listen(home: Home, port: int | None) -> socket.socket:
    """The socket to serve on: the port asked for, else the last one, else any that is free."""
    for choice in [home.last_port() or 0, 0] if port is None else [port]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", choice))
            return listener
        except (OSError, OverflowError) as error:
            listener.close()
            refused = getattr(error, "strerror", None) or error
    raise LocalError(
        f"Port {port} can't be used ({refused}). Choose another one, or leave --port out and a "
        "free one is taken."
    )


def take_lock(home: Home) -> int:
    """The home folder's lock, for the life of this process."""
    for _ in range(50):  # someone who only looks holds it for a moment
        if (descriptor := home.lock()) is not None:
            return descriptor
        if home.holder() is not None:
            break  # a server: waiting for its end would bring a stopped one back
        time.sleep(0.02)
    raise LocalError(f"Another Local SageMaker already serves {home.path}.")


def _allow_many_files() -> None:
    """Raise the limit of open files: macOS allows 256, and each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main() -> None:
    """Serve this home folder until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m helpers.local")
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    home = Home.find()
    sys.stderr = TolerantStream(sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until uvicorn takes it: cleans up too
    _allow_many_files()
    try:
        home.prepare()
        take_lock(home)
        listener = listen(home, port)
        shutil.rmtree(home.runtime(), ignore_errors=True)  # what a killed server left
        try:
            serve(home, listener)
        finally:
            processes.stop_forkserver()
            shutil.rmtree(home.runtime(), ignore_errors=True)
        # All is closed and removed; the interpreter would take all modules apart first.
        os._exit(0)
    except LocalError as error:
        sys.exit(str(error))
    except (OSError, sqlite3.Error) as error:
        sys.exit(str(home.unusable(error)))


def serve(home: Home, listener: socket.socket) -> None:
    """Bring back the state and answer requests until a signal ends it."""
    # It imports in another process, while this one imports below.
    processes.start_forkserver(home.runtime(), registry.preloaded_modules())
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # moto reads it once, when it is imported
    # A parser that jsonschema imports if it finds it, and that nothing here needs. moto imports
    # jsonschema at the first request to CloudFormation, which then takes a second less.
    sys.modules.setdefault("rfc3987_syntax", None)
    from helpers.local.gateway import Gateway
    from helpers.local.resources.types import TYPES
    from helpers.local.runtime.context import Context
    from helpers.local.runtime.runner import Runner
    from helpers.local.services import (
        cloudwatch_metrics,
        cloudwatch_requests,
        iam_requests,
        log_requests,
        managed_policies,
        sts_iam,
        tagged_resources,
    )
    from helpers.local.state import disk_reserve
    from helpers.local.state.database import Database
    from helpers.local.state.logs import filter as log_filter
    from helpers.local.state.logs.store import LogStore
    from helpers.local.state.metrics import MetricStore
    from helpers.local.state.s3 import objects
    from helpers.local.wire.http_protocol import HttpProtocol

    disk_reserve.keep(home.disk_reserve)
    objects.patch_moto(home.path)
    log_filter.patch_moto()
    database = Database(home.database)
    metrics = MetricStore(home.path / "metrics.sqlite")
    context = Context(home, database, LogStore(home.logs), metrics)
    cloudwatch_metrics.patch_moto(metrics)
    for checked in (cloudwatch_requests, iam_requests, log_requests):
        checked.patch_moto()
    metrics.start()
    tagged_resources.patch_moto(database)
    runner = Runner(context, slots=os.cpu_count() or 1)
    app = Gateway(home, runner)
    managed_policies.patch_moto()
    sts_iam.make_execution_role()
    for served in TYPES:
        served.recover(runner)
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=75,
    )
    home.write_server(os.getpid(), listener.getsockname()[1])
    gc.freeze()  # what is imported by now stays: the garbage collector need not search it again
    gc.set_threshold(GC_THRESHOLD)
    try:
        Server(config, context.statuses).run(sockets=[listener])
    finally:
        runner.close()
        database.close()
        metrics.close()
