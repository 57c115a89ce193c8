"""Set-up passes pip's settings on to uv."""

import os
import runpy
import sys
from pathlib import Path

import pytest
from support import pip_settings


@pytest.fixture
def uv_settings(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the function of scripts/setup.py, for the Python that runs the tests."""
    names = runpy.run_path(str(checkout / "scripts" / "setup.py"))
    function = names["uv_settings"]
    monkeypatch.setitem(function.__globals__, "PYTHON", os.path.realpath(sys.executable))
    return function


def test_pip_settings_reach_uv(uv_settings, monkeypatch, tmp_path):
    """A mirror set for pip is passed to uv, but uv's own settings take precedence."""
    pip_settings.use_only(
        monkeypatch,
        tmp_path,
        config="[global]\nfind-links=/other\n",
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


def test_a_folder_of_wheels_alone(uv_settings, monkeypatch, tmp_path):
    """If pip uses only a folder of wheels, uv asks no index; variables outrank the file."""
    pip_settings.use_only(
        monkeypatch,
        tmp_path,
        config=f"[global]\nfind-links=/other\nextra-index-url={tmp_path.as_uri()}\n",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="/wheels",
    )
    settings, arguments = uv_settings()
    assert arguments == ["--no-index"]
    assert settings["UV_FIND_LINKS"] == "/wheels"
    assert not {"UV_INDEX", "UV_DEFAULT_INDEX"} & set(settings)


def test_a_folder_of_wheels_alone_by_a_file(uv_settings, monkeypatch, tmp_path):
    """If pip's configuration file says so, uv asks no index either."""
    config = "[global]\nno-index=true\nfind-links=/wheels\n"
    pip_settings.use_only(monkeypatch, tmp_path, config=config)
    settings, arguments = uv_settings()
    assert arguments == ["--no-index"]
    assert settings["UV_FIND_LINKS"] == "/wheels"
