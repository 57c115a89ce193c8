"""Look around in S3: buckets, the folders and objects below a prefix, and single objects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.s3.models import s3_backends

from helpers.local.state.s3 import object_store
from helpers.local.state.s3.blobs import FileBytes
from helpers.local.state.s3.moto_state import find_bucket


@dataclass(frozen=True)
class Bucket:
    """A bucket."""

    name: str
    region: str
    created: datetime


@dataclass(frozen=True)
class BrowsedObject:
    """The latest version of an object; `path` is a read-only file of its bytes."""

    key: str
    size: int
    etag: str
    content_type: str
    modified: datetime
    path: Path

    def content(self) -> FileBytes:
        """Open its bytes, which stay readable whatever happens to the object."""
        return FileBytes(self.path, self.size)


@dataclass(frozen=True)
class Folder:
    """What is directly below a prefix; `next` is where the rest begins, None if there is none."""

    folders: list[str]
    objects: list[BrowsedObject]
    next: str | None


def list_buckets() -> list[Bucket]:
    """Return all buckets, by name."""
    object_store.store.ensure_loaded()
    buckets = (find_bucket(name) for name in sorted(s3_backends.bucket_accounts))
    return [
        Bucket(bucket.name, bucket.region_name, _aware(bucket.creation_date))
        for bucket in buckets
        if bucket is not None
    ]


def list_folder(bucket: str, prefix: str, after: str, limit: int) -> Folder | None:
    """Return what is below a prefix, up to the next `/` of each key, in the order of the keys.

    Parameters
    ----------
    bucket, prefix
        Where.
    after
        What comes first is later than this; "" for the start.
    limit
        How many folders and objects together.

    Returns
    -------
    Folder or None
        None if the bucket does not exist.
    """
    stored = _bucket(bucket)
    if stored is None:
        return None
    latest: dict[str, Any] = {}
    for key, versions in list(stored.keys.lists()):
        if versions and key.startswith(prefix) and hasattr(versions[-1], "blob"):
            head, slash, _ = key.removeprefix(prefix).partition("/")
            entry = prefix + head + slash
            latest[entry] = None if slash else versions[-1]
    entries = sorted((entry for entry in latest if entry > after), key=str.encode)
    shown = entries[:limit]
    return Folder(
        [entry for entry in shown if latest[entry] is None],
        [_browsed(latest[entry]) for entry in shown if latest[entry] is not None],
        shown[-1] if len(entries) > limit else None,
    )


def find_object(bucket: str, key: str) -> BrowsedObject | None:
    """Return the latest version of an object, None if there is none."""
    stored = _bucket(bucket)
    version = stored.keys.get(key) if stored else None
    return _browsed(version) if hasattr(version, "blob") else None


def _bucket(name: str) -> Any:
    object_store.store.ensure_loaded()
    return find_bucket(name)


def _browsed(version: Any) -> BrowsedObject:
    return BrowsedObject(
        version.name,
        version.blob.size,
        version.etag.strip('"'),
        version.metadata.get("content-type", "binary/octet-stream"),
        _aware(version.last_modified),
        object_store.store.blobs.path(version.blob.name),
    )


def _aware(time: datetime) -> datetime:
    """Return a time of moto's, which may lack its zone, UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
