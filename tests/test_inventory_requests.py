"""The requests by which the inventory reads S3, and what it does without the right to some."""

from collections import Counter

import pytest
from support import course
from support.targets import refuse

from helpers.account import inventory
from helpers.s3 import lesson_prefix


@pytest.fixture
def place(untouched):
    """Return a region without resources."""
    return untouched


def test_upload_without_a_job_where_versions_may_not_be_listed(place):
    """Without the right to list a bucket's versions, the prefix of each lesson is read."""
    bucket, prefix = course.default_bucket(place), lesson_prefix(course.HIGH)
    place.session.client("s3").create_multipart_upload(Bucket=bucket, Key=f"{prefix}/train.csv")
    refuse(place, "s3", "ListObjectVersions", "AccessDenied", "Access Denied")
    (found,) = inventory.discover(place, ["S3 objects"])
    assert (found.described["Objects"], found.described["Uploads"]) == (0, 1)


def test_lessons_without_objects_cost_no_requests(place):
    """The versions and uploads of a bucket are listed at once, not for each lesson's prefix."""
    course.upload(place, course.default_bucket(place), lesson_prefix(course.HIGH))
    operations = []
    place.session.events.register(
        "before-send.s3", lambda event_name, **_: operations.append(event_name.rpartition(".")[2])
    )
    assert len(inventory.discover(place, ["S3 objects"])) == 1
    listings = Counter(name for name in operations if name.startswith("List"))
    assert listings["ListObjectVersions"] == listings["ListMultipartUploads"] == 2
