"""What S3 knows about its buckets and objects, on disk: a record for each of them.

The payloads are pickles of moto's own objects. They are read only from this folder, to which nobody
else can write, and only if they match their digest.
"""

import hashlib
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.local.state.record_files import DamagedRecord, read_record, write_record

BUCKET = "bucket.record"


class RecordStore:
    """The records of one home folder: `<folder>/<bucket>/bucket.record` and a file for each key."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, bucket: str, key: str | None = None) -> Path:
        """Where a record lies. Keys may hold any character, so their files are named by a hash."""
        if key is None:
            return self.folder / bucket / BUCKET
        return self.folder / bucket / f"{hashlib.sha256(key.encode()).hexdigest()}.record"

    def save(self, value: Any, bucket: str, key: str | None = None) -> None:
        """Replace the record of a bucket or of a key in it."""
        payload = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        write_record(self.path(bucket, key), f"s3://{bucket}/{key or ''}", payload)

    def load(self, bucket: str, key: str | None = None) -> Any:
        """The value saved last, None if there is none. Raises DamagedRecord."""
        try:
            return _unpickled(self.path(bucket, key))
        except FileNotFoundError:
            return None

    def remove(self, bucket: str, key: str | None = None) -> None:
        """Forget a key, or a bucket with all that it holds."""
        self.path(bucket, key).unlink(missing_ok=True)
        if key is None:
            shutil.rmtree(self.folder / bucket, ignore_errors=True)

    def buckets(self) -> list[str]:
        """The names of all buckets whose folder is there, in order."""
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir())

    def keys(self, bucket: str) -> Iterator[Any]:
        """The value of each key's record, a DamagedRecord in its place if it can't be read."""
        for path in sorted((self.folder / bucket).glob("*.record")):
            if path.name == BUCKET:
                continue
            try:
                yield _unpickled(path)
            except DamagedRecord as damaged:
                yield damaged


def _unpickled(path: Path) -> Any:
    about, payload = read_record(path)
    try:
        return pickle.loads(payload)
    except Exception as error:  # any exception can come out of a pickle, say after moto changed
        raise DamagedRecord(path, about, f"it can't be read: {error!r}") from error
