"""uv, which makes the environments of images, gets pip's settings and reports its failures."""

import os
import pty
import subprocess
import sys

import pytest

from helpers.local.runtime import uv


@pytest.fixture
def pip_says(monkeypatch, tmp_path):
    """Return a function that makes these variables and this file pip's only settings."""

    def pip_says(config: str = "", **variables: str) -> None:
        for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
            monkeypatch.delenv(name)
        (tmp_path / "pip.conf").write_text(config)
        for name, value in {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), **variables}.items():
            monkeypatch.setenv(name, value)

    return pip_says


def test_settings_of_pip(pip_says, tmp_path):
    """A mirror set for pip is passed to uv; folders that are missing and uv's own settings not."""
    pip_says(
        config="[global]\nfind-links=/other\n",
        PIP_INDEX_URL="http://mirror.example/simple",
        PIP_EXTRA_INDEX_URL=f"file:///not/there {tmp_path.as_uri()}",
        PIP_FIND_LINKS="/wheels /more",
        PIP_TIMEOUT="99",
        UV_HTTP_TIMEOUT="7",
    )
    variables = uv.environment(uv.pip_settings())
    assert variables["UV_DEFAULT_INDEX"] == "http://mirror.example/simple"
    assert variables["UV_INDEX"] == tmp_path.as_uri()
    assert variables["UV_FIND_LINKS"] == "/wheels,/more"
    assert variables["UV_HTTP_TIMEOUT"] == "7"
    assert uv.index_options(uv.pip_settings()) == []


def test_folder_of_wheels_alone(pip_says):
    """If pip uses only a folder of wheels, uv asks no index."""
    pip_says(config="[global]\nno-index=true\nfind-links=/wheels\n")
    variables = uv.environment(uv.pip_settings())
    assert uv.index_options(uv.pip_settings()) == ["--no-index"]
    assert variables["UV_FIND_LINKS"] == "/wheels"


def test_failure(pip_says):
    """A failed command raises an error with what uv printed."""
    pip_says()
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
