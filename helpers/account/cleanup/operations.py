"""Single steps on a resource of any kind: how is it, stop it, delete it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from helpers.account.clients import ClientCache
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import BUCKET, LOG_GROUP, LOG_STREAM, OBJECTS, STACK
from helpers.account.inventory.storage import multipart_uploads, object_versions, prefix_contents
from helpers.tagging import COURSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.account.target import Target

BATCH = 1000  # objects in one DeleteObjects request (API_DeleteObjects)


class DeletionError(Exception):
    """A part of a deletion was refused; the message says which and why."""


class ResourceOperations:
    """The steps in one place. Each raises ClientError."""

    def __init__(self, place: Target):
        self._place = place
        self._clients = ClientCache(place)

    def status(self, found: Resource) -> str | None:
        """The status, empty if its kind has none; None or an error that says so: it is gone."""
        kind, s3, logs = found.kind, self._clients("s3"), self._clients("logs")
        if kind == OBJECTS:
            there = prefix_contents(
                self._clients, found.described["Bucket"], found.described["Prefix"]
            )
            return "" if there["Objects"] or there["Uploads"] else None
        if kind == BUCKET:
            s3.head_bucket(Bucket=found.name)
            return ""
        if kind == LOG_STREAM:
            listed = logs.describe_log_streams(
                logGroupName=found.described["logGroupName"], logStreamNamePrefix=found.name
            )["logStreams"]
            return "" if found.name in {stream["logStreamName"] for stream in listed} else None
        if kind == LOG_GROUP:
            listed = logs.describe_log_groups(logGroupNamePrefix=found.name)["logGroups"]
            return "" if found.name in {group["logGroupName"] for group in listed} else None
        status = self._describe(found).get(kind.status, "")
        return None if status == "DELETE_COMPLETE" else status

    def why(self, found: Resource) -> str:
        """What AWS says about a deletion that failed."""
        described = self._describe(found)
        return described.get("StackStatusReason") or described.get("FailureReason", "")

    def stop(self, found: Resource) -> None:
        """Ask it to stop."""
        self._call(found, found.kind.stops)

    def delete(self, found: Resource) -> None:
        """Ask to delete it. Raises Refused too."""
        if found.kind == OBJECTS:
            self._delete_objects(found.described["Bucket"], found.described["Prefix"])
        elif found.kind == BUCKET:
            self._clients("s3").delete_bucket(Bucket=found.name)
        elif found.kind == LOG_STREAM:
            group = found.described["logGroupName"]
            self._clients("logs").delete_log_stream(logGroupName=group, logStreamName=found.name)
        else:
            self._call(found, found.kind.deletes)

    def tag_log_group(self, found: Resource) -> None:
        """Make a log group show whose it is."""
        tags = {"course": COURSE} | ({"lesson": found.lesson} if found.lesson else {})
        self._clients("logs").tag_resource(resourceArn=found.arn, tags=tags)

    def _describe(self, found: Resource) -> dict[str, Any]:
        answer = self._call(found, found.kind.describes)
        return answer[STACK.items][0] if found.kind == STACK else answer

    def _call(self, found: Resource, operation: str) -> dict[str, Any]:
        parameters = found.kind.parameters(found.name, self._place.account)
        return getattr(self._clients(found.kind.service), xform_name(operation))(**parameters)

    def _delete_objects(self, bucket: str, prefix: str) -> None:
        s3, errors = self._clients("s3"), []
        for batch in _batches(object_versions(self._clients, bucket, prefix)):
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            errors += answer.get("Errors", [])
        for upload in multipart_uploads(self._clients, bucket, prefix):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        if errors:
            first = errors[0]
            raise DeletionError(
                f"{len(errors)} objects, the first of them {first['Key']}: {first['Code']}, "
                f"{first['Message']} Allow the action s3:DeleteObject (of versions: "
                "s3:DeleteObjectVersion)."
            )


def _batches(versions: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, str]]]:
    """As DeleteObjects takes them."""
    members = ("Key", "VersionId")
    keys = ({name: item[name] for name in members if name in item} for item in versions)
    while batch := list(islice(keys, BATCH)):
        yield batch
