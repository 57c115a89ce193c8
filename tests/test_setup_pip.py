"""Set-up passes pip's settings on to uv."""

import os
import runpy
import sys
from pathlib import Path

import pytest


@pytest.fixture
def uv_settings(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the function of scripts/setup.py, for the Python that runs the tests."""
    names = runpy.run_path(str(checkout / "scripts" / "setup.py"))
    function = names["uv_settings"]
    monkeypatch.setitem(function.__globals__, "PYTHON", os.path.realpath(sys.executable))
    return function


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


def test_pip_settings_reach_uv(uv_settings, pip_says, tmp_path):
    """A mirror set for pip is passed to uv, but uv's own settings take precedence."""
    pip_says(
        PIP_INDEX_URL="http://mirror.example/simple",
        PIP_EXTRA_INDEX_URL=f"file:///not/there {tmp_path.as_uri()}",
        PIP_FIND_LINKS="/wheels /more",
        PIP_TIMEOUT="99",
        UV_HTTP_TIMEOUT="7",
    )
    settings, arguments = uv_settings()
    assert settings["UV_DEFAULT_INDEX"] == "http://mirror.example/simple"
    assert settings["UV_INDEX"] == tmp_path.as_uri()
    assert settings["UV_FIND_LINKS"] == "/wheels,/more"
    assert settings["UV_HTTP_TIMEOUT"] == "7"
    assert arguments == []


def test_a_folder_of_wheels_alone(uv_settings, pip_says, tmp_path):
    """If pip uses only a folder of wheels, uv asks no index; variables outrank the file."""
    pip_says(
        config=f"[global]\nfind-links=/other\nextra-index-url={tmp_path.as_uri()}\n",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="/wheels",
    )
    settings, arguments = uv_settings()
    assert arguments == ["--no-index"]
    assert settings["UV_FIND_LINKS"] == "/wheels"
    assert not {"UV_INDEX", "UV_DEFAULT_INDEX"} & set(settings)
