"""Import large modules once, and fork for each script: `server.py SOCKET MODULE...`.

Runs in the image's Python, without the course's packages. It has one thread, so that its
forks are sound, and imports only. It ends when its standard input does, or after a time without
scripts. Its children end with it.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys

from forked_script import ENVIRONMENT, LIBC, NAMESPACES, Script  # beside this file

IDLE_SECONDS = 1800
REQUEST_SECONDS = 5
STARTED = b"\n"  # sent before the answer, to which JSON lets it belong
POLL_SECONDS = 0.05  # between two looks at what a script has left running
PR_SET_CHILD_SUBREAPER = 36
FREED = ("__main__", "builtins", "sys")  # modules that hold what a script has made or replaced
# Variables that libraries read when they are imported: with other values a script needs an
# interpreter of its own.
READ_AT_IMPORT = (
    "BLAS", "GOMP", "JOBLIB", "KMP", "LANG", "LC_", "LD_", "MALLOC", "MKL", "NPY", "NUMEXPR", "OMP",
    "OPENBLAS", "PANDAS", "PYTHON", "PYTORCH", "SAGEMAKER_BASE_DIR", "SCIPY", "SKLEARN", "TORCH",
    "TZ",
)  # fmt: skip


def main(socket_path: str, *modules: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    imported = {}
    atexit.register(forget, imported)  # first, so that it is called last
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    imported.update(keep_modules())
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    gc.collect()
    gc.freeze()  # the collector of a fork would copy all pages
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(socket_path)
        os.chmod(socket_path, 0o600)
        listener.listen()
        script = Forker(listener).serve()
    if script is not None:  # this is a child
        script.run()


def keep_modules():
    """Return the imported modules by name; from now on they are never freed.

    A fork that ends would free them object by object, which copies the pages that it shares and
    takes up to 80 ms. What the script itself has made is freed as in any interpreter.
    """
    modules = {name: module for name, module in sys.modules.items() if name not in FREED}
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(modules))
    return modules


def forget(modules):
    """Hide modules from the end of the interpreter, which clears all that it knows."""
    for name, module in modules.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]


class Child:
    """A script's process, as its parent knows it.

    It has a group of its own. What it starts is in that group, among it the clients of scripts that
    it starts.
    """

    def __init__(self, pid, connection):
        self.pid, self.connection = pid, connection
        self.descriptor = os.pidfd_open(pid)
        self.is_stopping = False
        self.code = None

    def end_group(self):
        for end in (os.killpg, os.kill):  # it may not have made its group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(self.pid, signal.SIGKILL)

    def has_group(self):
        """Tell whether something that it started runs after its end."""
        try:
            while os.waitpid(-self.pid, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return False
        return True


class Forker:
    """Answers clients: forks for each, passes on its signals, and says how the script ended."""

    def __init__(self, listener):
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(0, selectors.EVENT_READ, None)
        self._children = set()

    def serve(self):
        """Serve until standard input ends. Returns None then, and in each child its script."""
        while True:
            ended = [child for child in self._children if child.code is not None]
            seconds = POLL_SECONDS if ended else None if self._children else IDLE_SECONDS
            events = self._selector.select(seconds)
            if not events and not ended:
                return None
            for key, _ in events:
                if key.data is None:
                    return None
                script = key.data()
                if script is not None:
                    return script
            for child in ended:
                self._finish(child)

    def _accept(self):
        connection, _ = self._listener.accept()
        descriptors = []
        try:
            connection.settimeout(REQUEST_SECONDS)
            length, descriptors, _, _ = socket.recv_fds(connection, 8, 4 + len(NAMESPACES))
            content = receive(connection, int.from_bytes(length, "big"))
            request = json.loads(content.decode("utf-8", "surrogateescape"))
        except (OSError, ValueError):  # late or cut off, as on a machine that is very busy
            answer(connection, {"refused": True})
        else:
            if is_as_at_import(request["environment"]):
                return self._fork(connection, request, descriptors)
            answer(connection, {"refused": True})
        for descriptor in descriptors:
            os.close(descriptor)
        return None

    def _fork(self, connection, request, descriptors):
        try:
            pid = os.fork()
        except OSError:  # too little memory, or too many processes
            answer(connection, {"refused": True})
            pid = None
        if pid == 0:
            self._close(connection)
            return Script(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid is None:
            return None
        with contextlib.suppress(OSError):  # the client has ended, which is seen below
            connection.sendall(STARTED)
        child = Child(pid, connection)
        self._children.add(child)
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._pass_on(child))
        self._selector.register(child.descriptor, selectors.EVENT_READ, lambda: self._end(child))
        return None

    def _close(self, connection):
        """Close in a child what is the parent's."""
        self._selector.close()
        connection.close()
        for other in self._children:
            other.connection.close()
            if other.code is None:
                os.close(other.descriptor)

    def _pass_on(self, child):
        """Send a client's signals to its script's group; the end of the client ends it."""
        if child not in self._children:
            return  # the script's end was seen in the same look, and has closed the connection
        try:
            signals = child.connection.recv(100)
        except OSError:
            signals = b""
        for number in signals:
            child.is_stopping |= number == signal.SIGTERM
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
        if not signals:
            self._selector.unregister(child.connection)
            child.end_group()

    def _end(self, child):
        """Note how a script has ended."""
        _, status = os.waitpid(child.pid, 0)
        self._selector.unregister(child.descriptor)
        os.close(child.descriptor)
        child.code = os.waitstatus_to_exitcode(status)
        self._finish(child)

    def _finish(self, child):
        """Say how a script has ended. What it has left ends too, but when stopping it has time."""
        if not child.is_stopping:
            child.end_group()
        elif child.has_group():
            return
        self._children.discard(child)
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.connection)
        code = child.code
        answer(child.connection, {"exit": code} if code >= 0 else {"signal": -code})


def receive(connection, length):
    content = b""
    while len(content) < length:
        part = connection.recv(1 << 16)
        if not part:
            raise OSError("the client has ended")
        content += part
    return content


def answer(connection, content):
    with contextlib.suppress(OSError):  # the client has ended
        connection.setblocking(True)
        connection.sendall(json.dumps(content).encode())
    connection.close()


def is_as_at_import(environment):
    """Tell whether a script's variables are those with which the modules were imported.

    Or those that the modules have set: a fork passes them on to the scripts that it starts.
    """
    names = [
        name
        for name in environment.keys() | ENVIRONMENT.keys()
        if name.startswith(READ_AT_IMPORT) and name != "PYTHONPATH"
    ]
    return all(
        environment.get(name) in (ENVIRONMENT.get(name), os.environ.get(name)) for name in names
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
