"""A script job that fails shows the script's own error, which its FailureReason does not have."""

import pytest
from support.hints import hint

from helpers.lessons import error_hints
from helpers.lessons.script_traceback import script_traceback

DRIVER = """\
Starting training script
++ set +x
Traceback (most recent call last):
File "/opt/ml/input/data/code/train.py", line 3, in <module>
main()
File "/opt/ml/input/data/code/train.py", line 2, in main
raise ValueError("mine")
ValueError: mine
Command failed with exit code 1. Traceback: Traceback (most recent call last):
  File "/opt/ml/input/data/sm_drivers/common/utils.py", line 193, in execute_commands
    raise subprocess.CalledProcessError(exitcode, commands)
subprocess.CalledProcessError: Command '['python3', 'train.py']' returned non-zero exit status 1.

+++ handle_error
+++ exit 1"""
TOOLKIT = """\
2026-11-28 09:49:24,379 sagemaker-training-toolkit INFO     Invoking user script
Traceback (most recent call last):
  File "/opt/ml/code/train.py", line 1, in <module>
    import no_such
ModuleNotFoundError: No module named 'no_such'
2026-11-28 09:49:30,615 sagemaker-training-toolkit ERROR    Reporting training FAILURE
2026-11-28 09:49:30,615 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:
ExitCode 1"""
SYNTAX = """\
File "/opt/ml/input/data/code/train.py", line 1
def broken(:
^
SyntaxError: invalid syntax
Command failed with exit code 1. Traceback: Traceback (most recent call last):
  File "/opt/ml/input/data/sm_drivers/common/utils.py", line 193, in execute_commands"""
USAGE = """\
usage: train.py [-h] [--eta ETA]
train.py: error: unrecognized arguments: --etta 0.2
Command failed with exit code 2. Traceback: Traceback (most recent call last):
  File "/opt/ml/input/data/sm_drivers/common/utils.py", line 193, in execute_commands
    raise subprocess.CalledProcessError(exitcode, commands)"""
NO_FILE = "python3: can't open file '/opt/ml/input/data/code/trian.py': [Errno 2] No such file"
NO_FILE_OF_TOOLKIT = """\
2026-11-28 13:49:37,437 sagemaker-training-toolkit INFO     Invoking user script
/opt/job/python/bin/python3: can't open file '/opt/ml/code/missing.py': [Errno 2] No such file
2026-11-28 13:49:37,644 sagemaker-training-toolkit ERROR    Reporting training FAILURE"""
QUIET = """\
the last words
Command failed with exit code 3. Traceback: Traceback (most recent call last):
  File "/opt/ml/input/data/sm_drivers/common/utils.py", line 193, in execute_commands
    raise subprocess.CalledProcessError(exitcode, commands)"""


@pytest.mark.parametrize(
    ("log", "error"),
    [
        (DRIVER, ['  File "/opt/ml/input/data/code/train.py", line 3, in <module>', "    main()",
                  '  File "/opt/ml/input/data/code/train.py", line 2, in main',
                  '    raise ValueError("mine")', "ValueError: mine"]),
        (TOOLKIT, ['  File "/opt/ml/code/train.py", line 1, in <module>', "    import no_such",
                   "ModuleNotFoundError: No module named 'no_such'"]),
        (SYNTAX, ['  File "/opt/ml/input/data/code/train.py", line 1', "    def broken(:", "    ^",
                  "SyntaxError: invalid syntax"]),
        (USAGE, ["train.py: error: unrecognized arguments: --etta 0.2"]),
        (NO_FILE, [NO_FILE]),
        (NO_FILE_OF_TOOLKIT, [NO_FILE_OF_TOOLKIT.splitlines()[1]]),
        (QUIET, []),
        ("", []),
    ],
)  # fmt: skip
def test_the_error_of_the_script_is_found(log, error):
    """The script's own error is found in the log of either protocol, and not the driver's."""
    assert script_traceback(log.splitlines()) == error


def test_a_long_traceback_is_shortened():
    """Of a long traceback the last frames are shown."""
    frames = [f'  File "a.py", line {n}, in f\n    f({n})' for n in range(50)]
    log = "\n".join(["Traceback (most recent call last):", *frames, "RecursionError: too deep"])
    shown = script_traceback(log.splitlines())
    assert shown[-1] == "RecursionError: too deep"
    assert shown[0] == '  File "a.py", line 48, in f'


def test_the_hint_shows_the_error_and_what_to_do(monkeypatch):
    """Below a failed wait stand the script's error, advice and where the whole log is."""
    error = ['  File "train.py", line 1', "ModuleNotFoundError: No module named 'no_such'"]
    monkeypatch.setattr(error_hints, "last_script_error", lambda name: error)
    reason = "AlgorithmError: ExecuteUserScriptError:\nExitCode 1, exit code: 1"
    answer = {
        "TrainingJobName": "job-1",
        "TrainingJobStatus": "Failed",
        "FailureReason": reason,
    }
    text = hint(
        f"class FailedError(Exception):\n    last_response = {answer!r}\n"
        "raise FailedError('it failed')"
    )
    first, *lines = text.splitlines()
    assert first == "The error of the script, from the log of job-1:"
    assert lines[:2] == [f"    {line}" for line in error]
    assert "The image has no module `no_such`" in lines[2]
    assert lines[-1].startswith("Correct the cause, then start a new job. The whole log: ")


def test_the_hint_shows_the_log_of_a_command_that_left_no_reason(monkeypatch):
    """A program that is missing leaves only an exit code: the log says which program it was."""
    monkeypatch.setattr(error_hints, "last_script_error", lambda name: [])
    log = ["a line before", "Local SageMaker: a line", "sh: 1: no_such_program: not found"]
    monkeypatch.setattr(error_hints, "last_log_lines", lambda kind, name: log)
    answer = {
        "TrainingJobName": "job-1",
        "TrainingJobStatus": "Failed",
        "FailureReason": "AlgorithmError: , exit code: 127",
    }
    text = hint(
        f"class FailedError(Exception):\n    last_response = {answer!r}\n"
        "raise FailedError('it failed')"
    )
    first, *lines = text.splitlines()
    assert first == "Failure reason: AlgorithmError: exit code: 127"
    assert lines[0] == "The last lines of the log of job-1:"
    assert f"    {log[-1]}" in lines
