"""Durable S3: moto answers, object bytes are files, and what was acknowledged survives kill -9.

`durable(app)` wraps moto's WSGI application for S3 clients. The functions below it are for jobs in
this process, which read and write objects as files. Both use one store, so each sees at once what
the other has committed. Unfinished multipart uploads and table buckets don't survive a restart.
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
    """Make moto store S3 in `<home>/s3`; what is stored there is loaded when S3 is first used.

    Call it once per process, before moto serves anything and before `durable`. A damaged record is
    named on stderr and set aside; everything else is loaded.
    """
    object_store.open_store(home)
    moto_backend.patch_moto()


def durable(wsgi_app: middleware.WsgiApp) -> middleware.S3Middleware:
    """Wrap moto's WSGI application: every change of S3 is committed before its response is sent.

    A body is written to its file and verified before moto sees the request. A refused request
    (HTTP 400 and above) changes nothing. On a full disk the response is 507 `InternalError`, and
    nothing is changed.
    """
    return middleware.S3Middleware(wsgi_app, object_store.store)


@dataclass(frozen=True)
class StoredObject:
    """The latest version of an object.

    Parameters
    ----------
    key
        Of the object.
    size
        Bytes.
    etag
        Without its quotes.
    path
        A read-only file of its bytes. Open or link it, never write to it. It exists until the
        object is replaced or deleted, or longer: see `reading`.
    """

    key: str
    size: int
    etag: str
    path: Path


def reading() -> AbstractContextManager[None]:
    """Return a context in which no listed file is deleted, whatever clients overwrite."""
    return object_store.store.blobs.reading()


def bucket_region(bucket: str) -> str | None:
    """Return the Region that a bucket was created in, None if the bucket does not exist."""
    stored = _find_bucket(bucket)
    return stored.region_name if stored else None


def list_objects(bucket: str, prefix: str = "") -> list[StoredObject]:
    """Return all objects under a prefix in the order of their keys' UTF-8, as S3 lists them.

    Raises
    ------
    AwsError
        NoSuchBucket.
    """
    # A key that a client deletes meanwhile has no versions any more.
    latest = [
        versions[-1] for name, versions in _keys(bucket) if versions and name.startswith(prefix)
    ]
    latest.sort(key=lambda version: version.name)
    return [_stored(version) for version in latest if hasattr(version, "blob")]


def exists(bucket: str, key: str) -> bool:
    """Tell whether the bucket contains an object of this key."""
    return object_file(bucket, key) is not None


def object_file(bucket: str, key: str) -> Path | None:
    """Return the file of an object's bytes, None if there is no such object or bucket."""
    stored = _find_bucket(bucket)
    version = stored.keys.get(key) if stored else None
    return _stored(version).path if hasattr(version, "blob") else None


def put_file(bucket: str, key: str, path: Path, content_type: str = "binary/octet-stream") -> None:
    """Move a file into a bucket as an object; it is committed when this returns.

    If it fails, the file is still there, and an earlier object of this key is unchanged.

    Raises
    ------
    AwsError
        NoSuchBucket.
    OSError, StorageError
        If the disk is full, or can't be written to.
    """
    if _find_bucket(bucket) is None:
        raise _no_such_bucket(bucket)
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    store = object_store.store
    with store.transaction() as transaction:
        blob = store.blobs.link(path, path.stat().st_size, None)
        transaction.new_blobs.add(blob.name)
        md5 = store.blobs.md5(blob)
        with store.writing:
            stored = backend.put_object(bucket, key, blob, etag=md5)
            stored.set_metadata({"Content-Type": content_type})
            backend.put_object_tagging(stored, None)
            store.commit_or_rollback(transaction)
    path.unlink(missing_ok=True)


def _find_bucket(name: str) -> Any:
    object_store.store.ensure_loaded()
    return find_bucket(name)


def _keys(bucket: str) -> Iterator[tuple[str, list[Any]]]:
    stored = _find_bucket(bucket)
    if stored is None:
        raise _no_such_bucket(bucket)
    return stored.keys.lists()


def _stored(version: Any) -> StoredObject:
    path = object_store.store.blobs.path(version.blob.name)
    return StoredObject(version.name, version.blob.size, version.etag.strip('"'), path)


def _no_such_bucket(bucket: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
