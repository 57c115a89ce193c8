"""Run uv, which makes the environments of framework images, with pip's settings."""

import contextlib
import fcntl
import os
import pty
import re
import shutil
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from helpers.local.home import LocalError

# Settings of pip, and the variables in which uv expects them.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
PIP_SETTING = re.compile(r"""(?:global|install|:env:)\.([\w-]+)=['"](.*)['"]""")


class UvError(Exception):
    """A command of uv failed; the text is what it printed."""


def program() -> str:
    """Return the path of uv: beside the running Python, else from PATH. Raises LocalError."""
    beside = Path(sys.executable).with_name("uv")
    if found := str(beside) if beside.exists() else shutil.which("uv"):
        return found
    raise LocalError(
        f"uv, which makes the environment of an image, is not installed for {sys.executable}. "
        "Install it: run `make setup`, or in a conda environment `pip install uv`."
    )


def pip_settings() -> dict[str, str]:
    """Return pip's settings, in which a mirror or a folder of wheels may be named."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    lines.sort(key=lambda line: line.startswith(":env:"))  # variables win over configuration
    return dict(match.groups() for line in lines if (match := PIP_SETTING.fullmatch(line)))


def index_options(pip: Mapping[str, str]) -> list[str]:
    """Return uv's options for pip's settings that it takes from no variable."""
    only_folders = pip.get("no-index", "0").lower() in ("1", "true", "yes", "on")
    return ["--no-index"] if only_folders else []


def environment(pip: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for uv: this process's, with pip's settings added.

    uv doesn't read pip's configuration. A variable of uv's own takes precedence.
    """
    # As pip does, take the best version of all indexes; the lock's hashes are checked.
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"} | os.environ
    for name, variable in PIP_TO_UV.items():
        values = pip.get(name, "").replace(r"\n", " ").split()
        if name == "extra-index-url":  # pip ignores a folder that is missing, uv would stop
            values = [url for url in values if not _is_missing_folder(url)]
        if values:
            separator = "," if name == "find-links" else " "
            variables.setdefault(variable, separator.join(values))
    return variables


def _is_missing_folder(url: str) -> bool:
    return url.startswith("file://") and not Path(url.removeprefix("file://")).is_dir()


def run(
    *words: str | Path,
    variables: dict[str, str],
    keep_open: tuple[int, ...] = (),
    show: bool = True,
) -> str:
    """Run uv and return what it printed.

    Parameters
    ----------
    words
        The arguments of uv.
    variables
        Its environment.
    keep_open
        Descriptors that it inherits, such as that of a lock: it keeps the lock if this process is
        killed.
    show
        Show what it prints, with its progress bars, if this process is on a terminal.

    Raises
    ------
    UvError
        If it fails.
    """
    show = show and sys.stderr.isatty()
    reader, writer = _terminal() if show else os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as output:
        try:
            command, streams = [program(), *words], {"stdout": writer, "stderr": writer}
            process = subprocess.Popen(
                command, env=variables, stdin=subprocess.DEVNULL, pass_fds=keep_open, **streams
            )
        finally:
            os.close(writer)
        try:
            text = _copy(output, show)
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
    if code:
        raise UvError(text)
    return text


def _terminal() -> tuple[int, int]:
    """Return both sides of a terminal as wide as this process's, so that uv draws its bars."""
    reader, writer = pty.openpty()
    with contextlib.suppress(OSError):
        size = fcntl.ioctl(sys.stderr, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(writer, termios.TIOCSWINSZ, size)
    return reader, writer


def _copy(output: BinaryIO, show: bool) -> str:
    """Return all that a process prints, and show it meanwhile."""
    chunks = []
    while True:
        try:
            chunk = output.read(65536)
        except OSError:  # Linux's way of saying that the other side of a terminal is closed
            chunk = b""
        if not chunk:
            return b"".join(chunks).decode(errors="replace")
        chunks.append(chunk)
        if show:
            sys.stderr.buffer.write(chunk)
            sys.stderr.flush()
