"""The bytes of S3 objects: one read-only file per version, never changed once it is written.

Files have random names, so a name is never used twice: a reader that opened one keeps reading the
same bytes, whatever happens to the object meanwhile.
"""

import errno
import hashlib
import os
import shutil
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Blob:
    """One file of bytes.

    Parameters
    ----------
    name
        Of the file in its BlobStore.
    size
        Bytes.
    md5
        Of the bytes, in hex; None if it hasn't been computed yet.
    """

    name: str
    size: int
    md5: str | None


class _OpenFile:
    """A file descriptor that is closed with the last FileBytes that reads from it."""

    def __init__(self, path: Path):
        self.fd = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if hasattr(self, "fd"):
            os.close(self.fd)


class FileBytes:
    """The bytes of an object, read from its file as they are sent.

    It has a length, contiguous slices (which share the open file), and iterates over `bytes` of at
    most 1 MiB. The file is opened when this is created, not when the bytes are sent: an object that
    is overwritten during a slow download is still sent as it was.

    Parameters
    ----------
    path
        The file.
    size
        How many of its bytes, from the start.

    Raises
    ------
    OSError
        FileNotFoundError if there is no such file; EIO by the iteration, if it is shorter.
    ValueError
        By a slice with a step.
    """

    def __init__(self, path: Path, size: int):
        self.path = path
        self.start, self.stop = 0, size
        self._file = _OpenFile(path)

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, part: slice) -> "FileBytes":
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError("only contiguous ranges of an object can be read")
        selected = FileBytes.__new__(FileBytes)
        selected.path, selected._file = self.path, self._file
        selected.start, selected.stop = self.start + start, self.start + max(start, stop)
        return selected

    def __iter__(self) -> Iterator[bytes]:
        position = self.start
        while position < self.stop:
            size = min(CHUNK_BYTES, self.stop - position)
            chunk = os.pread(self._file.fd, size, position)
            if not chunk:
                raise OSError(errno.EIO, "the file of an object is shorter than it was", self.path)
            position += len(chunk)
            yield chunk


class BlobStore:
    """A folder of blobs; its methods may be called from any thread.

    Blobs that no object refers to any more are given to `delete_later`. Their files are unlinked
    when all contexts of `reading` have ended that were active at that time: their threads may have
    looked up a name without opening the file yet.

    Parameters
    ----------
    folder
        Where the files are, in subfolders named by the first two characters of their names.

    Raises
    ------
    OSError
        By `write`, `copy`, `link` and `join`, if the disk is full or read-only; then no file is
        left.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = threading.Lock()
        self._last_reader = 0
        self._readers: set[int] = set()  # numbers of the active ones
        self._pending: deque[tuple[int, str]] = deque()  # the last reader then, and the name

    def path(self, name: str) -> Path:
        """Return the path of a blob's file."""
        return self.folder / name[:2] / name

    def write(self, chunks: Iterable[bytes]) -> Blob:
        """Write a new blob. No file is left if writing it or reading the chunks fails."""
        name, path = self._new()
        md5, size = hashlib.md5(usedforsecurity=False), 0
        try:
            with open(path, "xb", opener=_read_only) as file:
                for chunk in chunks:
                    file.write(chunk)
                    md5.update(chunk)
                    size += len(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(name, size, md5.hexdigest())

    def copy(self, content: FileBytes) -> Blob:
        """Make a new blob of the bytes of an object, or of a part of it."""
        if content.start or content.stop < content.path.stat().st_size:
            return self.write(content)
        return self.link(content.path, len(content), None)

    def link(self, source: Path, size: int, md5: str | None) -> Blob:
        """Make a blob that shares a file's bytes, or a copy where there are no hard links."""
        name, path = self._new()
        try:
            try:
                os.link(os.path.realpath(source), path)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    raise
                shutil.copyfile(source, path)
            path.chmod(0o400)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(name, size, md5)

    def join(self, parts: list[Blob]) -> Blob:
        """Concatenate parts, in the kernel if possible. The MD5 of several parts is None."""
        if len(parts) == 1:
            return self.link(self.path(parts[0].name), parts[0].size, parts[0].md5)
        name, path = self._new()
        try:
            with open(path, "xb", buffering=0, opener=_read_only) as file:
                for part in parts:
                    with open(self.path(part.name), "rb", buffering=0) as source:
                        _append(source, file, part.size)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(name, sum(part.size for part in parts), None)

    def md5(self, blob: Blob) -> str:
        """Return the MD5 of a blob's bytes, in hex; it is computed if it is not known."""
        if blob.md5 is not None:
            return blob.md5
        with open(self.path(blob.name), "rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep every file that exists when this context starts until it ends."""
        with self._lock:
            self._last_reader += 1
            reader = self._last_reader
            self._readers.add(reader)
        try:
            yield
        finally:
            unused = []
            with self._lock:
                self._readers.discard(reader)
                oldest = min(self._readers, default=self._last_reader + 1)
                while self._pending and self._pending[0][0] < oldest:
                    unused.append(self._pending.popleft()[1])
            for name in unused:
                self.path(name).unlink(missing_ok=True)

    def delete_later(self, names: Iterable[str]) -> None:
        """Unlink these files when everyone has ended who is inside `reading` now.

        They are unlinked at the end of a `reading`, so call it inside of one.
        """
        with self._lock:
            self._pending.extend((self._last_reader, name) for name in names)

    def names(self) -> set[str]:
        """Return the names of all blobs that have a file."""
        folders = filter(os.DirEntry.is_dir, os.scandir(self.folder))
        return {name for folder in folders for name in os.listdir(folder)}

    def _new(self) -> tuple[str, Path]:
        name = uuid.uuid4().hex
        path = self.path(name)
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        return name, path


def _read_only(path: str, flags: int) -> int:
    """Create a file that nobody can change later: jobs may share it by a link."""
    return os.open(path, flags, 0o400)


def _append(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Append a file's bytes, in the kernel where the system and the file system can."""
    copied = 0
    try:
        while copied < size:
            count = os.copy_file_range(source.fileno(), target.fileno(), size - copied)
            if not count:
                break
            copied += count
    except (AttributeError, OSError) as error:  # macOS lacks it, some file systems refuse it
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        source.seek(copied)
        target.seek(0, os.SEEK_END)
        shutil.copyfileobj(source, target, CHUNK_BYTES)
