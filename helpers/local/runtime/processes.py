"""Start a container as a process: forked from a server that has the big imports loaded.

From a prepared forkserver to a running job takes milliseconds where a new interpreter takes
seconds. The forkserver only imports: a process that ever ran two OpenMP threads makes its
forked children hang for ever.
"""

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

PRELOAD = ["helpers.local.containers.xgboost.preload", "helpers.local.runtime.processes"]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOAD)
# The write end of this pipe lives in the server alone. Jobs watch the read end: end of file
# means that the server is gone, however it ended.
_alive_read, _alive_write = os.pipe()


def warm_up() -> None:
    """Start the forkserver now, so that the first job doesn't wait for its imports."""
    from multiprocessing import forkserver

    forkserver.ensure_running()


def cool_down() -> None:
    """End the forkserver and wait for it."""
    from multiprocessing import forkserver

    forkserver._forkserver._stop()  # no public way; the process would outlive us for a moment


class ContainerProcess:
    """One run of a container's entry point.

    entry: "module:function", called with args in the new process; its return value is the
    exit code. Every line that the process or its children write comes to on_line, without its
    newline, from the thread that calls wait().
    """

    def __init__(self, entry: str, args: tuple, on_line: Callable[[str], None]):
        self._on_line = on_line
        reader, writer = os.pipe()
        self._reader = reader
        with os.fdopen(os.dup(_alive_read), "rb") as alive, os.fdopen(writer, "wb") as output:
            self._process = _context.Process(
                target=_enter,
                args=(
                    entry,
                    args,
                    Connection(os.dup(output.fileno()), readable=False),
                    Connection(os.dup(alive.fileno()), writable=False),
                ),
                daemon=False,
            )
            self._process.start()

    def wait(self) -> int:
        """Read its output to the end, and return its exit code (negative: the signal)."""
        with os.fdopen(self._reader, "rb", buffering=0) as stream:
            rest = b""
            while chunk := stream.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._on_line(line.decode("utf-8", "replace").rstrip("\r"))
            if rest:
                self._on_line(rest.decode("utf-8", "replace"))
        self._process.join()
        return self._process.exitcode

    def running(self) -> bool:
        return self._process.is_alive()

    def terminate(self) -> None:
        """What SageMaker sends first: SIGTERM, so that it can save its model."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the process and all its children."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _enter(entry: str, args: tuple, output: Connection, alive: Connection) -> None:
    """Runs in the new process: a group of its own, output to the pipe, an eye on the server."""
    os.setsid()
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    threading.Thread(target=_die_with_the_server, args=(alive,), daemon=True).start()
    module, _, name = entry.partition(":")
    try:
        code = getattr(importlib.import_module(module), name)(*args)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _die_with_the_server(alive: Connection) -> None:
    os.read(alive.fileno(), 1)
    os.killpg(0, signal.SIGKILL)
