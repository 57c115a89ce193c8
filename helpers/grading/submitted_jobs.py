"""The training and transform jobs since an exercise started, read with few requests."""

from __future__ import annotations

import datetime
import functools
import json
from typing import Any

_unrelated: set[tuple[str, str, datetime.datetime]] = set()
"""Exercises' URIs, with ARN and creation time of ended jobs that do not belong to them."""


class SubmittedJobs:
    """The jobs of an account, of which those that name a URI below `root` are an exercise's.

    An account has jobs of other people, too, and a list does not say what a job reads and writes.
    So the description of an ended job that belongs to others is read once in a process; any other
    job is described once for each instance, as it may have changed.
    """

    def __init__(self, sagemaker, root: str):
        self._sagemaker, self._root = sagemaker, root
        self._summaries = functools.cache(self._list)
        self.describe = functools.cache(self._describe)

    def newest(self, job_type: str, uri: str, since: datetime.datetime) -> dict[str, Any] | None:
        """Describe the newest job since a time that names a URI which starts so, or return None.

        job_type: "training" or "transform"; uri: below `root`. A tuning job's training jobs are
        left out.
        """
        word = job_type.title()
        for summary in self._summaries(job_type, since):
            key = (self._root, summary[f"{word}JobArn"], summary["CreationTime"])
            if key in _unrelated:
                continue
            job = self.describe(job_type, summary[f"{word}JobName"])
            text = json.dumps(job, default=str)
            if "TuningJobArn" in job or self._root not in text:
                if job[f"{word}JobStatus"] in ("Completed", "Failed", "Stopped"):
                    _unrelated.add(key)
            elif uri in text:
                return job
        return None

    def _list(self, job_type: str, since: datetime.datetime) -> list[dict[str, Any]]:
        """Return the summaries of all jobs since a time, the newest first."""
        pages = self._sagemaker.get_paginator(f"list_{job_type}_jobs").paginate(
            CreationTimeAfter=since,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"PageSize": 100},  # the most that SageMaker allows
        )
        return [job for page in pages for job in page[f"{job_type.title()}JobSummaries"]]

    def _describe(self, job_type: str, name: str) -> dict[str, Any]:
        describe = getattr(self._sagemaker, f"describe_{job_type}_job")
        return describe(**{f"{job_type.title()}JobName": name})
