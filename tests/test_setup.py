"""The set-up step: what it says when it can't go on, and that it does nothing when all is well.

Each test works on a copy of the checkout's set-up in a temporary folder, with tools of its own on
PATH. Nothing is downloaded.
"""

import errno
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = ("Makefile", "scripts", "requirements.txt", "pyproject.toml")
TOOLS = ("sh", "make", "uname", "dirname", "cat", "env", "git", "rm", "find", "du", "cut", "awk")


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """A checkout that was never set up; its path has a space, as learners' paths do."""
    folder = tmp_path / "my course"
    folder.mkdir()
    for part in PARTS:
        source = checkout / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with the basic tools, and no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def setup(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """The module scripts/setup.py."""
    monkeypatch.syspath_prepend(checkout / "scripts")
    for name in ("setup", "setup_help"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("setup")


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def make(copy: Path, tools: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Run make in the copy with nothing but the given tools, and no one to answer."""
    return subprocess.run(
        ["make", *arguments],
        cwd=copy,
        env={"PATH": str(tools), "HOME": str(tools), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def pretend_set_up(setup, copy: Path) -> Path:
    """An environment of one Python with a stamp that fits; returns what uv would leave if run."""
    scripts = copy / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "python").symlink_to(sys.executable)
    trace = copy / "uv ran"
    tool(scripts, "uv", f'touch "{trace}"')
    setup.Checkout(copy).write_stamp()
    return trace


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
    """A Python that doesn't fit is named with its version."""
    major, minor, micro = version.split(".")
    fake = f"""exec "{sys.executable}" -c "import sys
sys.version_info = type('V', (tuple,), {{}})(({major}, {minor}, {micro}))
exec(sys.argv[1])" "$2" """
    tool(tools, "python3", fake)
    done = make(copy, tools, "setup")
    assert done.returncode
    assert f"python3 is {version}: {verdict}" in done.stdout


def test_a_python_without_venv_is_explained(copy, tools):
    """Debian's python3 comes without what makes environments: its package is named."""
    fake = f"""exec "{sys.executable}" -c "import sys
sys.modules['ensurepip'] = None
exec(sys.argv[1])" "$2" """
    tool(tools, "python3", fake)
    done = make(copy, tools, "setup")
    assert done.returncode
    assert "without its venv module" in done.stdout
    assert "python3-venv" in done.stdout or "brew" in done.stdout


def test_the_next_python_is_tried(copy, tools):
    """A shim that answers nothing doesn't hide a Python that fits."""
    tool(tools, "python3", "exit 127")
    tool(tools, "python3.12", f'[ "$1" = -c ] && exec "{sys.executable}" "$@"; echo "ran: $*"')
    assert "ran: -I scripts/setup.py" in make(copy, tools, "setup").stdout


def test_python_named_by_the_user_is_the_only_one_tried(copy, tools):
    """PYTHON= is never overruled."""
    (tools / "python3").symlink_to(sys.executable)
    done = make(copy, tools, "setup", "PYTHON=/nowhere/python")
    assert done.returncode
    assert "/nowhere/python not found" in done.stdout
    assert "python3 not found" not in done.stdout


def test_nothing_runs_when_nothing_changed(copy, tools, setup):
    """A second set-up asks no Python but the environment's own, and neither pip nor uv."""
    trace = pretend_set_up(setup, copy)
    done = make(copy, tools, "setup")
    assert (done.returncode, done.stdout) == (0, "")
    assert not trace.exists()


@pytest.mark.parametrize("damage", ["lock", "file", "stamp", "python", "moved"])
def test_set_up_is_needed_after(copy, setup, damage):
    """Another lock needs an update; anything unsound needs a new environment."""
    pretend_set_up(setup, copy)
    assert setup.Checkout(copy).state() == "current"
    venv = copy / ".venv"
    if damage == "lock":
        (copy / "requirements.txt").write_text("uv==1 --hash=sha256:00\n")
    elif damage == "file":
        (venv / "bin" / "uv").unlink()
    elif damage == "stamp":
        (venv / "setup.json").write_text('{"check')
    elif damage == "python":
        (venv / "bin" / "python").unlink()
        (venv / "bin" / "python").symlink_to("/nowhere/python")
    elif damage == "moved":
        copy = copy.rename(copy.with_name("elsewhere"))
    expected = "outdated" if damage == "lock" else "none"
    assert setup.Checkout(copy).state() == expected


def test_another_python_asked_for_needs_a_new_environment(copy, setup):
    """PYTHON=python3.12 on an environment of 3.11 makes it anew."""
    pretend_set_up(setup, copy)
    assert setup.Checkout(copy).state("3.99") == "none"


@pytest.mark.parametrize(("touched", "state"), [(False, "outdated"), (True, "none")])
def test_an_update_that_fails(copy, setup, monkeypatch, touched, state):
    """Without a network an update leaves the environment as it was; halfway, it is made anew."""
    monkeypatch.setattr(setup, "check_space", lambda *_: None)
    pretend_set_up(setup, copy)
    (copy / "requirements.txt").write_text("uv==1 --hash=sha256:00\n")
    half = f'touch "{copy}/.venv/half"; ' if touched else ""
    tool(copy / ".venv" / "bin", "uv", f"{half}echo 'dns error'; exit 2")
    with pytest.raises(setup.SetupError, match="network down"):
        setup.set_up(setup.Checkout(copy), None)
    assert setup.Checkout(copy).state() == state


def test_bytecode_and_additions_are_no_damage(copy, setup):
    """Python's own caches, gone or there, and what a learner adds don't start a new set-up."""
    cache = copy / ".venv" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "x.pyc").touch()
    pretend_set_up(setup, copy)
    shutil.rmtree(cache)
    (copy / ".venv" / "extra.py").touch()
    assert setup.Checkout(copy).state() == "current"


def test_a_full_disk_is_told_before_anything_is_written(copy, setup, monkeypatch):
    """Two GB are needed: with less, nothing is begun."""
    usage = shutil.disk_usage(copy)._replace(free=300_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(setup.SetupError, match=r"0\.3 GB free .* 2\.0 GB needed"):
        setup.set_up(setup.Checkout(copy), None)
    assert not (copy / ".venv").exists()


def test_a_step_that_fails_stops_with_the_ways_out(setup, capfd):
    """What a step prints is held back while all is well, and explained when it fails."""
    setup.run("Fine", ["sh", "-c", "echo chatter"])
    with pytest.raises(setup.SetupError, match="is the network down"):
        setup.run("Bad", ["sh", "-c", "echo 'dns error: no record' >&2; exit 2"])
    assert capfd.readouterr().out == "  Fine\n  Bad\n"


@pytest.mark.full
def test_a_network_that_is_down_is_told(copy, tools):
    """Real pip, told to look nowhere, finds nothing: as it does without a network."""
    python = Path(os.path.realpath(sys.executable))
    done = make(copy, tools, "setup", f"PYTHON={python}", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode
    assert "is the network down?" in done.stdout
    assert "HTTPS_PROXY" in done.stdout
    assert not (copy / ".venv" / "setup.json").exists()


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
    """What pip or uv says becomes what is wrong and what to do, with their words kept."""
    message = str(setup.explain("uv", said))
    assert told in message
    assert said.splitlines()[0] in message


def test_a_checkout_that_cant_be_written_is_told(copy, setup, monkeypatch, capsys):
    """A read-only checkout gets a message, not a traceback."""

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "/a/course/.setup.lock")

    monkeypatch.setattr(setup, "set_up", refuse)
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    assert setup.main() == 1
    assert "/a/course/.setup.lock can't be written" in capsys.readouterr().err


@pytest.fixture
def pip_says(monkeypatch, tmp_path):
    """pip_says(PIP_X="1", config="[global]..."): make pip's settings these and no others."""

    def pip_says(config: str = "", **variables: str) -> None:
        for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
            monkeypatch.delenv(name)
        (tmp_path / "pip.conf").write_text(config)
        for name, value in {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), **variables}.items():
            monkeypatch.setenv(name, value)

    return pip_says


PYTHON = Path(os.path.realpath(sys.executable))


def test_pip_settings_reach_uv(setup, pip_says, tmp_path):
    """A mirror known to pip is uv's too; what is said to uv wins."""
    pip_says(
        PIP_INDEX_URL="http://mirror.example/simple",
        PIP_EXTRA_INDEX_URL=f"file:///not/there {tmp_path.as_uri()}",
        PIP_FIND_LINKS="/wheels /more",
        PIP_TIMEOUT="99",
        UV_HTTP_TIMEOUT="7",
    )
    settings, arguments = setup.uv_settings(PYTHON)
    assert settings["UV_DEFAULT_INDEX"] == "http://mirror.example/simple"
    assert settings["UV_INDEX"] == tmp_path.as_uri()
    assert settings["UV_FIND_LINKS"] == "/wheels,/more"
    assert settings["UV_HTTP_TIMEOUT"] == "7"
    assert arguments == []


def test_a_folder_of_wheels_alone(setup, pip_says, tmp_path):
    """Told to take packages from a folder only, uv asks no index; variables outrank the file."""
    pip_says(
        config=f"[global]\nfind-links=/other\nextra-index-url={tmp_path.as_uri()}\n",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="/wheels",
    )
    settings, arguments = setup.uv_settings(PYTHON)
    assert arguments == ["--no-index"]
    assert settings["UV_FIND_LINKS"] == "/wheels"
    assert not {"UV_INDEX", "UV_DEFAULT_INDEX"} & set(settings)


def test_clean_keeps_what_the_learner_made(copy, tools):
    """Clean removes environment and caches, and leaves the home folder."""
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
    """Reset removes the home folder only on a yes, and never a folder that is none."""
    home = copy / ".sagemaker"
    home.mkdir()
    tool(tools, "python3", "exit 0")
    assert make(copy, tools, "reset", "YES=1").returncode  # no id in it: no home folder
    for name in ("id", "credentials.json"):
        (home / name).touch()
    assert make(copy, tools, "reset").returncode  # nobody answers
    assert home.exists()
    assert make(copy, tools, "reset", "YES=1").returncode == 0
    assert not home.exists()
