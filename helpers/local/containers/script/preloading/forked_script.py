"""A script in the process that was forked for it: it runs as `python3 script` would run it."""

import contextlib
import ctypes
import importlib.machinery
import io
import os
import resource
import signal
import sys
import types

NAMESPACES = ("user", "mnt", "uts", "net")  # in the order in which a client sends them
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
ENVIRONMENT = dict(os.environ)  # before the imports
STARTED_WITH = {
    os.path.dirname(os.path.abspath(__file__)),
    *os.environ.get("PYTHONPATH", "").split(":"),
}


class Script:
    """A script, in the process that was forked for it."""

    def __init__(self, request, descriptors):
        self._request, self._descriptors = request, descriptors

    def run(self):
        """Run the script as a new interpreter would, to the end of this process."""
        os.setsid()
        self._enter_namespaces()
        self._set_streams()
        self._set_process()
        self._set_interpreter()
        execute(*self._request["arguments"])

    def _enter_namespaces(self):
        folder, *namespaces = self._descriptors[3:]
        own = [os.stat(f"/proc/self/ns/{name}").st_ino for name in NAMESPACES]
        for namespace, number in zip(namespaces, own, strict=True):
            if os.fstat(namespace).st_ino != number and LIBC.setns(namespace, 0) != 0:
                raise OSError(ctypes.get_errno(), "setns failed")
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.fchdir(folder)

    def _set_streams(self):
        for number, descriptor in enumerate(self._descriptors[:3]):
            os.dup2(descriptor, number)
        for descriptor in self._descriptors:
            os.close(descriptor)
        raw = io.FileIO(0, "r", closefd=False)
        raw.name = "<stdin>"
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(
            io.BufferedReader(raw), encoding="utf-8", write_through=True
        )
        for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
            raw = io.FileIO(number, "w", closefd=False)
            raw.name = f"<{name}>"
            stream = io.TextIOWrapper(raw, encoding="utf-8", errors=errors, write_through=True)
            stream.mode = "w"
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    def _set_process(self):
        set_by_modules = {n: v for n, v in os.environ.items() if ENVIRONMENT.get(n) != v}
        os.environ.clear()
        os.environ.update(set_by_modules | self._request["environment"])
        os.umask(self._request["umask"])
        os.sched_setaffinity(0, self._request["processors"])
        for name, limits in self._request["limits"].items():
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), tuple(limits))

    def _set_interpreter(self):
        """Give the interpreter the paths of the job's own, and what differs in each process."""
        sys.executable = self._request["python"]
        prefix = os.path.dirname(os.path.dirname(sys.executable))
        packages = [path.replace(sys.prefix, prefix, 1) for path in sys.path if is_packages(path)]
        paths = os.environ.get("PYTHONPATH", "").split(":")
        standard = [path for path in sys.path if path not in STARTED_WITH]
        sys.path[:] = [*filter(None, paths), *own_first(standard, packages)]
        sys.prefix = sys.exec_prefix = prefix
        if guard := sys.modules.get("sitecustomize"):
            guard.read_settings()
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()  # else all forks would draw the same numbers
        if tempfile := sys.modules.get("tempfile"):
            tempfile.tempdir = None


def is_packages(path):
    """Tell whether a path is that of the image's packages."""
    return path.startswith(sys.prefix) and path.endswith("site-packages")


def own_first(standard, packages):
    """Return the standard paths with the job's packages before those of the image."""
    first = next((n for n, path in enumerate(standard) if is_packages(path)), len(standard))
    return [*standard[:first], *packages, *standard[first:]]


def execute(script, *arguments):
    """Run a file as __main__, as `python3 script arguments` does, and end as that does."""
    sys.argv[:] = [script, *arguments]
    path = os.path.abspath(script)
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    module = types.ModuleType("__main__")
    module.__dict__.update(
        __file__=path,
        __builtins__=sys.modules["builtins"],
        __loader__=importlib.machinery.SourceFileLoader("__main__", path),
        __annotations__={},
        __cached__=None,
    )
    sys.modules["__main__"] = module
    sys.modules.pop(__name__)  # a script may have a module of this name
    try:
        with io.open_code(path) as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        show(error)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        sys.exit(1)


def show(error):
    """Print an error as an interpreter does, without the frames of this file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.excepthook(type(error), error, trace)
