"""A failing script makes its job fail as on AWS; its log is whole and the server keeps running."""

import pytest
from support import jobs
from support.failing_scripts import (
    COMMAND,
    COMMANDS,
    DRIVER,
    QUICK,
    SCRIPTS,
    TOOLKIT_SCRIPTS,
    FailingScript,
)

from helpers.lessons import aws_lookups
from helpers.lessons.script_traceback import is_of_script

CASES = {case.name: case for case in (*COMMANDS, *SCRIPTS)}


def request(script_jobs, case: FailingScript) -> dict:
    """Return the request for the job of a case."""
    if case.by == COMMAND:
        return script_jobs.request("/bin/sh", "-c", case.code)
    changes = dict(case.changes)
    channel = changes.pop("channel", None)
    make = script_jobs.driver_request if case.by == DRIVER else script_jobs.toolkit_request
    made = make({"train.py": case.code}, **changes)
    if channel:
        uri = f"s3://{script_jobs.bucket}/train"
        made["InputDataConfig"].append(jobs.channel(uri, channel, None))
    return made


def check(script_jobs, cases: list[FailingScript]) -> None:
    """Run the jobs of cases at the same time; assert what each of them says."""
    wrong = []
    for case, ended in zip(
        cases, script_jobs.run_all([request(script_jobs, case) for case in cases]), strict=True
    ):
        said = any(case.logged in line for line in ended.log)
        if ended.status != "Failed" or not case.explains(ended.reason) or not said:
            wrong.append((case.name, ended.status, ended.reason, ended.log[-8:]))
    assert not wrong, "\n".join(map(str, wrong))
    assert script_jobs.run(script_jobs.request("/bin/true")).status == "Completed"


def test_scripts_that_fail(script_jobs):
    """Exit codes, signals, errors of Python and of the shell: each has its reason and its log."""
    check(script_jobs, [CASES[name] for name in QUICK])


@pytest.mark.full
def test_a_hundred_scripts_that_fail(script_jobs):
    """All the other ways to fail by a command and by SDK 3's driver."""
    check(script_jobs, [case for name, case in CASES.items() if name not in QUICK])


@pytest.mark.full
def test_scripts_that_fail_in_the_toolkit(toolkit_jobs):
    """AWS's toolkit reports the exit code of a script that fails, and its log has the error."""
    check(toolkit_jobs, list(TOOLKIT_SCRIPTS))


def test_the_log_is_whole(script_jobs):
    """All lines of a command are in the log, in their order and as they were written."""
    case = CASES["many-lines"]
    ended = script_jobs.run(request(script_jobs, case))
    assert ended.log[-5000:] == [str(number) for number in range(1, 5001)]


@pytest.mark.parametrize("protocol", ["driver_request", "request"])
def test_a_notebook_shows_the_error_of_the_script(script_jobs, protocol, monkeypatch):
    """The log of a real job has the script's own error where the hint looks for it."""
    if protocol == "request":
        failing = script_jobs.request("python3", "-c", "raise ValueError('mine')")
    else:
        failing = script_jobs.driver_request({"train.py": "def f():\n    1 / 0\nf()"})
    ended = script_jobs.run(failing)
    for name, value in script_jobs.endpoint.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws_lookups, "LIMIT_SECONDS", 60)  # for a busy machine
    assert is_of_script(ended.reason)
    assert aws_lookups.last_script_error(ended.job["TrainingJobName"])[-1] in (
        "ValueError: mine",
        "ZeroDivisionError: division by zero",
    )
