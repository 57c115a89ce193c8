"""Find out which job's failure ended a wait of boto3 or of the SDK."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import NamedTuple

from helpers.lessons.error_values import owners

JOB_TYPES = ("Training", "Transform", "Processing")


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
        for owner in owners(frames):
            for kind in JOB_TYPES:
                name = getattr(owner, f"{kind.lower()}_job_name", None)
                if isinstance(name, str):
                    return FailedJob(kind, name, str(getattr(owner, "failure_reason", "")))
    return None
