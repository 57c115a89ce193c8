"""uv, which makes the environments of images, shows its progress and reports its failures."""

import os
import pty
import subprocess
import sys

import pytest
from support import pip_settings

from helpers.local.runtime import uv


def test_failure(monkeypatch, tmp_path):
    """A failed command raises an error with what uv printed."""
    pip_settings.use_only(monkeypatch, tmp_path)
    with pytest.raises(uv.UvError, match="unrecognized subcommand 'fly'"):
        uv.run("fly", variables=dict(os.environ))


def test_output_on_a_terminal():
    """On a terminal uv is on one too, so that it draws its progress bars, as wide as that one."""
    code = (
        "import fcntl, os, struct, sys, termios; from helpers.local.runtime import uv;"
        "fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 123, 0, 0));"
        "uv.program = lambda: sys.executable;"
        "uv.run('-c', 'import os; print(os.isatty(2), os.get_terminal_size(2).columns)',"
        " variables=dict(os.environ))"
    )
    reader, writer = pty.openpty()
    subprocess.run([sys.executable, "-c", code], stderr=writer, check=True)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as terminal:
        assert terminal.read(1000) == b"True 123\r\r\n"
