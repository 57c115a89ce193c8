"""What an error does not say itself, but the advice about it names in braces.

Each function in VALUES takes a Failure and returns a text, which may be empty.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from helpers.lessons.aws_lookups import did_you_mean, is_local, listed, objects_near

JOB_TYPES = ("Training", "Transform", "Processing")


class Failure(NamedTuple):
    """What is known of an error.

    Attributes
    ----------
    error : Exception
    frames : sequence of frames
        Those of its traceback, outermost first.
    operation : str
        The operation of an AWS service that failed, or ''.
    groups : dict
        The named groups of the rule that matched.
    """

    error: Exception
    frames: Sequence[FrameType]
    operation: str
    groups: dict[str, str]


class FailedJob(NamedTuple):
    """A job that failed: its type, one of JOB_TYPES, its name, and its FailureReason."""

    type: str
    name: str
    reason: str


def failed_job(error: Exception, frames: Sequence[FrameType]) -> FailedJob | None:
    """Return the job whose failure ended a wait of boto3 or of the SDK, or None."""
    response = getattr(error, "last_response", None)  # of boto3's waiters
    if isinstance(response, dict):
        for kind in JOB_TYPES:
            if response.get(f"{kind}JobStatus") == "Failed":
                name = response[f"{kind}JobName"]
                return FailedJob(kind, name, response.get("FailureReason", ""))
    if type(error).__name__ == "FailedStatusError":  # the SDK's
        for owner in _owners(frames):
            for kind in JOB_TYPES:
                name = getattr(owner, f"{kind.lower()}_job_name", None)
                if isinstance(name, str):
                    return FailedJob(kind, name, str(getattr(owner, "failure_reason", "")))
    return None


def _new_name(failure: Failure) -> str:
    """Return code for a name that is free: the taken one without its end, and the time."""
    taken = failure.groups["name"] or failure.groups["other_name"]
    start = re.sub(r"[-\d]*\d{4,}[-\d]*$", "", taken)[:40].rstrip("-") or "my-job"
    variable = "_".join(re.findall("[A-Z][a-z]+", failure.operation)[1:]).lower()
    return f'{variable}_name = "{start}-" + time.strftime("%Y-%m-%d-%H-%M-%S")'


def _valid_name(failure: Failure) -> str:
    """Return the refused name in letters, digits and hyphens."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", failure.groups["value"]).strip("-")[:63]


def _closest(failure: Failure) -> str:
    """Return the option that is most like the value, as a question."""
    options = re.findall(r"[\w.:-]+", failure.groups["options"])
    return did_you_mean(failure.groups["value"], options)


def _objects(failure: Failure) -> str:
    """Return what there is on S3 near the object or prefix that was not found."""
    request = next((f.f_locals["api_params"] for f in failure.frames if _sends(f)), {})
    uri = failure.groups.get("uri") or f"s3://{request['Bucket']}/{request.get('Key', '')}"
    clients = [owner for owner in _owners(failure.frames) if hasattr(owner, "meta")]
    return objects_near(uri, clients[0].meta.region_name if clients else None)


def _grant(failure: Failure) -> str:
    """Return the command that raises a quota of the Local SageMaker."""
    if not is_local():
        return ""
    command = f'python -m helpers local set-quota "{failure.groups["quota"]}" 1'
    return f" On the Local SageMaker you raise it:\n    {command}"


def _columns(failure: Failure) -> str:
    """Return the columns of the data frame that lacks one."""
    for owner in _owners(failure.frames):
        if type(owner).__name__ == "DataFrame":
            names = [str(name) for name in owner.columns]
            wanted = str(failure.error.args[0])
            return f"The columns are: {listed(names)}. {did_you_mean(wanted, names)}"
    return ""


def _files(failure: Failure) -> str:
    """Return the files in the folder that lacks one."""
    path = Path(os.fsdecode(failure.error.filename)).absolute()
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}."
    names = sorted(each.name for each in path.parent.iterdir() if each.name[0] != ".")
    if not names:
        return f"The folder {path.parent} is empty."
    return f"In {path.parent} there are: {listed(names)}. {did_you_mean(path.name, names)}"


def _owners(frames: Iterable[FrameType]) -> list[Any]:
    """Return `self` of each frame, innermost first."""
    return [frame.f_locals["self"] for frame in reversed(frames) if "self" in frame.f_locals]


def _sends(frame: FrameType) -> bool:
    """Tell whether a frame is botocore's, where it makes a request."""
    return frame.f_code.co_name == "_make_api_call" and "api_params" in frame.f_locals


VALUES = {
    "new_name": _new_name,
    "valid_name": _valid_name,
    "closest": _closest,
    "objects": _objects,
    "grant": _grant,
    "columns": _columns,
    "files": _files,
}
