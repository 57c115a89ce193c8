"""What to do about an error in a notebook, where the error itself does not say.

That is so for names that an earlier cell defines, an exercise's `...` that is still there, a
forgotten connect(), a job that failed, and for what the rules in `error_rules` are about.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from helpers.lessons import defined_names
from helpers.lessons.aws_lookups import clip, is_local, last_log_lines, last_script_error
from helpers.lessons.error_rules import RULES
from helpers.lessons.error_values import VALUES, Failure
from helpers.lessons.failed_job import FailedJob, failed_job
from helpers.lessons.script_traceback import is_of_script

NOT_CONNECTED = (
    "helpers.connect() was not called in this kernel. Run the lesson's first cell, then run "
    "this one again."
)
# botocore's, by name, so that this module does not import it.
_NO_CONNECTION_ERRORS = ("NoCredentialsError", "NoRegionError", "PartialCredentialsError")
_SDK_HAS_NO_REGION = "Must setup local AWS configuration with a region"  # its Session, a ValueError
_SERVICE_ERROR = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation")


def hint(
    error: Exception, history: Sequence[str], cells_run: int, variables: Mapping[str, Any]
) -> str | None:
    """Return what to do about an error that running a cell raised, or None.

    Parameters
    ----------
    error : Exception
    history : sequence of str
        The sources of the cells that were run, the failed one last.
    cells_run : int
        How many cells the kernel has run, including this one.
    variables : mapping
        The notebook's variables, by name.
    """
    if isinstance(error, NameError) and error.name:
        return _hint_for_name(error.name, history, cells_run)
    if re.search(r"\bellipsis\b", str(error), re.IGNORECASE):
        return _hint_for_ellipsis(history, variables)
    unconnected = type(error).__name__ in _NO_CONNECTION_ERRORS or _SDK_HAS_NO_REGION in str(error)
    if unconnected and "AWS_ENDPOINT_URL" not in os.environ:
        return NOT_CONNECTED
    frames = frames_of(error)
    job = failed_job(error, frames)
    return _hint_for_job(error, frames, job) if job else _advice(error, frames)


def frames_of(error: BaseException | None) -> list[FrameType]:
    """Return the frames of an error's traceback, outermost first, then those of its causes."""
    frames = []
    while error is not None:
        frames += [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        error = error.__cause__ or error.__context__
    return frames


def cause(reason: str) -> str:
    """Return what a FailureReason names as the cause, without the traceback that it may hold.

    Examples
    --------
    >>> cause("AlgorithmError: error: \\nTraceback (most ...\\n  x\\n\\nNo data, exit code: 1")
    'AlgorithmError: No data'
    >>> cause("ClientError: Unreadable:\\n- not a tar file")
    'ClientError: Unreadable: - not a tar file'
    >>> cause("AlgorithmError: , exit code: 127")
    'AlgorithmError: exit code: 127'
    """
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    if any(line.startswith("Traceback (most") for line in lines):
        error_type = re.match(r"\w+Error: ", lines[0])
        lines = [(error_type[0] if error_type else "") + lines[-1]]
    text = " ".join(lines)
    if text.partition(": ")[2].startswith(", "):  # the exit code is the only cause that it names
        return text.replace(": , ", ": ", 1)
    return re.sub(r", exit code: \d+$", "", text)


def _advice(error: Exception, frames: Sequence[FrameType], name: str = "", text: str = "") -> str:
    """Return the advice of the first rule that matches an error, or ''.

    name, text: what stands for the error's name and message in the rules.
    """
    text = text or str(error)
    service = _SERVICE_ERROR.search(text)
    code, operation = service.groups() if service else (type(error).__name__, "")
    for rule in RULES:
        if (groups := rule.match(name or code, operation, text)) is not None:
            failure = Failure(error, frames, operation, groups)
            named = re.findall(r"\{(\w+)\}", rule.advice)
            values = {name: VALUES[name](failure) for name in named if name in VALUES}
            text = rule.advice.format(**groups, **values).strip()
            return re.sub(r"(?<=[.?]) +(?! )", " ", text)  # a value may be empty
    return ""


def _hint_for_job(error: Exception, frames: Sequence[FrameType], job: FailedJob) -> str:
    if is_of_script(job.reason) and (error_lines := last_script_error(job.name)):
        return "\n".join(
            [
                f"The error of the script, from the log of {job.name}:",
                *(f"    {line}" for line in error_lines),
                *filter(None, [_advice(error, frames, "JobFailed", "\n".join(error_lines))]),
                _what_next(job),
            ]
        )
    log, reason, lines = last_log_lines(job.type, job.name), cause(job.reason), []
    in_log = any(reason.rpartition("Error: ")[2][:60] in line for line in log)
    if job.reason not in str(error) and not (log and "See job logs" in reason):
        lines.append(f"Failure reason: {clip(reason)}")
    if log and not in_log:
        if lines or "\n" in job.reason:  # the reason takes a line of its own
            log = log[1:]
        lines += [f"The last lines of the log of {job.name}:", *(f"    {line}" for line in log)]
    if advice := _advice(error, frames, "JobFailed", "\n".join([job.reason, *log])):
        lines.append(advice)
    return "\n".join([*lines, _what_next(job)])


def _what_next(job: FailedJob) -> str:
    if is_local():
        where = f"python -m helpers local logs {job.name}"
    else:
        where = f"CloudWatch Logs, /aws/sagemaker/{job.type}Jobs, {job.name}/..."
    return f"Correct the cause, then start a new job. The whole log: {where}"


def _hint_for_name(name: str, history: Sequence[str], cells_run: int) -> str | None:
    cells = defined_names.notebook_with(history)
    requested, defined = (
        find(name, cells) for find in (defined_names.requesting_cell, defined_names.defining_cell)
    )
    if requested and (text := _hint_for_task(name, requested, history)):
        return text
    if defined is None:
        return None
    if cells_run <= 2:
        reason = (
            "This kernel has just been started or restarted, so variables from before are lost."
        )
    else:
        reason = "Its cell has not been run yet, or it failed."
    return (
        f'`{name}` does not exist yet: it is defined in "{defined.heading}". {reason} Run the '
        "cells from the top, in order: menu Run > Run All Above Selected Cell."
    )


def _hint_for_task(name: str, cell: defined_names.Cell, history: Sequence[str]) -> str | None:
    """Return a hint for a name that a task asks for, or None if the task is solved."""
    start = f'`{name}` is for you to define, in "{cell.heading}".'
    run = [source for source in history if cell.todo and cell.todo in source.splitlines()]
    if defined_names.STUB.search(run[-1] if run else cell.source):
        which = "Its cell" if run else "In the saved notebook, its cell"
        return (
            f"{start} That is not done yet: {which[0].lower()}{which[1:]} still has the `...` "
            "that your code replaces. Solve it, run it, then run this cell again."
        )
    if name not in defined_names.names_bound(run[-1] if run else cell.source):
        return f"{start} Your code there does not define it: use the names that the TODO gives."
    if run:
        return f"{start} Its cell was run but stopped before that: run it again, then this one."
    return None


def _hint_for_ellipsis(history: Sequence[str], variables: Mapping[str, Any]) -> str:
    names = [name for name, value in variables.items() if value is ... and name[:1] != "_"]
    if not names:
        return "A `...` was left in the code: replace it with your code."
    cell = defined_names.requesting_cell(names[0], defined_names.notebook_with(history))
    where = f', in "{cell.heading}"' if cell else ""
    return f"`{names[0]}` is still `...`: replace that with your code{where}."
