"""What the checks of training and transform jobs share: what a job has read, and how it ended."""

from __future__ import annotations

import datetime
from typing import Any

from helpers.grading.evidence import Evidence
from helpers.grading.tasks import Hint


def check_ended(job: dict[str, Any], kind: str, status: str) -> None:
    if status == "Failed":
        reason = " ".join(job.get("FailureReason", "no reason is given").split())
        shown = reason if len(reason) < 300 else f"... {reason[-300:]}"
        raise Hint(f"The {kind} job failed: {shown}")
    if status == "InProgress":
        raise Hint(f"The {kind} job is still running: wait for its end.")
    if status != "Completed":
        raise Hint(f"The {kind} job is {status}, not Completed: run it again.")


def covers(evidence: Evidence, where: str, folder: str) -> bool:
    """Whether a job that reads from this URI gets all of a folder, and nothing else."""
    keys = [item.key for item in evidence.objects(folder)]
    only = f"s3://{evidence.bucket}/{keys[0]}" if len(keys) == 1 else ""
    return where in (only, evidence.uri(folder), evidence.uri(f"{folder}/"))


def check_as_read(evidence: Evidence, folder: str, read: datetime.datetime) -> None:
    """A folder is still as the job has read it. Raises Hint."""
    for item in evidence.objects(folder):
        if item.modified > read:
            raise Hint(
                f"{folder}/ was written anew after the job had begun to read it: what is there now "
                "isn't what the job worked with. Run the job again."
            )
