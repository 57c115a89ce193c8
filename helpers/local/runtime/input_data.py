"""Find the S3 objects that a job reads, and lay them where its container looks for them."""

import errno
import gzip
import json
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from helpers.local.runtime.s3_uri import split
from helpers.local.state.s3 import objects
from helpers.local.state.s3.objects import StoredObject

# Errors of a name, not of this machine's disk: two keys make one file name, or one is too long.
_NAME_ERRORS = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


class InputDataError(Exception):
    """The S3 data source can't be read: the message says what is wrong with it."""


@dataclass(frozen=True)
class InputObject:
    """One object of a data source: its file name below the channel's folder, and its bytes."""

    name: str
    bucket: str
    object: StoredObject


def find(data_source: dict) -> list[InputObject]:
    """The objects that an S3DataSource (training or transform) names, in S3's order.

    An empty list: the bucket is missing, or nothing has that prefix.
    Source: S3DataType in API_S3DataSource.
    """
    uri = data_source["S3Uri"]
    if data_source.get("S3DataType") == "ManifestFile":
        return _from_manifest(uri)
    return _under_prefix(uri)


def _under_prefix(uri: str) -> list[InputObject]:
    bucket, prefix = split(uri)
    if objects.bucket_region(bucket) is None:
        return []
    return [
        InputObject(relative_name(prefix, found.key), bucket, found)
        for found in objects.list_objects(bucket, prefix)
        if not found.key.endswith("/")  # the console's folder markers are no data
    ]


def relative_name(prefix: str, key: str) -> str:
    """What of a key becomes the file's name in the container.

    Prefix `data/train` gives `a.csv` for `data/train/a.csv`, `train.csv` for `data/train.csv`:
    a prefix that ends inside a name keeps the whole name.
    """
    if key.startswith(prefix.rstrip("/") + "/"):
        return key[len(prefix.rstrip("/")) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def _from_manifest(uri: str) -> list[InputObject]:
    """A manifest: a JSON list of one {"prefix": S3 URI} and then keys relative to it."""
    bucket, key = split(uri)
    file = objects.object_file(bucket, key)
    if file is None:
        return []
    try:
        head, *names = json.loads(file.read_bytes())
        base_bucket, base = split(head["prefix"])
        wanted = {base + name: name.lstrip("/") for name in names}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputDataError(
            f"The manifest {uri} can't be read: it must be a JSON list of an object with the "
            f"member prefix, and then of keys below it. ({type(error).__name__}: {error})"
        ) from error
    if objects.bucket_region(base_bucket) is None:
        raise InputDataError(f"The manifest {uri} names a bucket that isn't there: {base_bucket}")
    there = {stored.key: stored for stored in objects.list_objects(base_bucket, base)}
    missing = [key for key in wanted if key not in there]
    if missing:
        raise InputDataError(f"The manifest {uri} names objects that don't exist: {missing[:3]}")
    return [InputObject(name, base_bucket, there[key]) for key, name in wanted.items()]


def place_files(
    found: list[InputObject], folder: Path, compression: str | None, copy: bool = False
) -> None:
    """Put objects into a channel's folder as files: hard links where the file system can.

    compression: "Gzip" unpacks each object, as the channel's CompressionType asks.
    copy: the container writes in that folder, and may not change the object's own bytes.
    Raises InputDataError for an object that can't be one of the folder's files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for item in found:
        try:
            _lay_one(item, folder / safe_name(item.name), compression, copy)
        except OSError as error:
            if error.errno in _NAME_ERRORS:
                raise InputDataError(
                    f"{_unable(item)} (as a file it would be {item.name!r}: {error.strerror})"
                ) from error
            raise


def _lay_one(item: InputObject, target: Path, compression: str | None, copy: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if compression == "Gzip":
        try:
            with gzip.open(item.object.path) as packed, open(target, "xb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputDataError(f"{_unable(item)} (not gzip, or cut off: {error})") from error
    elif copy:
        shutil.copyfile(item.object.path, target)
    else:
        link_or_copy(item.object.path, target)


def _unable(item: InputObject) -> str:
    """How AWS starts to say so (aws/amazon-sagemaker-examples issue 4384)."""
    return f"Unable to download object s3://{item.bucket}/{item.object.key}"


def safe_name(name: str) -> PurePosixPath:
    """A key as a relative path. Raises InputDataError if it would leave the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise InputDataError(f"The object key {name!r} can't be a file name below the channel.")
    return path


def link_or_copy(source: Path, target: Path) -> None:
    """Raises FileExistsError: to write into a file that is a link would change another object."""
    try:
        os.link(source, target)
    except OSError:
        with open(source, "rb") as read, open(target, "xb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
