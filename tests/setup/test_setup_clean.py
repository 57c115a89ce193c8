"""`make clean` and `make reset` remove no more than they say."""

import sys

from support.setup_copy import make, tool


def test_clean_keeps_what_the_learner_made(copy, tools):
    """`make clean` removes environment and caches, and keeps the home folder."""
    for folder in (".venv/bin", ".pytest_cache", "x/__pycache__", ".sagemaker/__pycache__"):
        (copy / folder).mkdir(parents=True)
    (tools / "python3").symlink_to(sys.executable)
    tool(copy / ".venv" / "bin", "python", f'echo "$*" > "{copy}/asked"')
    assert make(copy, tools, "clean").returncode == 0
    assert (copy / "asked").read_text().strip() == "-m helpers local stop"
    assert not (copy / ".venv").exists()
    assert not (copy / "x" / "__pycache__").exists()
    assert (copy / ".sagemaker" / "__pycache__").exists()


def test_reset_asks(copy, tools):
    """`make reset` removes the home folder only after a yes, and only if it is one."""
    home = copy / ".sagemaker"
    home.mkdir()
    tool(tools, "python3", "exit 0")
    assert make(copy, tools, "reset", "YES=1").returncode  # no id in it: no home folder
    for name in ("id", "credentials.json"):
        (home / name).touch()
    assert make(copy, tools, "reset").returncode  # the question gets no answer
    assert home.exists()
    assert make(copy, tools, "reset", "YES=1").returncode == 0
    assert not home.exists()
