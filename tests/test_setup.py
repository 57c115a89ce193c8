"""Set-up explains why it can't continue, and does nothing when nothing has changed.

Each test works on a copy of the checkout's set-up in a temporary folder, with tools of its own on
PATH. Nothing is downloaded.
"""

import errno
import fcntl
import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PARTS = (
    *("Makefile", "scripts", "requirements.txt", "pyproject.toml"),
    "helpers/local/runtime/pip_settings.py",
)
TOOLS = ("sh", "make", "uname", "dirname", "cat", "env", "git", "rm", "find", "du", "cut", "awk")


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """Return a checkout that was never set up, whose path has a space."""
    folder = tmp_path / "my course"
    folder.mkdir()
    for part in PARTS:
        source = checkout / part
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder for PATH with the basic tools, and no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def load(folder: Path) -> ModuleType:
    """Import scripts/setup.py of a checkout."""
    spec = importlib.util.spec_from_file_location("setup", folder / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def setup(copy: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the copy's module scripts/setup.py, on a disk with enough space."""
    monkeypatch.delenv("PYTHON", raising=False)
    usage = shutil.disk_usage(copy)._replace(free=9_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    return load(copy)


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def make(copy: Path, tools: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Run make in the copy with only these tools, and no terminal."""
    return subprocess.run(
        ["make", *arguments],
        cwd=copy,
        env={"PATH": str(tools), "HOME": str(tools), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def environment(setup, copy: Path) -> Path:
    """Make a complete `.venv/` with one package; its uv writes its arguments to `uv ran`."""
    venv = copy / ".venv"
    site = venv / "lib" / f"python{setup.VERSION}" / "site-packages"
    for folder in (venv / "bin", site / "course-1.dist-info", site / "__pycache__"):
        folder.mkdir(parents=True)
    home = Path(os.path.realpath(sys.executable)).parent
    (venv / "pyvenv.cfg").write_text(f"home = {home}\n")
    (venv / "bin" / "python").symlink_to(sys.executable)
    tool(venv / "bin", "uv", f'echo "$*" >> "{copy}/uv ran"')
    record = ["helpers.py,sha256=0,0", "xgboost.py,sha256=0,0", "../../../bin/uv,sha256=0,0"]
    record += ["__pycache__/helpers.pyc,,"]
    (site / "course-1.dist-info" / "RECORD").write_text("\n".join(record))
    for name in ("helpers.py", "xgboost.py", "__pycache__/helpers.pyc"):
        (site / name).touch()
    shutil.copytree(setup.ETC, venv / "etc")
    setup.STAMP.write_text("\n".join([str(site), setup.DIGEST, "course-1.dist-info"]))
    return venv


@pytest.fixture
def steps(setup, monkeypatch) -> list:
    """Return what set_up() does from now on: "create", and the packages that it repairs."""
    done: list = []
    monkeypatch.setattr(setup, "create", lambda: done.append("create"))
    monkeypatch.setattr(setup, "install", done.append)
    return done


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


def test_nothing_runs_when_nothing_changed(copy, tools, environment):
    """A second set-up runs neither pip nor uv, and only the environment's own Python."""
    done = make(copy, tools, "setup")
    assert (done.returncode, done.stdout) == (0, "")
    assert not (copy / "uv ran").exists()


def remove(pattern: str):
    """Return a function that removes the file of an environment that matches the pattern."""
    return lambda venv: next(venv.glob(pattern)).unlink()


def change_lock(venv: Path) -> None:
    with open(venv.parent / "requirements.txt", "a") as lock:
        lock.write("another==1 --hash=sha256:00\n")


def replace_python(venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(change_lock, [[]], id="lock"),
        pytest.param(remove("lib/*/*/helpers.py"), [["course"]], id="file"),
        pytest.param(remove("lib/*/*/*/RECORD"), [["course"]], id="record"),
        pytest.param(remove("etc/ipython/*"), [[]], id="settings"),
        pytest.param(remove("setup.txt"), ["create", []], id="interrupted"),
        pytest.param(remove("bin/uv"), ["create", []], id="uv"),
        pytest.param(replace_python, ["create", []], id="python"),
    ],
)
def test_set_up_is_needed_after(setup, environment, steps, change, expected):
    """A new lock or a missing file causes an update; an interrupted set-up, a new environment."""
    setup.set_up()
    assert steps == []
    change(environment)
    setup.set_up()
    assert steps == expected


def test_a_moved_checkout_needs_a_new_environment(copy, environment, monkeypatch):
    """A moved checkout gets a new environment, as `.venv/bin/` contains the old path."""
    done: list = []
    setup = load(copy.rename(copy.with_name("elsewhere")))
    monkeypatch.setattr(setup, "create", lambda: done.append("create"))
    monkeypatch.setattr(setup, "install", done.append)
    setup.set_up()
    assert done == ["create", []]


@pytest.mark.parametrize(("version", "expected"), [(None, []), ("3.99", ["create", []])])
def test_another_python_asked_for_needs_a_new_environment(
    setup, environment, steps, monkeypatch, version, expected
):
    """PYTHON=python3.12 replaces an environment of 3.11, and keeps one of 3.12."""
    monkeypatch.setenv("PYTHON", "python3")
    monkeypatch.setattr(setup, "VERSION", version or setup.VERSION)
    setup.set_up()
    assert steps == expected


def test_a_damaged_package_is_installed_again(copy, setup, environment):
    """uv gets the name of the package that lacks a file, and then nothing is left to do."""
    remove("lib/*/*/helpers.py")(environment)
    site = environment / "lib" / f"python{setup.VERSION}" / "site-packages"
    tool(environment / "bin", "uv", f'echo "$*" >> "{copy}/uv ran"; touch "{site}/helpers.py"')
    setup.set_up()
    assert "pip sync" in (copy / "uv ran").read_text()
    assert "--reinstall-package=course" in (copy / "uv ran").read_text()
    (copy / "uv ran").unlink()
    setup.set_up()
    assert not (copy / "uv ran").exists()


@pytest.mark.parametrize(("damage", "repaired"), [("", []), ("helpers.py", [["course"]])])
def test_an_update_that_fails(copy, setup, environment, monkeypatch, damage, repaired):
    """A failed download changes nothing, and an interrupted update is repaired."""
    before = (copy / "requirements.txt").read_text()
    change_lock(environment)
    site = environment / "lib" / f"python{setup.VERSION}" / "site-packages"
    half = f'rm "{site}/{damage}"; ' if damage else ""
    tool(environment / "bin", "uv", f"{half}echo 'dns error'; exit 2")
    with pytest.raises(SystemExit, match="network down"):
        load(copy).set_up()
    (copy / "requirements.txt").write_text(before)
    done: list = []
    setup = load(copy)
    monkeypatch.setattr(setup, "install", done.append)
    setup.set_up()
    assert done == repaired


def test_bytecode_and_additions_are_no_damage(setup, environment, steps):
    """Missing or new bytecode, and a learner's additions, don't cause a new set-up."""
    shutil.rmtree(next(environment.glob("lib/*/*/__pycache__")))
    (next(environment.glob("lib/*/*")) / "extra-1.dist-info").mkdir()
    (environment / "extra.py").touch()
    setup.set_up()
    assert steps == []


def test_a_second_set_up_waits(copy, environment):
    """A second set-up waits for the first one, and then finds nothing to do."""
    change_lock(environment)
    before = (copy / "requirements.txt").read_text().removesuffix("another==1 --hash=sha256:00\n")
    with open(copy / ".setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-I", copy / "scripts" / "setup.py"]
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.3)
        (copy / "requirements.txt").write_text(before)
    assert second.communicate(timeout=30) == ("", None)
    assert second.returncode == 0
    assert not (copy / "uv ran").exists()


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
