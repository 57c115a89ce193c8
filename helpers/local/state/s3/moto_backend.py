"""moto's S3 classes with their bytes in files and their changes recorded for the commit.

`patch_moto` replaces moto's own classes by these subclasses, before moto serves anything. The
methods that they override are listed by name, and a test compares the list with moto's methods.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from moto.core.common_models import BaseModel
from moto.s3 import exceptions, models
from moto.s3.responses import S3Response

from helpers.local.state.s3 import object_store
from helpers.local.state.s3.conditions import deletion_errors
from helpers.local.state.s3.moto_models import FileBackedKey, FileBackedUpload, lazy_values
from helpers.local.state.s3.object_store import current
from helpers.local.wire.errors import AwsError
from helpers.s3 import BUCKET_NAME

CHANGES_OF_A_KEY = (
    "delete_object",
    "delete_object_tagging",
    "put_object",
    "put_object_acl",
    "put_object_legal_hold",
    "put_object_retention",
    "put_object_tagging",
    "restore_object",
)
CHANGES_OF_A_BUCKET = (
    "create_bucket",
    "delete_bucket",
    "delete_bucket_cors",
    "delete_bucket_encryption",
    "delete_bucket_lifecycle",
    "delete_bucket_ownership_controls",
    "delete_bucket_policy",
    "delete_bucket_replication",
    "delete_bucket_tagging",
    "delete_bucket_website",
    "delete_public_access_block",
    "put_bucket_accelerate_configuration",
    "put_bucket_acl",
    "put_bucket_cors",
    "put_bucket_encryption",
    "put_bucket_inventory_configuration",
    "put_bucket_lifecycle",
    "put_bucket_lifecycle_configuration",
    "put_bucket_logging",
    "put_bucket_notification_configuration",
    "put_bucket_ownership_controls",
    "put_bucket_policy",
    "put_bucket_replication",
    "put_bucket_tagging",
    "put_bucket_versioning",
    "put_bucket_website",
    "put_object_lock_configuration",
    "put_public_access_block",
    "tag_resource",
    "untag_resource",
)


def patch_moto() -> None:
    """Make moto keep its objects in the store. Call it before moto serves or holds anything."""
    models.FakeKey = FileBackedKey
    models.FakeMultipart = FileBackedUpload
    models.s3_backends.clear()
    models.s3_backends.bucket_accounts.clear()
    models.s3_backends.backend = DurableS3Backend
    S3Response.get_object = _get_object
    S3Response.serialized = _serialized
    # moto keeps all instances of all models for its dashboard, which is never served: a leak.
    BaseModel.__new__ = lambda cls, *args, **kwargs: object.__new__(cls)


_moto_get_object, _moto_serialized = S3Response.get_object, S3Response.serialized


def _get_object(response: S3Response) -> Any:
    with lazy_values():
        return _moto_get_object(response)


def _serialized(response: S3Response, result: Any) -> Any:
    """Add to the response of DeleteObjects what a condition has kept; moto has no such errors."""
    transaction = current()
    if transaction and transaction.key_errors:
        result.result["Errors"] += [
            {"Key": key, "Code": error.code, "Message": error.message}
            for key, error in transaction.key_errors
        ]
    return _moto_serialized(response, result)


class NotServedError(exceptions.S3ClientError):
    """A refusal as moto knows it: it answers other exceptions with 500."""

    code = 501


class DurableS3Backend(models.S3Backend):
    """moto's backend; each change happens in a transaction and is recorded in it."""

    def create_bucket(self, bucket_name: str, *args: Any, **kwargs: Any) -> models.FakeBucket:
        """Create a bucket, if its name follows S3's rules."""
        if not BUCKET_NAME.fullmatch(bucket_name):  # moto checks the length only
            raise exceptions.InvalidBucketName()
        return super().create_bucket(bucket_name, *args, **kwargs)

    def delete_bucket(self, bucket_name: str) -> models.FakeBucket | None:
        """Delete a bucket with its tags and unfinished uploads."""
        bucket = super().delete_bucket(bucket_name)
        if bucket:
            self.tagger.delete_all_tags_for_resource(bucket.arn)
            for upload in bucket.multiparts.values():
                current().pending_deletion |= upload.files()
        return bucket

    def put_object(self, bucket_name: str, key_name: str, value: Any, *args: Any, **kwargs: Any):
        """Store an object, with the body that is in its file already."""
        key = super().put_object(bucket_name, key_name, _body(value), *args, **kwargs)
        if bucket_name in self.table_buckets:  # no record of these will refer to the bytes
            current().new_blobs.discard(key.blob.name)
        return key

    def delete_objects(
        self, bucket_name: str, objects: list[dict[str, Any]], *args: Any, **kwargs: Any
    ) -> Any:
        """Delete the objects whose conditions hold."""
        try:
            errors = deletion_errors(bucket_name, objects)
        except AwsError as error:
            raise NotServedError(error.code, error.message) from None
        pairs = list(zip(objects, errors, strict=True))
        with object_store.store.transaction() as transaction:
            transaction.key_errors = [(entry["Key"], error) for entry, error in pairs if error]
            selected = [entry for entry, error in pairs if not error]
            return super().delete_objects(bucket_name, selected, *args, **kwargs)

    def copy_object(self, *args: Any, **kwargs: Any) -> None:
        """Copy an object without reading it into memory."""
        with lazy_values():
            super().copy_object(*args, **kwargs)

    def upload_part(self, bucket_name: str, multipart_id: str, part_id: int, value: Any):
        """Add a part with its checksums to an upload."""
        self._upload(bucket_name, multipart_id)
        with object_store.store.transaction() as transaction:
            part = super().upload_part(bucket_name, multipart_id, part_id, _body(value))
            part.sent_checksums = transaction.checksums
        return part

    def upload_part_copy(self, dest_bucket_name: str, multipart_id: str, *args: Any, **kwargs: Any):
        """Add a part of an object to an upload without reading it into memory."""
        self._upload(dest_bucket_name, multipart_id)
        with object_store.store.transaction(), lazy_values():
            return super().upload_part_copy(dest_bucket_name, multipart_id, *args, **kwargs)

    def abort_multipart_upload(self, bucket_name: str, multipart_id: str) -> None:
        """Delete an upload and its parts."""
        files = self._upload(bucket_name, multipart_id).files()
        with object_store.store.transaction() as transaction:
            super().abort_multipart_upload(bucket_name, multipart_id)
            transaction.pending_deletion |= files

    def complete_multipart_upload(self, bucket_name: str, multipart_id: str, body: Any):
        """Join the parts to an object; if that fails, the upload still exists."""
        upload = self._upload(bucket_name, multipart_id)
        uploads = self.get_bucket(bucket_name).multiparts
        with object_store.store.transaction() as transaction:
            transaction.rollbacks.append(lambda: uploads.__setitem__(multipart_id, upload))
            key = super().complete_multipart_upload(bucket_name, multipart_id, body)
            transaction.pending_deletion |= upload.files()
        return key

    def _upload(self, bucket_name: str, multipart_id: str) -> FileBackedUpload:
        """Return an upload. Raises NoSuchUpload also where moto raises KeyError."""
        try:
            return self.get_bucket(bucket_name).multiparts[multipart_id]
        except KeyError:
            raise exceptions.NoSuchUpload(upload_id=multipart_id) from None


def _body(value: Any) -> Any:
    """Return the request's body: its blob if it was stored already, else what moto has read."""
    transaction = current()
    if value or not transaction or not transaction.body:
        return value
    blob, transaction.body = transaction.body, None
    return blob


def _transactional(method: Callable[..., Any]) -> Callable[..., Any]:
    """Run a backend method in a transaction that records which key or bucket it changes."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def transactional(self: models.S3Backend, *args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(self, *args, **kwargs).arguments
        with object_store.store.transaction() as transaction:
            if "key" in arguments:
                transaction.keys.add((arguments["key"].bucket_name, arguments["key"].name))
            elif "key_name" in arguments:
                transaction.keys.add((arguments["bucket_name"], arguments["key_name"]))
            else:
                name = arguments["bucket_name"] if "bucket_name" in arguments else arguments["arn"]
                transaction.buckets.add(name.rpartition(":")[2])
            return method(self, *args, **kwargs)

    return transactional


for _name in (*CHANGES_OF_A_KEY, *CHANGES_OF_A_BUCKET):
    setattr(DurableS3Backend, _name, _transactional(getattr(DurableS3Backend, _name)))
