"""Operations on a resource of any type: read its status, stop it, delete it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from botocore import xform_name

from helpers.account.clients import client_cache
from helpers.account.inventory import Resource
from helpers.account.inventory.resource_types import BUCKET, LOG_GROUP, LOG_STREAM, OBJECTS, STACK
from helpers.account.inventory.storage import multipart_uploads, object_versions
from helpers.account.target import Target
from helpers.tagging import COURSE

BATCH = 1000  # objects in one DeleteObjects request (API_DeleteObjects)


class DeletionError(Exception):
    """A part of a deletion was refused; the message says which and why."""


class ResourceOperations:
    """Operations on the resources of a target. Each raises botocore's ClientError."""

    def __init__(self, target: Target):
        self._account = target.account
        self._clients = client_cache(target)

    def status(self, resource: Resource) -> str | None:
        """The status, empty if its type has none; None if it is gone, unless an error says so."""
        if not resource.type.describe_operation:
            return ""
        status = self._describe(resource).get(resource.type.status, "")
        return None if status == "DELETE_COMPLETE" else status

    def failure_reason(self, resource: Resource) -> str:
        """What AWS says about a deletion that failed."""
        described = self._describe(resource)
        return described.get("StackStatusReason") or described.get("FailureReason", "")

    def stop(self, resource: Resource) -> None:
        self._call(resource, resource.type.stop_operation)

    def delete(self, resource: Resource) -> None:
        """Request to delete it. Raises DeletionError too."""
        if resource.type == OBJECTS:
            self._delete_objects(*_location(resource))
        elif resource.type == BUCKET:
            self._clients("s3").delete_bucket(Bucket=resource.name)
        elif resource.type == LOG_STREAM:
            group = resource.described["logGroupName"]
            self._clients("logs").delete_log_stream(logGroupName=group, logStreamName=resource.name)
        elif resource.type == LOG_GROUP:
            self._clients("logs").delete_log_group(logGroupName=resource.name)
        else:
            self._call(resource, resource.type.delete_operation)

    def tag_log_group(self, group: Resource) -> None:
        """Tag a log group as the course's."""
        tags = {"course": COURSE} | ({"lesson": group.lesson} if group.lesson else {})
        self._clients("logs").tag_resource(resourceArn=group.arn, tags=tags)

    def _describe(self, resource: Resource) -> dict[str, Any]:
        answer = self._call(resource, resource.type.describe_operation)
        return answer[STACK.items][0] if resource.type == STACK else answer

    def _call(self, resource: Resource, operation: str) -> dict[str, Any]:
        parameters = resource.type.parameters(resource.name, self._account)
        return getattr(self._clients(resource.type.service), xform_name(operation))(**parameters)

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
                f"{first['Message']} Allow the action s3:DeleteObject (for versions: "
                "s3:DeleteObjectVersion)."
            )


def _location(objects: Resource) -> tuple[str, str]:
    return objects.described["Bucket"], objects.described["Prefix"]


def _batches(versions: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, str]]]:
    """Group versions as DeleteObjects takes them."""
    members = ("Key", "VersionId")
    keys = ({name: item[name] for name in members if name in item} for item in versions)
    while batch := list(islice(keys, BATCH)):
        yield batch
