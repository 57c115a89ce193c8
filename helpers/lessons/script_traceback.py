"""Find the error of a training job's script in the job's log.

A job's FailureReason has nothing of it: SDK 3's driver writes its own traceback there, and AWS's
toolkit the script's command.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_LINES = 6
_BY_SCRIPT = re.compile(
    r"CalledProcessError|ExecuteUserScriptError|Training Execution failed|AlgorithmError: , exit"
)
# What SDK 3's driver and AWS's toolkit write after the script's end.
_AFTER_SCRIPT = re.compile(
    r"Command failed with exit code |An error occurred with exit code |\+\+ handle_error|"
    r".* sagemaker-training-toolkit ERROR "
)
_HEAD = "Traceback (most recent call last):"
_FRAME = re.compile(r'\s*File ".*", line \d+')
_ERROR = re.compile(r"[A-Za-z_][\w.]*(:|$)")
# What argparse and Python say about a wrong option or file.
_USAGE_ERROR = re.compile(r"\S+\.py: error: |(\S*/)?python[\d.]*: can't open file ")


def is_of_script(reason: str) -> bool:
    """Tell whether a FailureReason is that of a script, without the script's own error."""
    return _BY_SCRIPT.search(reason) is not None


def script_traceback(log: Sequence[str]) -> list[str]:
    """Return the end of the traceback or the usage error with which a script has ended.

    Parameters
    ----------
    log : sequence of str
        The lines of the job's log, or its end. SDK 3's driver has removed their indentation.

    Returns
    -------
    list of str
        The last frames, indented as Python does, and the error; or argparse's line about a wrong
        option; or nothing if there is neither.

    Examples
    --------
    >>> script_traceback(["Traceback (most recent call last):", 'File "a.py", line 1, in <module>',
    ...     "f()", "ValueError: mine", "Command failed with exit code 1. Traceback: ..."])
    ['  File "a.py", line 1, in <module>', '    f()', 'ValueError: mine']
    """
    ends = [number for number, line in enumerate(log) if _AFTER_SCRIPT.match(line)]
    end = ends[0] if ends else len(log)
    frames = [number for number in range(end) if _FRAME.match(log[number])]
    if not frames:
        return [line for line in log[:end] if _USAGE_ERROR.match(line)][-1:]
    return _shortened(_indented(log[_first_frame(log, frames[-1]) : end]))


def _first_frame(log: Sequence[str], last: int) -> int:
    """Return where the traceback begins whose last frame is in line `last`."""
    heads = [number for number in range(last + 1) if log[number].strip() == _HEAD]
    return heads[-1] + 1 if heads else last  # a SyntaxError has no head


def _indented(lines: Sequence[str]) -> list[str]:
    """Return the lines of a traceback with their indentation, without what follows the error."""
    indented, in_frame = [], False
    for line in map(str.strip, lines):
        if _FRAME.match(line):
            in_frame = True
            indented.append(f"  {line}")
        elif in_frame and not _is_error(line, indented[-1]):
            indented.append(f"    {line}")
        else:
            indented.append(line)
            break
    return indented


def _is_error(line: str, before: str) -> bool:
    """Tell whether a line names the exception; the line after a frame in a file is its source."""
    is_source = _FRAME.match(before) and 'File "<' not in before
    return not is_source and _ERROR.match(line) is not None


def _shortened(lines: list[str]) -> list[str]:
    """Return the last lines of a traceback, from the start of a frame."""
    while len(lines) > MOST_LINES:
        frames = [number for number, line in enumerate(lines) if _FRAME.match(line)]
        if len(frames) < 2:
            break
        lines = lines[frames[1] :]
    return lines
