"""Settings of pip, for tests of what passes them on to uv."""

import os
from pathlib import Path

import pytest


def use_only(patch: pytest.MonkeyPatch, folder: Path, config: str = "", **variables: str) -> None:
    """Make these variables and a configuration file in a folder pip's only settings."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        patch.delenv(name)
    (folder / "pip.conf").write_text(config)
    for name, value in {"PIP_CONFIG_FILE": str(folder / "pip.conf"), **variables}.items():
        patch.setenv(name, value)
