"""What the tests of set-up share.

Each test works on a copy of the checkout's set-up in a temporary folder, with tools of its own on
PATH. Nothing is downloaded.
"""

import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.setup_copy import load, tool

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


@pytest.fixture
def setup(copy: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the copy's module scripts/setup.py, on a disk with enough space."""
    monkeypatch.delenv("PYTHON", raising=False)
    usage = shutil.disk_usage(copy)._replace(free=9_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    return load(copy)


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
