"""Which resources are the course's, and how we know.

A resource is the course's if it has the course's tag, or if something with that tag proves it: the
log streams of a tagged job, the model made of a tagged job's artifacts under that job's name, and
what a tagged job used on S3 below its name or its lesson's prefix. So are the prefixes of the
course's lessons in the bucket that SageMaker's SDK creates. A similar name proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.account.inventory.lessons import lessons
from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import ENDPOINT, JOBS, OBJECTS, TRAINING_JOB
from helpers.s3 import model_data
from helpers.tagging import COURSE


def course_tag_reason(tags: dict[str, str]) -> str:
    """Why a resource with these tags is the course's; empty if it is not."""
    return f"tag course={COURSE}" if tags.get("course") == COURSE else ""


class OwnershipIndex:
    """What the course's resources prove about others."""

    def __init__(self):
        self.streams: dict[tuple[str, str], str] = {}  # log group, name before the slash: lesson
        self.endpoints: dict[str, str] = {}  # name: lesson
        self.lessons: set[str] = set(lessons().values())
        self.jobs: dict[str, str] = {}  # name: lesson
        self.folders: dict[tuple[str, str], str] = {}  # bucket, top folder that a job used: lesson
        self.buckets: set[str] = set()  # where a job of the course wrote, or a lesson's objects are
        self._artifacts: dict[str, str] = {}  # S3 URI: the training job that made them

    def add(self, resource: Resource) -> None:
        """Take a resource of the course as evidence."""
        if resource.lesson:
            self.lessons.add(resource.lesson)
        if resource.type.log_group:
            self.streams[resource.type.log_group, resource.name] = resource.lesson
        if resource.type == ENDPOINT:
            self.endpoints[resource.name] = resource.lesson
        if resource.type in JOBS:
            self._add_job(resource)
        if resource.type == OBJECTS:
            self.buckets.add(resource.described["Bucket"])

    def model_reason(self, name: str, described: dict) -> str:
        """Why an untagged model is the course's: AWS's tools name it after its training job."""
        containers = [described.get("PrimaryContainer", {}), *described.get("Containers", [])]
        jobs = {self._artifacts.get(model_data(container)) for container in containers}
        is_course = name in self.jobs and name in jobs
        return f"made from training job {name}, under its name" if is_course else ""

    def _add_job(self, job: Resource) -> None:
        self.jobs[job.name] = job.lesson
        described = job.described or {}
        for uri in _uris(described):
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            folder = key.partition("/")[0]
            if folder and folder in (job.lesson, job.name):
                self.folders[bucket, folder] = job.lesson
                self.buckets.add(bucket)
        if job.type == TRAINING_JOB and (artifacts := described.get("ModelArtifacts")):
            self._artifacts[artifacts["S3ModelArtifacts"].rstrip("/")] = job.name


def _uris(value: object) -> Iterator[str]:
    """Yield all S3 URIs in a Describe answer."""
    if isinstance(value, str):
        if value.startswith("s3://"):
            yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _uris(item)
