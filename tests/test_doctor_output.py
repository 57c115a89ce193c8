"""What the doctor prints, as a command and in a notebook, and that it leaves nothing running."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support.doctor import LATER, failed, unchecked

from helpers.account.doctor import checklist
from helpers.account.doctor.command import show, summary, text
from helpers.account.doctor.results import (
    NOT_CHECKED,
    PASSED,
    CheckResult,
    run_check,
)
from helpers.home import CHECKOUT
from helpers.local import process
from helpers.local.home import LocalError


def doctor(environ: dict[str, str]) -> subprocess.CompletedProcess:
    """Run the command for scripts."""
    command = [sys.executable, "-m", "helpers", "doctor", "--json"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300)


def test_a_local_sagemaker_that_does_not_start(monkeypatch):
    """An unreachable server fails its line with the reason, and dependent lines aren't checked."""

    def refuse(**settings):
        raise LocalError("the disk is full")

    monkeypatch.setattr("helpers.local.process.ensure_running", refuse)
    lines = {found.name: found for found in checklist.run_checks("local")}
    assert failed(lines) == ["SageMaker"]
    assert "the disk is full" in lines["SageMaker"].why
    assert unchecked(lines) == {"region", "connection", "clock", "identity", *LATER}


def test_a_stopped_local_sagemaker_is_stopped_again(tmp_path, monkeypatch):
    """A stopped Local SageMaker is checked in full, and stopped again."""
    environ = {**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path)}
    done = doctor(environ | {"SAGEMAKER_COURSE_BACKEND": "local"})
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    assert not process.stop(), "it still ran"
    lines = {found["name"]: found for found in json.loads(done.stdout)}
    assert lines["notebook instance"]["state"] == PASSED
    assert lines["SageMaker"]["why"].endswith("started for these checks and stopped after them")


def test_a_check_that_breaks_says_nothing_about_what_it_checks():
    """A check that raises is reported as not checked, with the reason; the others still run."""

    def broken():
        raise ZeroDivisionError("division by zero")

    found = run_check("odd", broken)
    assert found.state == NOT_CHECKED
    assert "ZeroDivisionError" in found.why


def test_an_account_id_is_masked_in_a_notebook(monkeypatch, capsys):
    """In a notebook, which may be shared, only the last digits of an account id are shown."""
    lines = [CheckResult("identity", PASSED, "role x, account 123456789012")]
    monkeypatch.setattr(checklist, "run_checks", lambda chosen: iter(lines))
    show()
    assert "********9012" in capsys.readouterr().out


def test_no_path_of_this_machine_is_shown_in_a_notebook(monkeypatch, capsys):
    """Neither the checkout's path nor the home folder's owner is shown."""
    found = f"{CHECKOUT / '.venv/bin/python'}, {Path.home() / 'data'}"
    monkeypatch.setattr(
        checklist, "run_checks", lambda chosen: iter([CheckResult("x", PASSED, found)])
    )
    show()
    assert "x: .venv/bin/python, ~/data" in capsys.readouterr().out


def test_the_command(tmp_path):
    """The command gives scripts an exit code and JSON, and a terminal one line per check."""
    environ = {**os.environ, "SAGEMAKER_COURSE_BACKEND": "aws", "AWS_CONFIG_FILE": "/dev/null"}
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        environ.pop(name, None)
    done = doctor(environ)
    lines = [CheckResult(**found) for found in json.loads(done.stdout)]
    assert done.returncode == 1
    assert failed({found.name: found for found in lines}) == ["region"]
    assert summary(lines).startswith(f"{len(lines)} checked: 1 failed")
    assert "fix: export AWS_DEFAULT_REGION" in text(lines)
