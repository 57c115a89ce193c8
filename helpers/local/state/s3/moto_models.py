"""moto's classes of an object's version and of an upload, with their bytes in files."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3 import exceptions, models

from helpers.local.state.s3 import object_store
from helpers.local.state.s3.blobs import Blob, FileBytes
from helpers.local.state.s3.object_store import Transaction, current
from helpers.local.state.s3.request_body import checksum


@contextmanager
def lazy_values() -> Iterator[None]:
    """Inside, values are FileBytes: sent, linked or copied without being read into memory."""
    transaction = current() or Transaction()
    transaction.lazy = True
    try:
        yield
    finally:
        transaction.lazy = False


class FileBackedKey(models.FakeKey):
    """An object's version (or an upload's part) whose bytes are a blob."""

    blob: Blob
    sent_checksums: dict[str, str] | None = None  # of a part: what its upload promised

    @property
    def value(self) -> Any:
        """The bytes: FileBytes inside of `lazy_values`, else in memory."""
        lazy = self._lazy_value()
        transaction = current()
        return lazy if transaction and transaction.lazy else b"".join(lazy)

    @value.setter
    def value(self, new: Any) -> None:
        if isinstance(new, FileBytes):
            new = object_store.store.blobs.copy(new)
        elif not isinstance(new, Blob):
            new = object_store.store.blobs.write([new.encode() if isinstance(new, str) else new])
        self._value_buffer = None
        self.blob = new
        self.contentsize = new.size
        if transaction := current():
            transaction.new_blobs.add(new.name)

    @property
    def etag(self) -> str:
        """The ETag in its quotes: the MD5, unless the object was uploaded in parts."""
        if self._etag is None:
            self._etag = object_store.store.blobs.md5(self.blob)
        return f'"{self._etag}"'

    def checksum(self, algorithm: str) -> str | None:
        """Return the checksum in base64, None if it was neither sent nor can be computed."""
        sent = (self.sent_checksums or {}).get(algorithm)
        return sent or checksum(algorithm, self._lazy_value())

    def _lazy_value(self) -> FileBytes:
        return FileBytes(object_store.store.blobs.path(self.blob.name), self.blob.size)

    def dispose(self, garbage: bool = False) -> None:
        """Do nothing: moto disposes of the old version before anything is committed."""

    def __del__(self) -> None:
        pass

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.Lock())


class FileBackedUpload(models.FakeMultipart):
    """An unfinished upload: its parts are files, which are joined without being read."""

    def complete(self, body: Iterator[tuple[int, str]]) -> tuple[Blob, str, Any]:
        """Join the parts that the client names; return the blob, its ETag and its checksum.

        The ETag is the MD5 of the parts' MD5s and their number, as on S3.
        """
        parts = []
        for number, etag in body:
            part = self.parts.get(number)
            if part is None or part.etag.strip('"') != etag.strip('"'):
                raise exceptions.InvalidPart()
            if parts and parts[-1].contentsize < models.S3_UPLOAD_PART_MIN_SIZE:
                raise exceptions.EntityTooSmall()
            parts.append(part)
        if not parts:
            raise exceptions.MalformedXML()
        md5s = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
        etag = f"{hashlib.md5(md5s, usedforsecurity=False).hexdigest()}-{len(parts)}"
        blob = object_store.store.blobs.join([part.blob for part in parts])
        current().new_blobs.add(blob.name)
        return blob, etag, self._checksum(parts, blob)

    def _checksum(self, parts: list[FileBackedKey], blob: Blob) -> tuple[str, str, int] | None:
        """Return the checksum's type, value and number of parts, if it is requested and known."""
        algorithm = self.metadata.get("x-amz-checksum-algorithm", "").lower()
        checksum_type = self.metadata.get("x-amz-checksum-type") or "COMPOSITE"
        if checksum_type == "FULL_OBJECT" or algorithm == "crc64nvme":
            content = FileBytes(object_store.store.blobs.path(blob.name), blob.size)
            value = checksum(algorithm, content)
            return ("FULL_OBJECT", value, 1) if value else None
        values = [part.checksum(algorithm) for part in parts]
        if not all(values):
            return None
        digests = b"".join(map(base64.b64decode, values))
        return ("COMPOSITE", checksum(algorithm, [digests]), len(parts))

    def set_part(self, part_id: int, value: Any) -> FileBackedKey:
        """Add a part, or replace the one of this number."""
        replaced = self.parts.get(part_id)
        part = super().set_part(part_id, value)
        transaction = current()
        transaction.new_blobs.discard(part.blob.name)  # it belongs to the upload until that ends
        if replaced:
            transaction.pending_deletion.add(replaced.blob.name)
        return part

    def files(self) -> set[str]:
        """Return the names of the parts' blobs."""
        return {part.blob.name for part in self.parts.values()}
