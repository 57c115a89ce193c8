"""Run uv, which makes the environments of framework images."""

import contextlib
import fcntl
import os
import pty
import shutil
import subprocess
import sys
import termios
from pathlib import Path
from typing import BinaryIO

from helpers.local.home import LocalError


class UvError(Exception):
    """A command of uv failed; the text is what it printed."""


def program() -> str:
    """Return the path of uv: beside the running Python, else from PATH. Raises LocalError."""
    beside = Path(sys.executable).with_name("uv")
    if path := str(beside) if beside.exists() else shutil.which("uv"):
        return path
    raise LocalError(
        f"uv, which makes the environment of an image, is not installed for {sys.executable}. "
        "Install it: run `make setup`, or in a conda environment `pip install uv`."
    )


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
