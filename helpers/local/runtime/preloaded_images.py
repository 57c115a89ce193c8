"""Interpreters that have the large modules of images imported: their jobs' scripts start at once.

One process for each image, from the first script job of an image until the server ends, or until
no script has run for half an hour.
"""

import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from helpers.local.containers import script
from helpers.local.containers.contract import Framework
from helpers.local.containers.script.preloading import client
from helpers.local.home import Home
from helpers.local.runtime import images

# 0: all programs of a job run in new interpreters. toolkit: scripts do, but AWS's toolkit, which
# fetches and starts them, is forked from an interpreter without the image's libraries.
SETTING, OFF, TOOLKIT_ONLY = "SAGEMAKER_LOCAL_PRELOAD", "0", "toolkit"
# Of every image, as far as it has them; a framework's own come first.
MODULES = ("numpy", "pandas", "scipy.sparse", "sklearn", "google.protobuf.descriptor")
# What AWS's toolkit imports; itself it can't be imported outside of a job: it would make folders.
TOOLKIT_MODULES = (
    "boto3.s3.transfer",
    "botocore.httpsession",
    "aws_session",  # beside the program that imports it
    "paramiko",
    "psutil",
    "gethostname",
    "retrying",
    "asyncio",
    "concurrent.futures.thread",
    "multiprocessing",
    "inotify_simple",
    "tarfile",
    "argparse",
    "six.moves.urllib.parse",
)
SERVER = Path(client.__file__).with_name("server.py")
_processes: dict[Path, tuple[int, subprocess.Popen]] = {}
_lock = threading.Lock()


def is_enabled() -> bool:
    """Tell whether programs may be forked: on Linux, unless SAGEMAKER_LOCAL_PRELOAD is 0."""
    return sys.platform == "linux" and os.environ.get(SETTING) != OFF


def is_toolkit_only() -> bool:
    """Tell whether AWS's toolkit alone is forked: where SAGEMAKER_LOCAL_PRELOAD is `toolkit`."""
    return os.environ.get(SETTING) == TOOLKIT_ONLY


def modules(framework: Framework) -> tuple[str, ...]:
    """Return the modules that the interpreter of an image imports."""
    return TOOLKIT_MODULES if is_toolkit_only() else (framework.package, *MODULES, *TOOLKIT_MODULES)


def socket_path(home: Home, framework: Framework) -> Path:
    """Return the socket of an image's interpreter."""
    return home.runtime() / f"{framework.name}.python"


def start(
    home: Home,
    framework: Framework,
    copy_guard: Callable[[Path], None],
    variables: Mapping[str, str],
) -> None:
    """Start the interpreter of an image, unless it runs; this does not wait for it.

    Parameters
    ----------
    copy_guard
        Makes a folder with what every Python of a job runs at its start.
    variables
        Those that all jobs with this image have.
    """
    python = images.interpreter(home, framework)
    pulled = (python.parents[1] / images.MARKER).stat().st_mtime_ns
    path = socket_path(home, framework)
    guard = home.runtime() / "guard"
    with _lock:
        if not guard.exists():
            copy_guard(guard)
        when, process = _processes.get(path, (0, None))
        if process is not None and process.poll() is None:
            if when == pulled:
                return
            process.terminate()  # the image was pulled again
        command = [python, SERVER, path, *modules(framework)]
        environment = {**variables, "PYTHONPATH": str(guard), "PATH": os.defpath}
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,  # whose end it waits for
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _processes[path] = (pulled, process)


def use(home: Home, framework: Framework, programs: Path) -> None:
    """Let the interpreter of its image run a job's scripts, or AWS's toolkit alone.

    programs: the job's own folder of programs, with links to the image's interpreter.
    """
    interpreters = [path for path in programs.glob("python*") if path.is_symlink()]
    (programs / client.IMAGE_PYTHON).symlink_to(os.path.realpath(programs / "python3"))
    words = (sys.executable, "-I", "-S", client.__file__, str(socket_path(home, framework)))
    if not is_toolkit_only():
        for path in interpreters:
            path.unlink()
            _write_program(path, f'{shlex.join(words)} "$0" "$@"')
        return
    toolkit = programs / script.TOOLKIT[0]
    if toolkit.exists():
        own = f"image-{toolkit.name}"
        toolkit.rename(programs / own)
        folder = '"${0%/*}"'
        _write_program(toolkit, f'{shlex.join(words)} {folder}/python3 {folder}/{own} "$@"')


def _write_program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\nexec {command}\n")
    path.chmod(0o755)
