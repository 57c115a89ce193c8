"""What an exercise left behind: objects on S3, training jobs, transform jobs.

All of it is read through boto3, alike on AWS and on the Local SageMaker, and none of it is trusted:
sizes are bounded, and what can't be read becomes a hint.
"""

from __future__ import annotations

import datetime
import functools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.grading.tasks import TaskError
from helpers.s3 import default_bucket, lesson_prefix

if TYPE_CHECKING:
    import boto3

    from helpers.datasets.imdb import Corpus

BEGAN = "began.json"
SMALL, LARGE = 5_000_000, 400_000_000
CLOCKS = datetime.timedelta(seconds=2)  # S3's and SageMaker's may differ by as much


class S3Object(NamedTuple):
    """An object on S3."""

    key: str
    etag: str
    size: int
    modified: datetime.datetime


class Submission:
    """What lies below a lesson's prefix, and was made since the exercise began.

    since: nothing older counts, whatever the beginning says. corpus: the checker's own reviews;
    accuracy: what the model must reach.
    """

    def __init__(
        self,
        session: boto3.Session,
        lesson: str,
        corpus: Corpus | None,
        accuracy: float = 0.0,
        since: datetime.datetime | None = None,
    ):
        account = session.client("sts").get_caller_identity()["Account"]
        self.bucket = default_bucket(session.region_name, account)
        self.prefix = lesson_prefix(lesson)
        self._corpus, self.accuracy = corpus, accuracy
        self._s3, self._sagemaker = session.client("s3"), session.client("sagemaker")
        self._logs = session.client("logs")
        self._since = since

    def uri(self, key: str) -> str:
        """The S3 URI of a key below the prefix."""
        return f"s3://{self.bucket}/{self.prefix}/{key}"

    @property
    def corpus(self) -> Corpus:
        """The checker's own reviews. Raises TaskError."""
        if self._corpus is None:
            raise TaskError("No reviews were loaded yet: run the notebook from its first cell.")
        return self._corpus

    @functools.cached_property
    def began(self) -> datetime.datetime:
        """When the exercise began. Raises TaskError if it did not."""
        found = [item for item in self._listed(BEGAN) if item.key.endswith(f"/{BEGAN}")]
        if not found:
            raise TaskError(
                "There is no beginning: run the notebook from its first cell, with the one that "
                "calls helpers.begin. (After its clean-up nothing is left to judge, either.)"
            )
        latest = max(filter(None, [found[0].modified, self._since]))
        return latest.replace(microsecond=0)  # S3's times have no more

    def objects(self, folder: str) -> list[S3Object]:
        """Return the objects in a folder below the prefix. Raises TaskError if there is none."""
        began = self.began
        listed = [item for item in self._listed(f"{folder}/") if item.size]
        if not listed:
            raise TaskError(f"There is nothing at {self.uri(folder)}/ yet.")
        return [self._recent(item, began) for item in listed]

    def keys(self, start: str) -> set[str]:
        """The keys of all objects below the prefix whose names begin so, but for empty ones."""
        return {item.key for item in self._listed(start) if item.size}

    def read(self, name: str, most: int = SMALL) -> bytes:
        """Return the content of an object below the prefix. Raises TaskError."""
        began = self.began
        for item in self._listed(name):
            if item.key == f"{self.prefix}/{name}":
                return self.content(self._recent(item, began), most)
        raise TaskError(f"There is no {self.uri(name)} yet.")

    def read_json(self, name: str) -> Any:
        """Return what a JSON object holds. Raises TaskError."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise TaskError(f"{self.uri(name)} is no JSON: {error}.") from None

    def content(self, item: S3Object, most: int = LARGE, bucket: str | None = None) -> bytes:
        """Return the content of an object. Raises TaskError if it is too large."""
        if item.size > most:
            raise TaskError(f"{item.key} has {item.size:,} bytes, far more than expected.")
        return self._s3.get_object(Bucket=bucket or self.bucket, Key=item.key)["Body"].read()

    def stored(self, bucket: str, key: str) -> S3Object:
        """Return what S3 says of an object anywhere. Raises TaskError if it is not there."""
        from botocore.exceptions import ClientError

        try:
            head = self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise TaskError(
                f"s3://{bucket}/{key} can't be read: {error.response['Error']['Code']}."
            ) from None
        return S3Object(key, head["ETag"], head["ContentLength"], _whole(head["LastModified"]))

    def jobs(self, kind: str) -> list[dict[str, Any]]:
        """Describe the jobs of this exercise, the newest first; kind: "training" or "transform".

        A job belongs to it if it writes below the prefix, and was created since the beginning.
        """
        word = kind.title()
        pages = self._sagemaker.get_paginator(f"list_{kind}_jobs").paginate(
            CreationTimeAfter=self.began - CLOCKS, SortBy="CreationTime", SortOrder="Descending"
        )
        names = [
            found[f"{word}JobName"]
            for page in pages
            for found in page[f"{word}JobSummaries"]
            if found["CreationTime"] >= self.began
        ]
        describe = getattr(self._sagemaker, f"describe_{kind}_job")
        described = (describe(**{f"{word}JobName": name}) for name in names)
        output = {"Training": "OutputDataConfig", "Transform": "TransformOutput"}[word]
        ours = self.uri("")
        return [job for job in described if job[output]["S3OutputPath"].startswith(ours)]

    def log(self, training_job: str) -> str:
        """What a training job has logged, or "" where that can't be read."""
        from botocore.exceptions import ClientError

        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{training_job}/"
        )
        try:
            return "\n".join(event["message"] for page in pages for event in page["events"])
        except ClientError:
            return ""

    def model_data(self, model_name: str) -> str:
        """The S3 URI of a model's artifacts, or "" if it has none or is gone."""
        from botocore.exceptions import ClientError

        try:
            model = self._sagemaker.describe_model(ModelName=model_name)
        except ClientError:
            return ""
        return model.get("PrimaryContainer", {}).get("ModelDataUrl", "")

    def _listed(self, start: str) -> list[S3Object]:
        from botocore.exceptions import ClientError

        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}/{start}"
        )
        try:
            found = [item for page in pages for item in page.get("Contents", [])]
        except ClientError as error:
            raise TaskError(
                f"The bucket {self.bucket} can't be read: {error.response['Error']['Code']}."
            ) from None
        return [S3Object(o["Key"], o["ETag"], o["Size"], _whole(o["LastModified"])) for o in found]

    def _recent(self, item: S3Object, began: datetime.datetime) -> S3Object:
        if item.modified < began:
            raise TaskError(
                f"s3://{self.bucket}/{item.key} is older than this run of the notebook, which "
                f"began at {began:%H:%M:%S} UTC: only what was made since then counts. Write it "
                "again, or remove it if you no longer need it."
            )
        return item


def _whole(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(microsecond=0)
