"""The metadata of S3's buckets and objects on disk: a record for each bucket and key.

The payloads are pickles of moto's own objects. They are read only from this folder, to which nobody
else can write, and only if they match their digest.
"""

import hashlib
import io
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.local.state.record_files import DamagedRecordError, read_record, write_record

BUCKET_FILE = "bucket.record"
# A record names the classes of its objects; these have moved since records were first written.
MOVED_CLASSES = {
    ("helpers.local.state.object_files", "Blob"): ("helpers.local.state.s3.blobs", "Blob"),
    ("helpers.local.state.object_versions", "StoredKey"): (
        "helpers.local.state.s3.moto_models",
        "FileBackedKey",
    ),
}


class RecordStore:
    """The records of one home folder: `<folder>/<bucket>/bucket.record`, and a file for each key.

    Parameters
    ----------
    folder
        It exists.

    Raises
    ------
    OSError
        By `save` and `remove`, if the disk is full or read-only; the old record is unchanged.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, bucket: str, key: str | None = None) -> Path:
        """Return the path of a record. Keys may contain any character, so a hash names the file."""
        if key is None:
            return self.folder / bucket / BUCKET_FILE
        return self.folder / bucket / f"{hashlib.sha256(key.encode()).hexdigest()}.record"

    def save(self, value: Any, bucket: str, key: str | None = None) -> None:
        """Replace the record of a bucket or of a key in it, atomically."""
        payload = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        write_record(self.path(bucket, key), f"s3://{bucket}/{key or ''}", payload)

    def load(self, bucket: str, key: str | None = None) -> Any:
        """Return the value that was saved last, None if there is none.

        Raises
        ------
        DamagedRecordError
            If the file is not what was written, or can't be unpickled.
        """
        try:
            return _unpickled(self.path(bucket, key))
        except FileNotFoundError:
            return None

    def remove(self, bucket: str, key: str | None = None) -> None:
        """Delete the record of a key, or those of a bucket and all its keys."""
        self.path(bucket, key).unlink(missing_ok=True)
        if key is None:
            shutil.rmtree(self.folder / bucket, ignore_errors=True)

    def buckets(self) -> list[str]:
        """Return the names of all buckets that have a folder, in order."""
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir())

    def keys(self, bucket: str) -> Iterator[Any]:
        """Yield the value of each key's record, or the DamagedRecordError of an unreadable one."""
        folder = str(self.folder / bucket)
        for name in sorted(os.listdir(folder)):  # a Path for each of thousands takes a second
            if name == BUCKET_FILE or not name.endswith(".record"):
                continue
            try:
                yield _unpickled(f"{folder}/{name}")
            except DamagedRecordError as error:
                yield error


class _OldUnpickler(pickle.Unpickler):
    """Reads records of earlier releases."""

    def find_class(self, module: str, name: str) -> Any:
        return super().find_class(*MOVED_CLASSES.get((module, name), (module, name)))


def _unpickled(path: Path | str) -> Any:
    about, payload = read_record(path)
    try:
        try:
            return pickle.loads(payload)
        except ModuleNotFoundError:
            return _OldUnpickler(io.BytesIO(payload)).load()
    except Exception as error:  # a pickle can raise anything, for example after moto changed
        raise DamagedRecordError(Path(path), about, f"it can't be unpickled: {error!r}") from error
