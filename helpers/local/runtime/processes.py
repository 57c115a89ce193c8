"""Start a container as a process: forked from a server that has the large imports loaded.

From a prepared forkserver to a running job takes milliseconds where a new interpreter takes
seconds. The forkserver only imports: if a process has run two OpenMP threads, its forked children
hang.
"""

import contextlib
import fcntl
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path

from helpers.local.containers.contract import Command, Entry, PythonFunction
from helpers.local.runtime import descendants

# What a container may write while its lines are gathered: with the 64 KiB of a usual pipe, a script
# that logs much would wait for its reader.
PIPE_BYTES = 1 << 20

_context = multiprocessing.get_context("forkserver")
# Only the server has the write end of this pipe. Jobs watch the read end: end of file means that
# the server has ended, in whatever way.
_alive_read, _alive_write = os.pipe()
# multiprocessing polls all its processes whenever one starts, and an exit code can be read only
# once: if two threads poll at the same time, one gets 255.
_process_lock = threading.Lock()


def start_forkserver(folder: Path, preload: Iterable[str]) -> None:
    """Start the forkserver now, so that the first job doesn't wait for its imports.

    Parameters
    ----------
    folder
        For its socket; a short path.
    preload
        Names of modules to import in it.
    """
    _context.set_forkserver_preload([*preload, __name__])
    # Not public. Without it, a server that is killed leaves a folder in TMPDIR.
    multiprocessing.current_process()._config["tempdir"] = str(folder)
    forkserver.ensure_running()


def stop_forkserver() -> None:
    """Stop the forkserver and the resource tracker, and wait for their end."""
    if (pid := forkserver._forkserver._forkserver_pid) is not None:
        os.kill(pid, signal.SIGTERM)  # otherwise it would finish its imports first
    # Not public. Without it, they would end a little later than the server.
    forkserver._forkserver._stop()
    resource_tracker._resource_tracker._stop()


class ContainerProcess:
    """One run of an entry, in its own process group, which ends with this server.

    Parameters
    ----------
    entry
        A Python function, whose result is the exit code, or a command.
    on_lines
        Called with the lines that the process or its children write, without their newlines, from
        the thread that calls `wait`: each time with those that were read together.
    gather_seconds
        How long lines may be gathered before they are read, while the process runs: of a container
        that writes a line for each request, reading each by itself would cost more than answering.
    """

    def __init__(
        self, entry: Entry, on_lines: Callable[[list[str]], object], gather_seconds: float = 0
    ):
        self._on_lines, self._gather_seconds = on_lines, gather_seconds
        reader, writer = os.pipe()
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a user with many pipes keeps the small ones
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._reader = os.fdopen(reader, "rb", buffering=0)
        self._signal_lock = threading.Lock()
        self._ended = False
        with os.fdopen(os.dup(_alive_read), "rb") as alive, os.fdopen(writer, "wb") as output:
            self._process = _context.Process(
                target=_enter,
                args=(
                    entry,
                    Connection(os.dup(output.fileno()), readable=False),
                    Connection(os.dup(alive.fileno()), writable=False),
                ),
            )
            with _process_lock:
                self._process.start()

    def wait(self) -> int:
        """Read its output to the end, and return its exit code (negative: the signal).

        As in a container, its children end with it. If on_lines raises, it is killed.
        """
        try:
            with self._reader:
                self._read_lines()
        except BaseException:
            self.kill()
            raise
        finally:
            connection.wait([self._process.sentinel])
            self._end_group()
        with _process_lock:
            self._process.join()
            return self._process.exitcode

    def _read_lines(self) -> None:
        rest, watched = b"", [self._reader, self._process.sentinel]
        while True:
            if self._reader not in connection.wait(watched):
                self._end_group()  # a child that has its output open would keep us here
                watched = [self._reader]
                continue
            chunk = self._reader.read(PIPE_BYTES)
            *lines, rest = (rest + chunk).split(b"\n")
            if lines:
                self._on_lines([line.decode("utf-8", "replace").rstrip("\r") for line in lines])
            if not chunk:
                break
            if self._gather_seconds:
                connection.wait([self._process.sentinel], self._gather_seconds)
        if rest:
            self._on_lines([rest.decode("utf-8", "replace")])

    def running(self) -> bool:
        """Tell whether the process has not ended yet."""
        with _process_lock:
            return self._process.is_alive()

    def terminate(self) -> None:
        """Send SIGTERM, as SageMaker does first, so that it can save its model."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and all its children."""
        with self._signal_lock:
            if not self._ended:
                descendants.kill_other_groups(self._process.pid)
        self._signal(signal.SIGKILL)

    def _end_group(self) -> None:
        with self._signal_lock:
            if not self._ended:
                self._ended = True  # from now on the number may be another process's
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Send a signal to the group, or to the process if it has not made its group yet."""
        with self._signal_lock:
            if self._ended:
                return
            for send in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError):
                    return send(self._process.pid, number)


def _enter(entry: Entry, output: Connection, alive: Connection) -> None:
    """Run an entry in the new process: in its own group, until the server ends."""
    os.setsid()
    _restore_signals()
    descendants.adopt_orphans()
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    threading.Thread(target=_exit_with_parent, args=(alive,), daemon=True).start()
    try:
        code = _run_command(entry) if isinstance(entry, Command) else _call(entry)
    except SystemExit as end:
        code = _exit_code(end.code)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _restore_signals() -> None:
    """Let signals act that whoever started the server ignores, as they do in a container.

    A shell ignores SIGINT and SIGQUIT for what it runs in the background, nohup ignores SIGHUP, and
    all processes below inherit that.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number == signal.SIGINT  # Python turns it into KeyboardInterrupt
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


def _call(entry: PythonFunction) -> int:
    module, _, name = entry.path.partition(":")
    return _exit_code(getattr(importlib.import_module(module), name)(*entry.args))


def _run_command(command: Command) -> int:
    """Run a program in this process's group, and wait for its end.

    SIGTERM goes to the whole group: the program handles it, and this process waits.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)
    if "\0" in "".join((*command.argv, *command.environment.values())):
        return _exit_code(
            "The command or a variable has a NUL character, which no program can get."
        )
    with subprocess.Popen(
        command.argv, env=command.environment, cwd=command.folder, stdin=subprocess.DEVNULL
    ) as program:
        code = program.wait()
        descendants.kill_other_groups(os.getpid())
        return code if code >= 0 else 128 - code  # of a signal, as containers report it


def _exit_code(result: object) -> int:
    """Convert a result as sys.exit does: None is success; a text is printed, and is a failure."""
    if result is None or isinstance(result, int):
        return result or 0
    print(result, file=sys.stderr)
    return 1


def _exit_with_parent(alive: Connection) -> None:
    os.read(alive.fileno(), 1)
    descendants.kill_other_groups(os.getpid())
    os.killpg(0, signal.SIGKILL)
