"""A notebook instance that nobody uses is stopped."""

import json
import subprocess
import sys
import time

import pytest

from helpers.account.notebook.cloudformation import idle

NOW = 1_800_000_000.0


def kernel(state: str, minutes_ago: float) -> dict:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime(NOW - 60 * minutes_ago))
    return {"execution_state": state, "last_activity": moment}


def test_the_last_use_is_the_newest_and_a_busy_kernel_is_used_now():
    """The newest use of kernels and terminals counts; a kernel that only starts isn't busy."""
    assert idle.last_use([kernel("idle", 90), kernel("idle", 10)], [], NOW) == NOW - 600
    assert idle.last_use([kernel("starting", 90)], [kernel("", 5)], NOW) == NOW - 300
    assert idle.last_use([kernel("busy", 90)], [], NOW) == NOW
    assert idle.last_use([], [], NOW) == 0


@pytest.fixture
def instance(tmp_path, monkeypatch):
    """Treat this process as a notebook instance: instance(answers, up) returns its commands.

    answers: of Jupyter's API, None for no answer; up: minutes since the start.
    """
    ran = []
    about = {
        "ResourceArn": "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/mine",
        "ResourceName": "mine",
    }
    for name, text in (("METADATA", json.dumps(about)), ("UPTIME", ""), ("SEEN", "0")):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(idle, name, tmp_path / name)
    monkeypatch.setattr(idle.time, "time", lambda: NOW)
    monkeypatch.setattr(sys, "argv", ["idle.py", "60"])

    def run(command, **_):
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    def look(answers: dict | None, up: float = 600) -> list:
        def ask(path):
            if answers is None:
                raise ConnectionRefusedError("refused")
            return answers[path]

        idle.UPTIME.write_text(f"{60 * up} 0")
        monkeypatch.setattr(idle, "ask", ask)
        monkeypatch.setattr(idle.subprocess, "run", run)
        ran.clear()
        assert idle.main() == 0
        return ran

    return look


def test_an_idle_instance_is_stopped_by_its_own_name(instance):
    """An instance is stopped after an idle hour, not after a start or a JupyterLab restart."""

    def at(minutes_ago):
        return {"/api/kernels": [kernel("idle", minutes_ago)], "/api/terminals": []}

    assert instance(at(59)) == []
    assert instance(at(61), up=30) == []
    assert instance(at(10)) == instance(None) == []
    stop = "aws sagemaker stop-notebook-instance --region eu-west-1 --notebook-instance-name mine"
    assert instance(at(61)) == [stop.split()]
    assert instance(None) == [stop.split()]
