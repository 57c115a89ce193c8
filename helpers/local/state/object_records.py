"""What S3 knows about its buckets and objects, on disk: one small file each, renamed into place.

A record is a line of text (what it is about, and the SHA-256 of the rest) and a pickle. Pickles are
read only from this folder, which nobody else can write to, and only if they match their digest.
"""

import hashlib
import os
import pickle
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BUCKET = "bucket.record"


class DamagedRecord(Exception):
    """A record that can't be read. `about` is the s3:// URI that it says it is about, if any."""

    def __init__(self, path: Path, about: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.about = about
        self.reason = reason


class Records:
    """The records of one home folder: `<folder>/<bucket>/bucket.record` and a file for each key."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, bucket: str, key: str | None = None) -> Path:
        """Where a record lies. Keys may hold any character, so their files are named by a hash."""
        if key is None:
            return self.folder / bucket / BUCKET
        return self.folder / bucket / f"{hashlib.sha256(key.encode()).hexdigest()}.record"

    def save(self, value: Any, bucket: str, key: str | None = None) -> None:
        """Replace a record as a whole: a reader, or the next start, sees the old or the new one."""
        path = self.path(bucket, key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        payload = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        about = urllib.parse.quote(f"{bucket}/{key or ''}")
        head = f"s3://{about} {hashlib.sha256(payload).hexdigest()}\n".encode()
        unfinished = path.with_suffix(".new")
        try:
            with open(unfinished, "wb", opener=_private) as file:
                file.write(head + payload)
            os.replace(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def load(self, bucket: str, key: str | None = None) -> Any:
        """The value saved last, None if there is none.

        Raises:
            DamagedRecord: the file is not what was saved.
        """
        try:
            return _read(self.path(bucket, key))
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
                yield _read(path)
            except DamagedRecord as damaged:
                yield damaged


def _read(path: Path) -> Any:
    head, _, payload = path.read_bytes().partition(b"\n")
    about, _, digest = head.decode("ascii", "replace").rpartition(" ")
    about = urllib.parse.unquote(about) if about.startswith("s3://") else ""
    if digest != hashlib.sha256(payload).hexdigest():
        raise DamagedRecord(path, about, "its contents do not match their digest")
    try:
        return pickle.loads(payload)
    except (
        Exception
    ) as error:  # a pickle can fail by any exception, for one after an upgrade of moto
        raise DamagedRecord(path, about, f"it can't be read: {error!r}") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
