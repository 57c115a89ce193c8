"""What an exercise left behind: objects on S3, training jobs, transform jobs.

All of it is read through boto3, alike on AWS and on the Local SageMaker. Sizes are limited, and
what cannot be read becomes a hint.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
from typing import Any, Literal, NamedTuple

import boto3
from botocore.exceptions import ClientError

from helpers.datasets import imdb
from helpers.grading.errors import TaskError
from helpers.grading.submitted_jobs import SubmittedJobs
from helpers.s3 import default_bucket, lesson_prefix

START_MARKER = "began.json"  # written by helpers.begin; its time of modification is the start
MAX_KEYS_DELETED = 4  # by the code in a hint, which has a limited length
MAX_REPORT_BYTES, MAX_DATA_BYTES = 5_000_000, 400_000_000


class S3Object(NamedTuple):
    """An object on S3, as a listing shows it."""

    key: str
    etag: str
    size: int
    modified: datetime.datetime


@functools.lru_cache(maxsize=2)
def account_of(session: boto3.Session) -> str:
    """Return the ID of the account that a session works in."""
    return session.client("sts").get_caller_identity()["Account"]


class Submission:
    """What was made below a lesson's prefix since the exercise started, or since a later time.

    corpus: the reviews to compare with, or None; accuracy: the share of test reviews, 0 to 1, that
    the model must label correctly.
    """

    def __init__(
        self,
        session: boto3.Session,
        lesson: str,
        corpus: imdb.Corpus | None,
        accuracy: float = 0.0,
        since: datetime.datetime | None = None,
    ):
        self.bucket = default_bucket(session.region_name, account_of(session))
        self.lesson, self.prefix = lesson, lesson_prefix(lesson)
        self._corpus, self.accuracy = corpus, accuracy
        self._s3, self.sagemaker = session.client("s3"), session.client("sagemaker")
        self._logs, self._session = session.client("logs"), session
        self._since = since
        self._jobs = SubmittedJobs(self.sagemaker, self.uri(""))
        self.describe_job = self._jobs.describe

    @functools.cached_property
    def runtime(self):
        """A client that calls endpoints, made when it is first used."""
        return self._session.client("sagemaker-runtime")

    @property
    def is_low_level(self) -> bool:
        """Whether the lesson spells out each request, so that its tasks ask for more settings."""
        return self.lesson.endswith("Low Level")

    def uri(self, key: str) -> str:
        """Return the S3 URI of a key below the prefix."""
        return f"s3://{self.bucket}/{self.prefix}/{key}"

    def shorten(self, text: str) -> str:
        """Write the URIs in a text as the tasks do: s3://<bucket>/<prefix>/."""
        text = text.replace(self.uri(""), "s3://<bucket>/<prefix>/")
        return text.replace(f"s3://{self.bucket}", "s3://<bucket>")

    @property
    def corpus(self) -> imdb.Corpus:
        """The checker's own reviews. Raises TaskError if none were loaded."""
        if self._corpus is None:
            raise TaskError("No reviews were loaded yet: run the notebook from its first cell.")
        return self._corpus

    @functools.cached_property
    def started_at(self) -> datetime.datetime:
        """When the exercise started, to the second as on S3. Raises TaskError if it did not."""
        marker = self._find(START_MARKER)
        if marker is None:
            raise TaskError(
                "The exercise has not been started: run the notebook from its first cell, "
                "including the one that calls helpers.begin. (After the notebook's clean-up there "
                "is nothing left to check either.)"
            )
        return max(filter(None, [marker.modified, self._since])).replace(microsecond=0)

    def objects(self, folder: str) -> list[S3Object]:
        """Return the objects in a folder below the prefix. Raises TaskError if there is none."""
        started_at = self.started_at
        listed = self._list(f"{folder}/")
        objects = [item for item in listed if item.size]
        if not objects and (empty := [item for item in listed if not item.key.endswith("/")]):
            raise TaskError(f"s3://{self.bucket}/{empty[0].key} is there, but empty (0 bytes).")
        if not objects:
            hint = f"There is nothing at {self.uri(folder)}/ yet."
            raise TaskError(hint + self._elsewhere(rf"{folder}[^/]*"))
        self._require_recent(objects, started_at)
        return objects

    def keys(self, start: str) -> set[str]:
        """Return the keys of all objects that start so below the prefix, except empty ones."""
        return {item.key for item in self._list(start) if item.size}

    def read(self, name: str) -> bytes:
        """Return the content of a report below the prefix. Raises TaskError."""
        started_at = self.started_at
        item = self._find(name)
        if item is None:
            hint = f"There is no {self.uri(name)} yet."
            raise TaskError(hint + self._elsewhere(re.escape(name)))
        self._require_recent([item], started_at)
        return self.download(self.bucket, item.key, MAX_REPORT_BYTES)

    def read_json(self, name: str) -> Any:
        """Return the content of a JSON report below the prefix. Raises TaskError."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise TaskError(f"{self.uri(name)} is not valid JSON: {error}.") from None

    def _elsewhere(self, name_pattern: str) -> str:
        """Return where else below the prefix an object of such a name was written, or ""."""
        for item in self._all_objects:
            if item.key.endswith(".out"):  # a transform's, of another name
                continue
            if re.fullmatch(name_pattern, item.key.rpartition("/")[2]):
                return f" There is one at s3://{self.bucket}/{item.key}: what is different?"
        return ""

    def download(self, bucket: str, key: str, max_bytes: int = MAX_DATA_BYTES) -> bytes:
        """Return the content of any object. Raises TaskError if it is missing or too large."""
        try:
            response = self._s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise TaskError(f"s3://{bucket}/{key} could not be read: {code}.") from None
        size = response["ContentLength"]
        if size > max_bytes:
            raise TaskError(f"s3://{bucket}/{key} has {size:,} bytes, far more than expected.")
        return response["Body"].read()

    def newest_job(
        self, job_type: Literal["training", "transform"], folder: str = ""
    ) -> dict[str, Any]:
        """Describe the newest job of this exercise. Raises TaskError if there is none.

        A job belongs to the exercise if it reads or writes below the prefix, or in a folder there
        (such as "first/"), and was created since the start; not by a tuning job.
        """
        job = self._jobs.newest(job_type, self.uri(folder), self.started_at)
        if job is not None:
            return job
        raise TaskError(
            f"There is no {job_type} job yet that reads or writes below {self.uri(folder)} and was "
            "created since the exercise started. (A call that SageMaker refused creates none.)"
        )

    def training_log(self, job_name: str) -> str:
        """Return what a training job has logged, or "" where that cannot be read."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job_name}/"
        )
        try:
            return "\n".join(event["message"] for page in pages for event in page["events"])
        except ClientError:
            return ""

    def model(self, model_name: str) -> dict[str, Any]:
        """Describe a model, or return {} if it was deleted."""
        try:
            return self.sagemaker.describe_model(ModelName=model_name)
        except ClientError:
            return {}

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a SageMaker resource."""
        pages = self.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def code_to_delete(self, *keys: str) -> str:
        """Return code that deletes objects and runs in the exercise at both levels."""
        calls = [
            f'boto3.client("s3").delete_object(Bucket=bucket, Key=f"{{prefix}}/{name}")'
            for name in (key.removeprefix(f"{self.prefix}/") for key in keys)
        ]
        return "\n".join([f"import boto3; {calls[0]}", *calls[1:]])

    def _find(self, name: str) -> S3Object | None:
        key = f"{self.prefix}/{name}"
        return next((item for item in self._all_objects if item.key == key), None)

    def _list(self, start: str) -> list[S3Object]:
        return [o for o in self._all_objects if o.key.startswith(f"{self.prefix}/{start}")]

    @functools.cached_property
    def _all_objects(self) -> list[S3Object]:
        """All objects below the prefix, listed once. Raises TaskError."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}/"
        )
        try:
            contents = [item for page in pages for item in page.get("Contents", [])]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise TaskError(f"The bucket {self.bucket} could not be read: {code}.") from None
        return [S3Object(o["Key"], o["ETag"], o["Size"], o["LastModified"]) for o in contents]

    def _require_recent(self, objects: list[S3Object], started_at: datetime.datetime) -> None:
        """Raise TaskError if any object is older than the run, with the code that deletes these."""
        old = [item.key for item in objects if item.modified < started_at]
        if not old:
            return
        more = f" and {len(old) - 1} more are" if len(old) > 1 else " is"
        it = "them" if len(old) > 1 else "it"
        raise TaskError(
            f"s3://{self.bucket}/{old[0]}{more} older than this run of the notebook, which started "
            f"at {started_at:%H:%M:%S} UTC; only what was made since then counts. Write {it} "
            f"again, or delete {it}:\n{self.code_to_delete(*old[:MAX_KEYS_DELETED])}"
        )
