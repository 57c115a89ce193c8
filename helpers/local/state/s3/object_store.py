"""Commit changes of moto's S3 to disk, or roll them back.

moto's backend changes its own memory, and records what it changed in the transaction of the
thread. When moto has built its whole response, `commit_or_rollback` writes the records of these
buckets and keys. If the request was refused or the disk is full, it restores moto's memory from
the records on disk instead. Bytes follow their records: a file is deleted only after the record
that refers to it has been replaced.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.local.state.s3.blobs import Blob, BlobStore
from helpers.local.state.s3.loading import load
from helpers.local.state.s3.moto_state import (
    blob_names,
    bucket_record,
    find_bucket,
    key_record,
    restore_bucket,
    restore_key,
)
from helpers.local.state.s3.records import RecordStore
from helpers.local.wire.errors import AwsError

_thread = threading.local()


class StorageError(Exception):
    """A change could not be written to disk, and was rolled back."""


class Transaction:
    """What one request has changed so far.

    Attributes
    ----------
    buckets, keys
        Names of buckets, and pairs of bucket and key, whose records must be written.
    new_blobs
        Names of files that were written and that no record refers to yet.
    pending_deletion
        Names of files to delete when this is committed: the parts of uploads that end.
    rollbacks
        Functions that undo changes of what is in memory only: unfinished uploads.
    body
        The body of the request, already in its file.
    checksums
        Of that body, verified: algorithm to base64.
    key_errors
        Of a DeleteObjects request: keys that are not deleted, and why.
    lazy
        Whether values are read from their files as they are sent.
    refused
        Whether it must be rolled back.
    """

    def __init__(self) -> None:
        self.buckets: set[str] = set()
        self.keys: set[tuple[str, str]] = set()
        self.new_blobs: set[str] = set()
        self.pending_deletion: set[str] = set()
        self.rollbacks: list[Callable[[], Any]] = []
        self.body: Blob | None = None
        self.checksums: dict[str, str] = {}
        self.key_errors: list[tuple[str, AwsError]] = []
        self.lazy = False
        self.refused = False

    def has_changes(self) -> bool:
        """Tell whether there is anything to commit or to roll back."""
        return any((self.buckets, self.keys, self.new_blobs, self.pending_deletion, self.rollbacks))


def current() -> Transaction | None:
    """Return the transaction that this thread is in, or None."""
    return getattr(_thread, "transaction", None)


class ObjectStore:
    """The files of moto's S3, in `<home>/s3`: `bytes/`, `records/`, `set-aside/`.

    Parameters
    ----------
    home
        The home folder; the folders in it are created if needed.

    Attributes
    ----------
    blobs, records
        The bytes of the objects, and what is known of buckets and keys.
    writing
        A lock that is held while moto changes S3 and the change is committed: moto reads, then
        writes, and no older record may be written last. Bodies are received before, responses are
        sent after it.
    """

    def __init__(self, home: Path):
        self.folder = home / "s3"
        self.blobs = BlobStore(self.folder / "bytes")
        self.records = RecordStore(self.folder / "records")
        for folder in (self.folder, self.blobs.folder, self.records.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.writing = threading.RLock()
        self._blobs_of_key: dict[tuple[str, str], frozenset[str]] = {}  # as in its record
        self._is_loaded = False

    def ensure_loaded(self) -> None:
        """Load all records into moto, unless that has happened: thousands would delay the start."""
        if self._is_loaded:
            return
        with self.writing:
            if not self._is_loaded:
                self._blobs_of_key = load(self.folder, self.blobs, self.records)
                self._is_loaded = True

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Join this thread's transaction, or start one: committed at the end, else rolled back.

        Raises StorageError if it could not be committed, OSError if the records can't be read.
        """
        if outer := current():
            yield outer
            return
        self.ensure_loaded()
        with self.blobs.reading():
            transaction = _thread.transaction = Transaction()
            try:
                yield transaction
                self.commit_or_rollback(transaction)
            except BaseException:
                transaction.refused = True
                self.commit_or_rollback(transaction)
                raise
            finally:
                _thread.transaction = None

    def commit_or_rollback(self, transaction: Transaction) -> None:
        """Commit what a transaction recorded so far, or roll it back. Raises StorageError."""
        if not transaction.has_changes():
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
                    self._rollback(transaction)
                self.blobs.delete_later([*transaction.new_blobs, *transaction.pending_deletion])
                transaction.new_blobs, transaction.pending_deletion = set(), set()
                transaction.rollbacks = []

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
        before = self._blobs_of_key.pop((name, key), frozenset())
        if versions:
            self._blobs_of_key[name, key] = blob_names(versions)
        after = self._blobs_of_key.get((name, key), frozenset())
        transaction.new_blobs -= after
        self.blobs.delete_later(before - after)

    def _rollback(self, transaction: Transaction) -> None:
        """Restore moto's memory from the records."""
        for rollback in reversed(transaction.rollbacks):
            rollback()
        for name in transaction.buckets:
            restore_bucket(name, self.records.load(name))
        for name, key in transaction.keys:
            restore_key(name, key, self.records.load(name, key))
        transaction.buckets, transaction.keys, transaction.pending_deletion = set(), set(), set()


store: ObjectStore | None = None
"""The one store of this process, since moto's S3 is global too; `open_store` creates it."""


def open_store(home: Path) -> ObjectStore:
    """Create the store of this process, in a home folder. It is loaded when it is used."""
    global store
    store = ObjectStore(home)
    return store
