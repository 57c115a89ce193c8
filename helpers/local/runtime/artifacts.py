"""Model artifacts: what a training job leaves on S3, and how a model's container gets it."""

import tarfile
import tempfile
import zlib
from pathlib import Path

from helpers.local.runtime.input_data import link_or_copy
from helpers.local.runtime.s3_uri import split
from helpers.local.state.s3 import objects
from helpers.local.state.s3.object_store import StorageError
from helpers.local.wire.errors import AwsError


class UploadError(Exception):
    """The output location can't be written."""


def upload(file: Path, uri: str, region: str) -> None:
    """Put one file on S3. Raises UploadError with the words of AWS's failed jobs.

    The file is taken over: it may be gone afterwards.
    region: the job's. A bucket of another Region is refused, and so is an https URI: AWS takes the
    name of its host for a bucket (aws/amazon-sagemaker-examples issue 3881).
    """
    elsewhere = uri.startswith("https://")
    uri = uri.replace("https://", "s3://", 1) if elsewhere else uri
    bucket, key = split(uri)
    found = objects.bucket_region(bucket)
    if elsewhere or found not in (None, region):
        raise UploadError(
            f"Unable to upload file to {uri} (BucketRegionError: bucket must be in the same region "
            "as the job)"
        )
    if found is None:
        raise UploadError(
            f"Unable to upload file to {uri} (NoSuchBucket: The specified bucket does not exist)"
        )
    try:
        objects.put_file(bucket, key, file)
    except (OSError, AwsError, StorageError) as error:
        reason = getattr(error, "strerror", None) or error  # without the file's name
        raise UploadError(f"Unable to upload file to {uri} ({reason})") from error


def upload_tree(folder: Path, uri: str, region: str) -> None:
    """Put every file below a folder on S3, under a prefix."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        upload(file, f"{uri.rstrip('/')}/{file.relative_to(folder).as_posix()}", region)


def upload_tar(folder: Path, uri: str, region: str) -> None:
    """Pack what a folder holds into a tar.gz, file names at its top, and put it on S3."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packed = Path(scratch) / "packed.tar.gz"
        with tarfile.open(packed, "w:gz", compresslevel=6) as tar:
            for item in sorted(folder.iterdir()):
                tar.add(item, arcname=item.name)
        upload(packed, uri, region)


def unpack_model(uri: str, folder: Path) -> None:
    """Unpack a model's `model.tar.gz` into a folder, with tar's data filter.

    Raises FileNotFoundError if the object is gone, ValueError if it is no tar.gz or holds
    members that would leave the folder.
    """
    bucket, key = split(uri)
    file = objects.object_file(bucket, key) if objects.bucket_region(bucket) else None
    if file is None:
        raise FileNotFoundError(f"Could not find model data at {uri}.")
    folder.mkdir(parents=True, exist_ok=True)
    held = folder.parent / "model-data"
    link_or_copy(file, held)  # the object may be overwritten while it is read
    try:
        with tarfile.open(held, "r:*") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"Model data at {uri} can't be unpacked: {error}") from error
    finally:
        held.unlink()
