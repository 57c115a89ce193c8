"""Discover what the course has on S3: objects below its prefixes, and buckets.

``[Contents][]`` and the like are JMESPath for the items of a member that a page may lack.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from helpers.account.clients import WORKERS, Clients, error_code, is_denied, is_gone
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import BUCKET, OBJECTS
from helpers.account.target import Target
from helpers.s3 import default_bucket


class S3Discovery:
    """Discovers the S3 objects and buckets of a target."""

    def __init__(self, clients: Clients, target: Target, index: OwnershipIndex):
        self._clients = clients
        self._index = index
        self._region = target.region
        self._default = default_bucket(target.region, target.account)

    def objects(self) -> list[Resource]:
        """The top folders and objects of the buckets that the course used, a resource each."""
        used = {self._default, *self._tagged, *(bucket for bucket, _ in self._index.folders)}
        resources = []
        for bucket in sorted(used):
            try:
                resources += self._objects_of(bucket)
            except ClientError as error:
                if not is_gone(error):
                    raise
        return resources

    def buckets(self) -> list[Resource]:
        """All buckets of the region; the course's are those that it tagged, and the SDK's if a
        lesson used it.
        """
        resources = []
        for name, (item, tags) in self._all.items():
            reason = course_tag_reason(tags)
            if not reason and name == self._default and name in self._index.buckets:
                reason = "the SDK's bucket, which the lessons used"
            arn, lesson = f"arn:aws:s3:::{name}", tags.get("lesson", "") if reason else ""
            created = item.get("CreationDate")
            resources.append(Resource(BUCKET, name, arn, "", created, tags, item, reason, lesson))
        return resources

    def _objects_of(self, bucket: str) -> list[Resource]:
        listed = self._top_names(bucket)
        folders = self._course_folders(bucket)
        # A job's folder is read if it is listed; a lesson's also if only old versions or unfinished
        # uploads are below it, which cost but are not listed.
        visible = {folder for folder in folders if f"{folder}/" in listed}
        unlisted = (folders.keys() & self._index.lessons) - visible
        if unlisted and (names := self._unlisted_names(bucket)) is not None:
            unlisted = {folder for folder in unlisted if f"{folder}/" in names}
        resources = []
        for folder in sorted(visible | unlisted):
            described = prefix_contents(self._clients, bucket, f"{folder}/")
            if described["Objects"] or described["Uploads"]:
                reason, lesson = folders[folder]
                name, arn = f"s3://{bucket}/{folder}/", f"arn:aws:s3:::{bucket}/{folder}/"
                resources.append(
                    Resource(OBJECTS, name, arn, "", None, {}, described, reason, lesson)
                )
        others = sorted(listed - {f"{folder}/" for folder in folders})
        return resources + [Resource(OBJECTS, f"s3://{bucket}/{name}") for name in others]

    def _course_folders(self, bucket: str) -> dict[str, tuple[str, str]]:
        """The folders of a bucket that are the course's: why, and of which lesson."""
        of_jobs = {
            folder: lesson
            for (used, folder), lesson in self._index.folders.items()
            if used == bucket
        }
        if bucket == self._default or bucket in self._tagged:
            of_jobs |= self._index.jobs | {lesson: lesson for lesson in self._index.lessons}
        return {
            folder: (
                f"prefix of job {folder}" if folder in self._index.jobs else "lesson's prefix",
                lesson,
            )
            for folder, lesson in of_jobs.items()
        }

    def _top_names(self, bucket: str) -> set[str]:
        """The names at the top of a bucket; those of folders end with a slash."""
        pages = self._clients("s3").get_paginator("list_objects_v2")
        listed = pages.paginate(Bucket=bucket, Delimiter="/")
        return set(listed.search("[CommonPrefixes[].Prefix, Contents[].Key][]"))

    def _unlisted_names(self, bucket: str) -> set[str] | None:
        """Return the names at the top of a bucket that have versions, delete markers or uploads.

        Two requests for all lessons, instead of two for each lesson. None if they may not be listed
        for the whole bucket.
        """
        names: set[str] = set()
        for operation, keys in (
            ("list_object_versions", "[CommonPrefixes[].Prefix][]"),
            # The Local SageMaker ignores the delimiter, and lists each upload.
            ("list_multipart_uploads", "[CommonPrefixes[].Prefix, Uploads[].Key][]"),
        ):
            pages = self._clients("s3").get_paginator(operation)
            try:
                names |= set(pages.paginate(Bucket=bucket, Delimiter="/").search(keys))
            except ClientError as error:
                if not is_denied(error):
                    raise
                return None
        return {name[: name.index("/") + 1] for name in names if "/" in name}

    @cached_property
    def _tagged(self) -> list[str]:
        return [name for name, (_, tags) in self._all.items() if course_tag_reason(tags)]

    @cached_property
    def _all(self) -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
        """Each bucket of the region with its tags."""
        pages = self._clients("s3").get_paginator("list_buckets")
        listed = pages.paginate(PaginationConfig={"PageSize": 1000}).search("Buckets")
        items = [i for i in listed if i.get("BucketRegion", self._region) == self._region]
        with ThreadPoolExecutor(WORKERS) as pool:
            tags = list(pool.map(lambda item: self._tags(item["Name"]), items))
        return {
            item["Name"]: (item, bucket_tags) for item, bucket_tags in zip(items, tags, strict=True)
        }

    def _tags(self, bucket: str) -> dict[str, str]:
        """A bucket's tags; none if they may not be read, as is usual for other people's buckets."""
        try:
            answer = self._clients("s3").get_bucket_tagging(Bucket=bucket)
        except ClientError as error:
            if is_gone(error) or is_denied(error) or error_code(error) == "NoSuchTagSet":
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def prefix_contents(clients: Clients, bucket: str, prefix: str) -> dict[str, Any]:
    """Count the versions of objects below a prefix, their bytes, and the unfinished uploads."""
    versions = list(object_versions(clients, bucket, prefix))
    return {
        "Bucket": bucket,
        "Prefix": prefix,
        "Objects": len(versions),
        "Bytes": sum(version.get("Size", 0) for version in versions),
        "Uploads": sum(1 for _ in multipart_uploads(clients, bucket, prefix)),
    }


def object_versions(clients: Clients, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Yield all versions and delete markers below a prefix.

    Few roles may list versions. Without that permission yield the current objects, which are all
    unless the bucket keeps versions.
    """
    s3, location = clients("s3"), {"Bucket": bucket, "Prefix": prefix}
    try:
        pages = s3.get_paginator("list_object_versions").paginate(**location)
        yield from pages.search("[Versions, DeleteMarkers][]")
    except ClientError as error:
        if not is_denied(error):
            raise
        yield from s3.get_paginator("list_objects_v2").paginate(**location).search("[Contents][]")


def multipart_uploads(clients: Clients, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Yield the unfinished uploads below a prefix; none if they may not be listed."""
    pages = clients("s3").get_paginator("list_multipart_uploads")
    try:
        yield from pages.paginate(Bucket=bucket, Prefix=prefix).search("[Uploads][]")
    except ClientError as error:
        if not is_denied(error):
            raise
