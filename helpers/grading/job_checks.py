"""What the checks of training and transform jobs share: what a job has read, and how it ended."""

from __future__ import annotations

import datetime
from typing import Any

from helpers.grading.submission import Submission
from helpers.grading.tasks import TaskError


def check_completed(job: dict[str, Any], kind: str, status: str) -> None:
    """A job is Completed. Raises TaskError, with the reason of one that failed."""
    if status == "Failed":
        reason = job.get("FailureReason", "no reason is given")
        paragraph = " ".join(reason.strip().rpartition("\n\n")[2].split())  # behind a traceback
        shown = paragraph if len(paragraph) < 300 else f"{paragraph[:300]} ..."
        if "See job logs" in shown:
            name = job[f"{kind.title()}JobName"]
            shown += f" (python -m helpers local logs {name}; on AWS: CloudWatch)"
        raise TaskError(f"The {kind} job failed: {shown}")
    if status == "InProgress":
        raise TaskError(f"The {kind} job is still running: wait for its end.")
    if status != "Completed":
        raise TaskError(f"The {kind} job is {status}, not Completed: run it again.")


def reads_exactly(evidence: Submission, where: str, folder: str) -> bool:
    """Whether a job that reads from this URI gets all of a folder, and nothing else.

    SageMaker takes a URI for the beginning of keys: "train" is that of "train-more/" as well.
    """
    ours = evidence.uri("")
    keys = {item.key for item in evidence.objects(folder)}
    return where.startswith(ours) and evidence.keys(where.removeprefix(ours)) == keys


def check_unchanged_since(evidence: Submission, folder: str, read: datetime.datetime) -> None:
    """A folder is still as the job has read it. Raises TaskError."""
    for item in evidence.objects(folder):
        if item.modified > read:
            raise TaskError(
                f"{folder}/ was written anew after the job had begun to read it: what is there now "
                "isn't what the job worked with. Run the job again."
            )
