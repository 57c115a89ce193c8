"""`make` names its commands, and finds a suitable Python for set-up or says what is missing."""

import sys

import pytest
from support.setup_copy import make, tool


def test_make_alone_lists_the_commands(copy, tools):
    """The first target is help, and it names every command."""
    said = make(copy, tools).stdout
    for command in [
        "help",
        "setup",
        "run",
        "check",
        "lab",
        "test",
        "test-full",
        "exercises",
        "lock",
        "wheels",
        "format",
        "clean",
        "reset",
    ]:
        assert f"make {command} " in said


def test_no_python_gives_the_ways_out(copy, tools):
    """Without any Python, set-up says what it needs, what it tried and what to do."""
    done = make(copy, tools, "setup")
    assert done.returncode
    assert "Python 3.11, 3.12 or 3.13" in done.stdout
    assert "python3 not found" in done.stdout
    assert "make setup PYTHON=" in done.stdout


@pytest.mark.parametrize(("version", "verdict"), [("3.9.18", "too old"), ("3.14.1", "too new")])
def test_a_python_of_another_version_is_named(copy, tools, version, verdict):
    """A Python that is not suitable is named with its version."""
    major, minor, micro = version.split(".")
    fake = f"""exec "{sys.executable}" -c "import sys
sys.version_info = type('V', (tuple,), {{}})(({major}, {minor}, {micro}))
exec(sys.argv[1])" "$2" """
    tool(tools, "python3", fake)
    done = make(copy, tools, "setup")
    assert done.returncode
    assert f"python3 is {version}: {verdict}" in done.stdout


def test_a_python_without_venv_is_explained(copy, tools):
    """If Debian's python3 lacks venv, the package to install is named."""
    fake = f"""exec "{sys.executable}" -c "import sys
sys.modules['ensurepip'] = None
exec(sys.argv[1])" "$2" """
    tool(tools, "python3", fake)
    done = make(copy, tools, "setup")
    assert done.returncode
    assert "without its venv module" in done.stdout
    assert "sudo apt install python3 python3-venv" in done.stdout


def test_the_next_python_is_tried(copy, tools):
    """A shim that answers nothing doesn't hide a suitable Python."""
    tool(tools, "python3", "exit 127")
    tool(tools, "python3.12", f'[ "$1" = -c ] && exec "{sys.executable}" "$@"; echo "ran: $*"')
    assert "ran: -I scripts/setup.py" in make(copy, tools, "setup").stdout


def test_python_named_by_the_user_is_the_only_one_tried(copy, tools):
    """The Python in PYTHON= is used or refused, never replaced by another."""
    (tools / "python3").symlink_to(sys.executable)
    done = make(copy, tools, "setup", "PYTHON=/nowhere/python")
    assert done.returncode
    assert "/nowhere/python not found" in done.stdout
    assert "python3 not found" not in done.stdout
