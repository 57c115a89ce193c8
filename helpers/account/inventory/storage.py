"""What the course has on S3: objects below its prefixes, and buckets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from helpers.account.clients import WORKERS, ClientCache, error_code, is_denied, is_gone
from helpers.account.inventory.ownership import OwnershipIndex, course_tag_reason
from helpers.account.inventory.resource import Resource
from helpers.account.inventory.resource_types import BUCKET, OBJECTS
from helpers.s3 import default_bucket

if TYPE_CHECKING:
    from helpers.account.target import Target


class S3Discovery:
    """The S3 of a place."""

    def __init__(self, clients: ClientCache, place: Target, evidence: OwnershipIndex):
        self._clients = clients
        self._evidence = evidence
        self._region = place.region
        self.default = default_bucket(place.region, place.account)

    def objects(self) -> list[Resource]:
        """The top folders and objects of the buckets that the course used, an item each."""
        used = {self.default, *self._tagged, *(bucket for bucket, _ in self._evidence.folders)}
        found = []
        for bucket in sorted(used):
            try:
                found += self._objects_of(bucket)
            except ClientError as error:
                if not is_gone(error):
                    raise
        return found

    def buckets(self) -> list[Resource]:
        """All buckets of the region.

        The course's are those that it tagged, and the SDK's if a lesson used it.
        """
        found = []
        for name, (item, tags) in self._all.items():
            reason = course_tag_reason(tags)
            if not reason and name == self.default and name in self._evidence.buckets:
                reason = "the SDK's bucket, which the lessons used"
            arn, lesson = f"arn:aws:s3:::{name}", tags.get("lesson", "") if reason else ""
            created = item.get("CreationDate")
            found.append(Resource(BUCKET, name, arn, "", created, tags, item, reason, lesson))
        return found

    def _objects_of(self, bucket: str) -> list[Resource]:
        there = self._top(bucket)
        mine = self._folders(bucket)
        # A job's folder is looked into if it shows; a lesson's in any case, for old versions and
        # unfinished uploads, which cost but don't show.
        shown = {folder for folder in mine if f"{folder}/" in there}
        found = []
        for folder in sorted(shown | (mine.keys() & self._evidence.lessons)):
            described = prefix_contents(self._clients, bucket, f"{folder}/")
            if described["Objects"] or described["Uploads"]:
                reason, lesson = mine[folder]
                name, arn = f"s3://{bucket}/{folder}/", f"arn:aws:s3:::{bucket}/{folder}/"
                found.append(Resource(OBJECTS, name, arn, "", None, {}, described, reason, lesson))
        others = sorted(there - {f"{folder}/" for folder in mine})
        return found + [Resource(OBJECTS, f"s3://{bucket}/{name}") for name in others]

    def _folders(self, bucket: str) -> dict[str, tuple[str, str]]:
        """The folders of a bucket that are the course's: why, and of which lesson."""
        mine = {
            folder: (
                f"prefix of job {folder}" if folder in self._evidence.jobs else "lesson's prefix",
                lesson,
            )
            for (used, folder), lesson in self._evidence.folders.items()
            if used == bucket
        }
        if bucket == self.default or bucket in self._tagged:
            for name, lesson in self._evidence.jobs.items():
                mine[name] = (f"prefix of job {name}", lesson)
            for lesson in self._evidence.lessons:
                mine[lesson] = ("lesson's prefix", lesson)
        return mine

    def _top(self, bucket: str) -> set[str]:
        """The names at the top of a bucket; those of folders end with a slash."""
        pages = self._clients("s3").get_paginator("list_objects_v2")
        names = set()
        for page in pages.paginate(Bucket=bucket, Delimiter="/"):
            names.update(item["Prefix"] for item in page.get("CommonPrefixes", []))
            names.update(item["Key"] for item in page.get("Contents", []))
        return names

    @cached_property
    def _tagged(self) -> list[str]:
        return [name for name, (_, tags) in self._all.items() if course_tag_reason(tags)]

    @cached_property
    def _all(self) -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
        """Each bucket of the region with its tags."""
        pages = self._clients("s3").get_paginator("list_buckets")
        items = [
            item
            for page in pages.paginate(PaginationConfig={"PageSize": 1000})
            for item in page["Buckets"]
            if item.get("BucketRegion", self._region) == self._region
        ]
        with ThreadPoolExecutor(WORKERS) as pool:
            tags = list(pool.map(lambda item: self._tags(item["Name"]), items))
        return {item["Name"]: (item, read) for item, read in zip(items, tags, strict=True)}

    def _tags(self, bucket: str) -> dict[str, str]:
        """A bucket's tags; none if they may not be read, as is usual for other people's."""
        try:
            answer = self._clients("s3").get_bucket_tagging(Bucket=bucket)
        except ClientError as error:
            if is_gone(error) or is_denied(error) or error_code(error) == "NoSuchTagSet":
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def prefix_contents(clients: ClientCache, bucket: str, prefix: str) -> dict[str, Any]:
    """How many versions of objects are below a prefix, their bytes, and the unfinished uploads.

    Raises ClientError.
    """
    versions = list(object_versions(clients, bucket, prefix))
    return {
        "Bucket": bucket,
        "Prefix": prefix,
        "Objects": len(versions),
        "Bytes": sum(version.get("Size", 0) for version in versions),
        "Uploads": sum(1 for _ in multipart_uploads(clients, bucket, prefix)),
    }


def object_versions(clients: ClientCache, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """All versions and delete markers below a prefix.

    Few roles may list versions. Without that right these are the objects as they are now, which
    is all there is unless the bucket keeps versions.
    """
    pages = clients("s3").get_paginator("list_object_versions")
    try:
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Versions", [])
            yield from page.get("DeleteMarkers", [])
    except ClientError as error:
        if not is_denied(error):
            raise
        plain = clients("s3").get_paginator("list_objects_v2")
        for page in plain.paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", [])


def multipart_uploads(clients: ClientCache, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """The uploads below a prefix that were begun and never finished; none if not allowed to ask."""
    pages = clients("s3").get_paginator("list_multipart_uploads")
    try:
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Uploads", [])
    except ClientError as error:
        if not is_denied(error):
            raise
