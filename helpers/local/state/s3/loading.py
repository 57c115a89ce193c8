"""Load the records of S3 into moto; set damaged ones aside, delete bytes that a kill left."""

import gc
import sys
from pathlib import Path

from helpers.local.state.record_files import DamagedRecordError
from helpers.local.state.s3.blobs import BlobStore
from helpers.local.state.s3.moto_state import (
    blob_names,
    bucket_record,
    find_bucket,
    load_key,
    restore_bucket,
)
from helpers.local.state.s3.records import RecordStore

BlobsOfKey = dict[tuple[str, str], frozenset[str]]


def load(folder: Path, blobs: BlobStore, records: RecordStore) -> BlobsOfKey:
    """Load all buckets and keys; nobody else may use S3 meanwhile.

    Parameters
    ----------
    folder
        Of both stores; what is damaged is moved to its folder `set-aside`.

    Returns
    -------
    dict
        The names of the blobs that the record of a bucket and key refers to.

    Raises
    ------
    OSError
        If a file can't be read or moved.
    """
    loader = _Loader(folder, blobs, records)
    gc.disable()  # thousands of objects that stay: to search them would double the time
    try:
        for name in records.buckets():
            loader.load_bucket(name)
    finally:
        gc.freeze()
        gc.enable()
    loader.clean_up()
    return loader.blobs_of_key


class _Loader:
    def __init__(self, folder: Path, blobs: BlobStore, records: RecordStore):
        self._folder, self._blobs, self._records = folder, blobs, records
        self._existing = blobs.names()
        self._damaged: list[DamagedRecordError] = []
        self.blobs_of_key: BlobsOfKey = {}

    def clean_up(self) -> None:
        """Delete the bytes to which no record refers, or set them aside with damaged records."""
        unused = self._existing.difference(*self.blobs_of_key.values())
        orphans = [self._blobs.path(name) for name in unused]
        if self._damaged:
            self._set_aside(orphans)
            return
        for path in orphans:
            path.unlink()

    def _set_aside(self, orphans: list[Path]) -> None:
        """Move damaged records away, and the bytes among which theirs are."""
        for path in (*(record.path for record in self._damaged), *orphans):
            aside = self._folder / "set-aside" / path.relative_to(self._folder)
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(aside)
        for record in self._damaged:
            name = record.path.parent.name
            if record.path == self._records.path(name):  # a bucket's: it stays, without settings
                self._records.save(bucket_record(find_bucket(name)), name)
            text = (
                f"S3: the record of {record.about or 'an object'} is damaged ({record.reason}). It "
                f"was moved, with all bytes that no record refers to, to {self._folder}/set-aside; "
                "everything else was loaded."
            )
            print(text, file=sys.stderr, flush=True)

    def load_bucket(self, name: str) -> None:
        try:
            record = self._records.load(name)
        except DamagedRecordError as error:
            self._damaged.append(error)
            record = {"state": {"name": name}, "tags": {}}  # its objects are still loaded
        if record is None:
            self._records.remove(name)  # it was deleted, or its creation was never acknowledged
            return
        restore_bucket(name, record)
        bucket = find_bucket(name)
        for entry in self._records.keys(name):
            if isinstance(entry, DamagedRecordError):
                self._damaged.append(entry)
                continue
            files = blob_names(entry["versions"])
            if missing := sorted(files - self._existing):
                path = self._records.path(name, entry["key"])
                about = f"s3://{name}/{entry['key']}"
                reason = f"its bytes {missing[0]} are missing"
                self._damaged.append(DamagedRecordError(path, about, reason))
                continue
            self.blobs_of_key[name, entry["key"]] = files
            load_key(bucket, entry)
