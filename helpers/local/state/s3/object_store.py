"""One place where changes of moto's S3 become durable, or are taken back.

moto's backend changes its own memory; here a change is only *marked* in the transaction of the
thread. When moto has built its whole answer, `settle` writes the marked records (or, if the request
was refused or the disk is full, reads the marked ones back into moto's memory). Bytes follow their
records: a file goes away only after the record that named it has been replaced.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.local.state.record_files import DamagedRecord
from helpers.local.state.s3.blobs import Blob, BlobStore
from helpers.local.state.s3.moto_state import (
    bucket_record,
    files_of,
    find_bucket,
    key_record,
    restore_bucket,
    restore_key,
)
from helpers.local.state.s3.records import RecordStore

_thread = threading.local()


class StorageError(Exception):
    """A change could not be written to disk; nothing of it is visible."""


class Transaction:
    """What one request has changed so far."""

    def __init__(self) -> None:
        self.buckets: set[str] = set()
        self.keys: set[tuple[str, str]] = set()
        self.fresh: set[str] = set()  # files written, which no record names yet
        self.doomed: set[str] = set()  # parts of uploads that end with this change
        self.undo: list[Callable[[], Any]] = []  # for what is in memory only: unfinished uploads
        self.incoming: Blob | None = None  # the body of the request, already in its file
        self.checksums: dict[str, str] = {}  # of that body, verified: algorithm to base64
        self.lazy = False  # whether values are read from their files as they are sent
        self.refused = False

    def changed(self) -> bool:
        """Whether there is anything to commit or to take back."""
        return bool(self.buckets or self.keys or self.fresh or self.doomed or self.undo)


def current() -> Transaction | None:
    """The transaction that this thread is in."""
    return getattr(_thread, "transaction", None)


class ObjectStore:
    """The durable side of moto's S3, in `<home>/s3`: `bytes/`, `records/`, `set-aside/`."""

    def __init__(self, home: Path):
        self.folder = home / "s3"
        self.blobs = BlobStore(self.folder / "bytes")
        self.records = RecordStore(self.folder / "records")
        for folder in (self.folder, self.blobs.folder, self.records.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.writing = threading.RLock()
        """Held while moto changes S3 and the change is committed: moto reads, then writes, and no
        older record may be written last. Bodies are received before, answers are sent after it."""
        self._named: dict[tuple[str, str], frozenset[str]] = {}  # the files of each key's record

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Join this thread's transaction, or be one: committed at the end, taken back on an error.

        Raises:
            StorageError: it could not be committed.
        """
        if outer := current():
            yield outer
            return
        with self.blobs.reading():
            transaction = _thread.transaction = Transaction()
            try:
                yield transaction
                self.settle(transaction)
            except BaseException:
                transaction.refused = True
                self.settle(transaction)
                raise
            finally:
                _thread.transaction = None

    def settle(self, transaction: Transaction) -> None:
        """Commit what the transaction has marked so far, or take it back if it was refused."""
        if not transaction.changed():
            return
        with self.writing:
            try:
                if not transaction.refused:
                    self._commit(transaction)
            except Exception as error:
                transaction.refused = True
                raise StorageError(str(error)) from error
            finally:
                if transaction.refused:
                    self._take_back(transaction)
                self.blobs.doom([*transaction.fresh, *transaction.doomed])
                transaction.fresh, transaction.doomed, transaction.undo = set(), set(), []

    def _commit(self, transaction: Transaction) -> None:
        for name in sorted(transaction.buckets):
            if bucket := find_bucket(name):
                self.records.save(bucket_record(bucket), name)
            else:
                self.records.remove(name)
            transaction.buckets.discard(name)
        for name, key in sorted(transaction.keys):
            self._commit_key(transaction, name, key)
            transaction.keys.discard((name, key))

    def _commit_key(self, transaction: Transaction, name: str, key: str) -> None:
        bucket = find_bucket(name)
        versions = bucket.keys.getlist(key, []) if bucket else []
        if versions:
            self.records.save(key_record(bucket, key, versions), name, key)
        else:
            self.records.remove(name, key)
        before = self._named.pop((name, key), frozenset())
        if versions:
            self._named[name, key] = files_of(versions)
        after = self._named.get((name, key), frozenset())
        transaction.fresh -= after
        self.blobs.doom(before - after)

    def _take_back(self, transaction: Transaction) -> None:
        """Make moto's memory again what the records say."""
        for undo in reversed(transaction.undo):
            undo()
        for name in transaction.buckets:
            restore_bucket(name, self.records.load(name))
        for name, key in transaction.keys:
            restore_key(name, key, self.records.load(name, key))
        transaction.buckets, transaction.keys, transaction.doomed = set(), set(), set()

    def load(self) -> None:
        """Read all records into moto; set aside what can't be read, remove what nothing names."""
        damaged: list[DamagedRecord] = []
        for name in self.records.buckets():
            self._load_bucket(name, damaged)
        orphans = self.blobs.orphans(set().union(*self._named.values()))
        if not damaged:
            for path in orphans:
                path.unlink()
            return
        # A damaged record doesn't tell which bytes were its own: they are among these.
        for path in (*(record.path for record in damaged), *orphans):
            aside = self.folder / "set-aside" / path.relative_to(self.folder)
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(aside)
        for record in damaged:
            name = record.path.parent.name
            if record.path == self.records.path(name):  # a bucket's: it is kept, with no settings
                self.records.save(bucket_record(find_bucket(name)), name)
            print(
                f"S3: the record of {record.about or 'an object'} is damaged ({record.reason}). It"
                f" was set aside, with the bytes that no record names, in"
                f" {self.folder / 'set-aside'}; everything else is there.",
                file=sys.stderr,
                flush=True,
            )

    def _load_bucket(self, name: str, damaged: list[DamagedRecord]) -> None:
        try:
            record = self.records.load(name)
        except DamagedRecord as error:
            damaged.append(error)
            record = {"state": {"name": name}, "tags": {}}  # its objects stay within reach
        if record is None:
            self.records.remove(name)  # it was deleted, or its creation was never acknowledged
            return
        restore_bucket(name, record)
        for entry in self.records.keys(name):
            if isinstance(entry, DamagedRecord):
                damaged.append(entry)
                continue
            files = files_of(entry["versions"])
            missing = [file for file in files if not self.blobs.path(file).exists()]
            if missing:
                path = self.records.path(name, entry["key"])
                about = f"s3://{name}/{entry['key']}"
                damaged.append(DamagedRecord(path, about, f"its bytes {missing[0]} are gone"))
                continue
            self._named[name, entry["key"]] = files
            restore_key(name, entry["key"], entry)


store: ObjectStore | None = None
"""The one store of this process, as moto's S3 is one; `open_store` makes it."""


def open_store(home: Path) -> ObjectStore:
    """Make the store of a home folder this process's own. It is not loaded yet."""
    global store
    store = ObjectStore(home)
    return store
