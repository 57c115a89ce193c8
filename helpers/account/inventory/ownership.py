"""What is the course's, and how we know.

A resource is the course's if it has the course's tag, or if something with that tag proves it: the
log streams of a tagged job, the model made of a tagged job's artifacts under that job's name, and
what a tagged job used on S3 below its name or its lesson's prefix. So are the prefixes of the
course's lessons in the bucket that SageMaker's SDK makes. A name that looks alike proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache

from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import ENDPOINT, JOBS, OBJECTS, TRAINING_JOB
from helpers.home import CHECKOUT
from helpers.s3 import lesson_prefix
from helpers.tagging import COURSE

_LESSON = re.compile(r'^lesson = "(.+)"$', re.MULTILINE)


def course_tag_reason(tags: dict[str, str]) -> str:
    """Why a resource with these tags is the course's; empty if it is not."""
    return f"tag course={COURSE}" if tags.get("course") == COURSE else ""


@cache
def known_lessons() -> frozenset[str]:
    """The prefixes of the lessons in this checkout, by the name that each gives itself."""
    found = set()
    for folder in ("Tutorial", "Mini-Projects"):
        for path in (CHECKOUT / folder).glob("*.ipynb"):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = "\n".join("".join(cell["source"]) for cell in cells)
            # A notebook of the learner's own that names no lesson, data.ipynb say, has no prefix.
            found.update(lesson_prefix(name) for name in _LESSON.findall(code))
    return frozenset(found)


class OwnershipIndex:
    """What tagged resources prove about others."""

    def __init__(self):
        self.streams: dict[tuple[str, str], str] = {}  # log group, name before the slash: lesson
        self.endpoints: dict[str, str] = {}  # name: lesson
        self.lessons: set[str] = set(known_lessons())
        self.jobs: dict[str, str] = {}  # name: lesson
        self.folders: dict[tuple[str, str], str] = {}  # bucket, top folder that a job used: lesson
        self.buckets: set[str] = set()  # where a job of the course wrote, or a lesson's objects are
        self._artifacts: dict[str, str] = {}  # S3 URI: the training job that made them

    def learn(self, found: Resource) -> None:
        """Take a resource of the course as evidence."""
        if found.lesson:
            self.lessons.add(found.lesson)
        if found.kind.log_group:
            self.streams[found.kind.log_group, found.name] = found.lesson
        if found.kind == ENDPOINT:
            self.endpoints[found.name] = found.lesson
        if found.kind in JOBS:
            self._learn_job(found)
        if found.kind == OBJECTS:
            self.buckets.add(found.described["Bucket"])

    def of_model(self, name: str, described: dict) -> str:
        """Why an untagged model is the course's: AWS's tools name it like the job it is from."""
        containers = [described.get("PrimaryContainer", {}), *described.get("Containers", [])]
        data = {container.get("ModelDataUrl") for container in containers}
        mine = name in self.jobs and name in {self._artifacts.get(url) for url in data}
        return f"made from training job {name}, under its name" if mine else ""

    def _learn_job(self, found: Resource) -> None:
        described = found.described or {}
        self.jobs[found.name] = found.lesson
        for uri in _uris(described):
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            folder = key.partition("/")[0]
            if folder and folder in (found.lesson, found.name):
                self.folders[bucket, folder] = found.lesson
                self.buckets.add(bucket)
        if found.kind == TRAINING_JOB and (artifacts := described.get("ModelArtifacts")):
            self._artifacts[artifacts["S3ModelArtifacts"]] = found.name


def _uris(value: object) -> Iterator[str]:
    """All S3 URIs in a Describe answer."""
    if isinstance(value, str):
        if value.startswith("s3://"):
            yield value
    elif isinstance(value, (dict, list)):
        inner: Iterable = value.values() if isinstance(value, dict) else value
        for item in inner:
            yield from _uris(item)
