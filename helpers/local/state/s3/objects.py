"""Durable S3: moto answers, object bytes are files, and what was acknowledged survives kill -9.

Two doors. `durable(app)` wraps moto's WSGI application for S3 clients. The functions below it are
for jobs in this process, which read and write objects as files. Both go through one store, so each
sees at once what the other has committed. Unfinished multipart uploads are forgotten at a restart,
table buckets are not kept.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from helpers.local.state.s3 import middleware, moto_backend, object_store
from helpers.local.state.s3.moto_state import find_bucket
from helpers.local.wire.errors import AwsError


def patch_moto(home: Path) -> None:
    """Make moto's S3 durable in `<home>/s3` and load what is there.

    Call it once a process, before moto serves anything and before `durable`. A damaged record is
    named on stderr and set aside; everything else is loaded.
    """
    store = object_store.open_store(home)
    moto_backend.take_over()
    store.load()


def durable(wsgi_app: Any) -> Any:
    """moto's WSGI application, committing every change of S3 before a byte of its answer goes out.

    A body is received into its file and verified before moto sees the request. A refused request
    (HTTP 400 and above) leaves nothing behind. A full disk answers 507 `InternalError`, and
    nothing of the change is visible.
    """
    return middleware.S3Middleware(wsgi_app, object_store.store)


@dataclass(frozen=True)
class StoredObject:
    """The latest version of an object. `size` in bytes; `etag` without its quotes.

    `path` is a read-only file of its bytes. Open or link it, never write to it. It stays until the
    object is replaced or deleted, or longer: see `reading`.
    """

    key: str
    size: int
    etag: str
    path: Path


def reading() -> AbstractContextManager[None]:
    """Inside this context no file goes away that was listed in it, whatever clients overwrite."""
    return object_store.store.blobs.reading()


def bucket_region(bucket: str) -> str | None:
    """The region a bucket was created in, None if there is no such bucket."""
    found = find_bucket(bucket)
    return found.region_name if found else None


def list_objects(bucket: str, prefix: str = "") -> list[StoredObject]:
    """All objects below a prefix in the order of their keys' UTF-8, as S3 lists them.

    Raises:
        AwsError: NoSuchBucket.
    """
    # A key that a client deletes meanwhile has no versions any more.
    latest = [
        versions[-1] for name, versions in _keys(bucket) if versions and name.startswith(prefix)
    ]
    latest.sort(key=lambda version: version.name)
    return [_stored(version) for version in latest if hasattr(version, "blob")]


def exists(bucket: str, key: str) -> bool:
    """Whether the bucket holds an object of this key."""
    return object_file(bucket, key) is not None


def object_file(bucket: str, key: str) -> Path | None:
    """The file of an object's bytes, None if there is no such object or bucket."""
    found = find_bucket(bucket)
    version = found.keys.get(key) if found else None
    return _stored(version).path if hasattr(version, "blob") else None


def put_file(bucket: str, key: str, path: Path, content_type: str = "binary/octet-stream") -> None:
    """Make a file an object. It is taken over: gone from its place when this returns, committed.

    If it fails the file is still where it was, and so is the object that was there before.

    Raises:
        AwsError: NoSuchBucket.
        StorageError: the disk is full, or can't be written to.
    """
    if find_bucket(bucket) is None:
        raise _no_such_bucket(bucket)
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    store = object_store.store
    with store.transaction() as transaction:
        blob = store.blobs.link(path, path.stat().st_size, None)
        transaction.fresh.add(blob.name)
        md5 = store.blobs.md5(blob)
        with store.writing:
            stored = backend.put_object(bucket, key, blob, etag=md5)
            stored.set_metadata({"Content-Type": content_type})
            backend.put_object_tagging(stored, None)
            store.settle(transaction)
    path.unlink(missing_ok=True)


def _keys(bucket: str) -> Iterator[tuple[str, list[Any]]]:
    found = find_bucket(bucket)
    if found is None:
        raise _no_such_bucket(bucket)
    return found.keys.lists()


def _stored(version: Any) -> StoredObject:
    path = object_store.store.blobs.path(version.blob.name)
    return StoredObject(version.name, version.blob.size, version.etag.strip('"'), path)


def _no_such_bucket(bucket: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
