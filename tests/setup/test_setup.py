"""Set-up does nothing when nothing has changed, and else updates or replaces the environment."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.setup_copy import load, make, tool


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


def test_bytecode_and_additions_are_not_damage(setup, environment, steps):
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
