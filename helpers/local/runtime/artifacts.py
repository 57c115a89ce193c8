"""Model artifacts: upload those of a training job, and unpack those of a model."""

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.local.runtime.input_data import InputDataError, find, link_or_copy, place_files
from helpers.local.runtime.s3_uri import split
from helpers.local.state.s3 import objects
from helpers.local.state.s3.object_store import StorageError
from helpers.local.wire.errors import AwsError


class UploadError(Exception):
    """The output can't be uploaded."""


def upload(file: Path, uri: str, region: str) -> None:
    """Move one file to S3.

    Parameters
    ----------
    file
        It may be gone afterwards.
    uri
        Of the object.
    region
        Of the job. A bucket of another Region is refused.

    Raises
    ------
    UploadError
        With the texts of AWS's failed jobs.
    """
    bucket, key = split(uri)
    bucket_region = objects.bucket_region(bucket)
    if bucket_region not in (None, region):
        raise UploadError(
            f"Unable to upload file to {uri} (BucketRegionError: bucket must be in the same region "
            "as the job)"
        )
    if bucket_region is None:
        raise UploadError(
            f"Unable to upload file to {uri} (NoSuchBucket: The specified bucket does not exist)"
        )
    try:
        objects.put_file(bucket, key, file)
    except (OSError, AwsError, StorageError) as error:
        reason = getattr(error, "strerror", None) or error  # without the file's name
        raise UploadError(f"Unable to upload file to {uri} ({reason})") from error


def upload_tree(folder: Path, uri: str, region: str, opt_ml: Path) -> list[str]:
    """Move every file in a folder and its subfolders to S3, under a prefix.

    Parameters
    ----------
    folder
        Of a job.
    uri
        The prefix.
    region
        Of the job.
    opt_ml
        The folder that stands for ``/opt/ml``. Of a symbolic link to a file in it, a copy of the
        file is uploaded. Any other file of this machine is not the job's, and is left alone.

    Returns
    -------
    list of str
        The relative paths of links that were left out.

    Raises
    ------
    UploadError
        If S3 does not take a file.
    """
    left_out = []
    # copied first: what they lead to is moved away below
    copies = {path: _linked_file(path, opt_ml) for path in folder.rglob("*") if path.is_symlink()}
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        for number, (link, file) in enumerate(copies.items()):
            if file is None:
                left_out.append(link.relative_to(folder).as_posix())
            else:
                copies[link] = Path(shutil.copyfile(file, f"{scratch}/{number}"))
        for path in sorted(folder.rglob("*")):
            file = copies.get(path, path)
            if file is not None and file.is_file():
                upload(file, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", region)
    return sorted(left_out)


def _linked_file(link: Path, opt_ml: Path) -> Path | None:
    """Return the file of a job that a symbolic link leads to, None if it leads elsewhere."""
    target = os.readlink(link)
    if target.startswith("/opt/ml/"):
        target = str(opt_ml / target.removeprefix("/opt/ml/"))
    file = Path(os.path.realpath(link.parent / target))
    return file if file.is_relative_to(os.path.realpath(opt_ml)) and file.is_file() else None


def upload_tar(folder: Path, uri: str, region: str) -> None:
    """Pack the content of a folder into a tar.gz, and move that to S3. Raises UploadError."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packed = Path(scratch) / "packed.tar.gz"
        # Level 6 would make a model a sixth smaller, and take three times as long.
        with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
            for item in sorted(folder.iterdir()):
                tar.add(item, arcname=item.name)
        upload(packed, uri, region)


def place_model(container: Mapping[str, Any], folder: Path) -> None:
    """Put the artifacts of a model's container into a folder.

    Parameters
    ----------
    container
        As DescribeModel shows it; its artifacts are named by ModelDataUrl or ModelDataSource.
    folder
        Stands for ``/opt/ml/model``.

    Raises
    ------
    FileNotFoundError
        If there is no such object.
    ValueError
        If an archive can't be unpacked, or a key can't be a file name in the folder.
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if "ModelDataUrl" in container:
        unpack_model(container["ModelDataUrl"], folder)
    elif source and source["CompressionType"] == "Gzip":
        unpack_model(source["S3Uri"], folder)
    elif source:
        _place_uncompressed(source["S3Uri"], source["S3DataType"] == "S3Object", folder)


def _place_uncompressed(uri: str, is_object: bool, folder: Path) -> None:
    """Place the objects under a prefix, or the one object of that key."""
    with objects.reading():
        key = split(uri)[1] if is_object else None
        files = [item for item in find({"S3Uri": uri}) if key in (None, item.object.key)]
        if not files:
            raise FileNotFoundError(f"Could not find model data at {uri}.")
        try:
            place_files(files, folder, None)
        except InputDataError as error:
            raise ValueError(str(error)) from error


def unpack_model(uri: str, folder: Path) -> None:
    """Unpack a model's `model.tar.gz` into a folder, with tar's data filter.

    Raises
    ------
    FileNotFoundError
        If the object does not exist.
    ValueError
        If it isn't a tar archive, or has members outside of the folder.
    """
    bucket, key = split(uri)
    file = objects.object_file(bucket, key) if objects.bucket_region(bucket) else None
    if file is None:
        raise FileNotFoundError(f"Could not find model data at {uri}.")
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder.parent / "model-data"
    link_or_copy(file, archive)  # the object may be overwritten while it is read
    try:
        with tarfile.open(archive, "r:*") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"Model data at {uri} can't be unpacked: {error}") from error
    finally:
        archive.unlink()
