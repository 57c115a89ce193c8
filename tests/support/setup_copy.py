"""Runs set-up in a copy of the checkout, with programs of a test in place of real ones."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType


def load(folder: Path) -> ModuleType:
    """Import scripts/setup.py of a checkout."""
    spec = importlib.util.spec_from_file_location("setup", folder / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
