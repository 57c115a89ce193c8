"""Set-up explains why it can't continue."""

import errno
import os
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from support.setup_copy import make


def test_a_full_disk_is_told_before_anything_is_written(copy, setup, monkeypatch):
    """With less than the necessary 2 GB of disk space, nothing is begun."""
    usage = shutil.disk_usage(copy)._replace(free=300_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SystemExit, match=r"(?s)disk is full.*0\.3 GB free.* 2\.0 GB needed"):
        setup.set_up()
    assert not (copy / ".venv").exists()


def test_a_step_that_fails_stops_with_the_ways_out(setup, capfd):
    """A step's output is hidden if the step succeeds, and explained if it fails."""
    setup.run("Good", "sh", "-c", "echo chatter")
    with pytest.raises(SystemExit, match="is the network down"):
        setup.run("Bad", "sh", "-c", "echo 'dns error: no record' >&2; exit 2")
    assert capfd.readouterr().out == "  Good\n  Bad\n"


@pytest.mark.full
def test_a_network_that_is_down_is_told(copy, tools):
    """If pip can't reach a network, the message says so."""
    python = Path(os.path.realpath(sys.executable))
    done = make(copy, tools, "setup", f"PYTHON={python}", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode
    assert "is the network down?" in done.stdout
    assert "HTTPS_PROXY" in done.stdout
    assert not (copy / ".venv" / "setup.txt").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("error: Failed to write: No space left on device (os error 28)", "disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "disk is full"),
        ("error: Failed to fetch: `x`\n Caused by: dns error: no record", "network down"),
        ("Hash mismatch for `pandas==3.1.1`", "differs from the one"),
        ("Wheels are required for `x`, but it has no wheels with a matching tag", "no build for"),
        ("XGBoostError: libxgboost.dylib: Library not loaded: libomp.dylib", "brew install"),
        ("Segmentation fault", "make clean setup"),
    ],
)
def test_a_failure_in_the_middle_is_explained(setup, said, told):
    """A failure of pip or uv is explained with its cause, remedy and own words."""
    with pytest.raises(SystemExit) as stopped:
        setup.stop("uv", said)
    assert told in str(stopped.value)
    assert said.splitlines()[0] in str(stopped.value)


def test_a_checkout_that_cant_be_written_is_told(copy, monkeypatch):
    """A read-only checkout gets a message, not a traceback."""

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "/a/course/.setup.lock")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    with pytest.raises(SystemExit, match=r"(?s)can't be written.*/a/course/.setup.lock"):
        runpy.run_path(str(copy / "scripts" / "setup.py"), run_name="__main__")
