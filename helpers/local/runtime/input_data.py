"""Find the S3 objects that a job reads, and put them where its container reads them."""

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

# Errors of a name, not of the disk: two keys have the same file name, or a name is too long.
_NAME_ERRORS = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


class InputDataError(Exception):
    """The S3 data source can't be read; the message says why."""


@dataclass(frozen=True)
class InputObject:
    """One object of a data source.

    Parameters
    ----------
    name
        Of its file, relative to the channel's folder.
    bucket
        Which it is in.
    object
        Its key and bytes.
    """

    name: str
    bucket: str
    object: StoredObject


def find(data_source: dict) -> list[InputObject]:
    """Return the objects of an S3DataSource (training or transform), in S3's order.

    Source: S3DataType in API_S3DataSource.

    Returns
    -------
    list of InputObject
        Empty if there is no such bucket, or no object under the prefix.

    Raises
    ------
    InputDataError
        For a manifest that can't be read, or that names missing objects.
    ValueError
        If S3Uri isn't an s3:// URI.
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
        InputObject(relative_name(prefix, stored.key), bucket, stored)
        for stored in objects.list_objects(bucket, prefix)
        if not stored.key.endswith("/")  # the console's folder markers aren't data
    ]


def relative_name(prefix: str, key: str) -> str:
    """Return the name of an object's file in the container.

    A prefix that ends inside a name keeps the whole name:

    >>> relative_name("data/train", "data/train/a.csv"), relative_name("data/tr", "data/train.csv")
    ('a.csv', 'train.csv')
    """
    if key.startswith(prefix.rstrip("/") + "/"):
        return key[len(prefix.rstrip("/")) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def _from_manifest(uri: str) -> list[InputObject]:
    """Read a manifest: a JSON list of one {"prefix": S3 URI} and then keys relative to it."""
    bucket, key = split(uri)
    file = objects.object_file(bucket, key)
    if file is None:
        return []
    try:
        head, *names = json.loads(file.read_bytes())
        base_bucket, base = split(head["prefix"])
        names_by_key = {base + name: name.lstrip("/") for name in names}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputDataError(
            f"The manifest {uri} can't be read: it must be a JSON list of an object with the "
            f"member prefix, and then of keys relative to it. ({type(error).__name__}: {error})"
        ) from error
    if objects.bucket_region(base_bucket) is None:
        raise InputDataError(f"The manifest {uri} names a bucket that doesn't exist: {base_bucket}")
    existing = {stored.key: stored for stored in objects.list_objects(base_bucket, base)}
    missing = [key for key in names_by_key if key not in existing]
    if missing:
        raise InputDataError(f"The manifest {uri} names objects that don't exist: {missing[:3]}")
    return [InputObject(name, base_bucket, existing[key]) for key, name in names_by_key.items()]


def shard(inputs: list[InputObject], host: int, hosts: int) -> list[InputObject]:
    """Return the objects that one of several hosts gets of a channel with ShardedByS3Key.

    Each object goes to one host, in turns. Each host has about 1/n of them, and the last ones none
    if there are fewer objects than hosts (API_S3DataSource). Which host gets which is not public.

    Parameters
    ----------
    inputs
        All of the channel, in S3's order.
    host
        Its index, from 0.
    hosts
        Their number.
    """
    return inputs[host::hosts]


def place_files(
    inputs: list[InputObject], folder: Path, compression: str | None, copy: bool = False
) -> None:
    """Put objects into a channel's folder as files: hard links where the file system can.

    Parameters
    ----------
    inputs
        The objects, as `find` returns them.
    folder
        Of the channel; it is created.
    compression
        "Gzip" unpacks each object (the channel's CompressionType).
    copy
        Copy the bytes: the container writes in that folder, and must not change the object.

    Raises
    ------
    InputDataError
        For an object that can't be a file of the folder, or that isn't gzip.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for item in inputs:
        try:
            _download_input(item, folder / safe_name(item.name), compression, copy)
        except OSError as error:
            if error.errno in _NAME_ERRORS:
                raise InputDataError(
                    f"{_download_error(item)} (its file would be {item.name!r}: {error.strerror})"
                ) from error
            raise


def _download_input(item: InputObject, target: Path, compression: str | None, copy: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if compression == "Gzip":
        try:
            with gzip.open(item.object.path) as packed, open(target, "xb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputDataError(
                f"{_download_error(item)} (not gzip, or incomplete: {error})"
            ) from error
    elif copy:
        shutil.copyfile(item.object.path, target)
    else:
        link_or_copy(item.object.path, target)


def _download_error(item: InputObject) -> str:
    """Return the start of AWS's text (aws/amazon-sagemaker-examples issue 4384)."""
    return f"Unable to download object s3://{item.bucket}/{item.object.key}"


def safe_name(name: str) -> PurePosixPath:
    """Return a key as a relative path. Raises InputDataError if it would leave the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise InputDataError(f"The object key {name!r} can't be a file name in the channel.")
    return path


def link_or_copy(source: Path, target: Path) -> None:
    """Link a file, or copy it where there are no hard links.

    Raises FileExistsError if the target exists: it may be a link to another object's bytes.
    """
    try:
        os.link(source, target)
    except OSError:
        with open(source, "rb") as read, open(target, "xb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
