"""The bytes of S3 objects: one read-only file a version, never changed once it is written.

Files are named at random, so a name is never used twice: whoever opened one keeps reading what
he opened, whatever happens to its object meanwhile.
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

PIECE = 1 << 20


@dataclass(frozen=True)
class Blob:
    """One file of bytes. `md5` (hex) is None where nobody has had to read the bytes yet."""

    name: str
    size: int
    md5: str | None


class _OpenFile:
    """A file descriptor that is closed with the last value that reads from it."""

    def __init__(self, path: Path):
        self.fd = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if hasattr(self, "fd"):
            os.close(self.fd)


class FileBytes:
    """The bytes of an object, read from its file as they are sent: len(), slices, iteration.

    The file is opened here and not when the bytes are sent: an object that is overwritten during
    a slow download is still sent as it was. Slices share the open file.
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
        value = FileBytes.__new__(FileBytes)
        value.path, value._file = self.path, self._file
        value.start, value.stop = self.start + start, self.start + max(start, stop)
        return value

    def __iter__(self) -> Iterator[bytes]:
        at = self.start
        while at < self.stop:
            piece = os.pread(self._file.fd, min(PIECE, self.stop - at), at)
            if not piece:
                raise OSError(errno.EIO, "the file of an object is shorter than it was", self.path)
            at += len(piece)
            yield piece


class BlobStore:
    """A folder of blobs.

    Bytes that no object names any more go by `doom`: they are unlinked when everybody is done who
    was inside `reading()` at that moment, since he may have looked the name up and not opened the
    file yet.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = threading.Lock()
        self._serial = 0
        self._readers: set[int] = set()
        self._doomed: deque[tuple[int, str]] = deque()

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def write(self, pieces: Iterable[bytes]) -> Blob:
        """Write a new blob. Nothing is left of it if writing or reading the pieces fails."""
        name, path = self._new()
        md5, size = hashlib.md5(usedforsecurity=False), 0
        try:
            with open(path, "xb", opener=_read_only) as file:
                for piece in pieces:
                    file.write(piece)
                    md5.update(piece)
                    size += len(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(name, size, md5.hexdigest())

    def copy(self, value: FileBytes, md5: str | None = None) -> Blob:
        """A blob of its own with the bytes of an object, or of a part of it."""
        if value.start or value.stop < value.path.stat().st_size:
            return self.write(value)
        return self.link(value.path, len(value), md5)

    def link(self, source: Path, size: int, md5: str | None) -> Blob:
        """A blob that shares a file's bytes (a copy, where the file system has no hard links)."""
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
        """The parts' bytes one after the other, without a byte of them in memory if it can be."""
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
        """The MD5 of a blob's bytes, in hex."""
        if blob.md5 is not None:
            return blob.md5
        with open(self.path(blob.name), "rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Inside, no file goes away whose name could be looked up here."""
        with self._lock:
            self._serial += 1
            mine = self._serial
            self._readers.add(mine)
        try:
            yield
        finally:
            gone = []
            with self._lock:
                self._readers.discard(mine)
                oldest = min(self._readers, default=self._serial + 1)
                while self._doomed and self._doomed[0][0] < oldest:
                    gone.append(self._doomed.popleft()[1])
            for name in gone:
                self.path(name).unlink(missing_ok=True)

    def doom(self, names: Iterable[str]) -> None:
        """Unlink these files as soon as nobody can want them any more."""
        with self._lock:
            self._doomed.extend((self._serial, name) for name in names)

    def orphans(self, named: set[str]) -> list[Path]:
        """Files that nothing names: left by a process that was killed, or of unfinished uploads."""
        return [path for path in self.folder.glob("??/*") if path.name not in named]

    def _new(self) -> tuple[str, Path]:
        name = uuid.uuid4().hex
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return name, path


def _read_only(path: str, flags: int) -> int:
    """Open a new file that nobody can change later: jobs may share it by a link."""
    return os.open(path, flags, 0o400)


def _append(source, target, size: int) -> None:
    """Append a file's bytes in the kernel where the system and the file system can."""
    copied = 0
    try:
        while copied < size:
            count = os.copy_file_range(source.fileno(), target.fileno(), size - copied)
            if not count:
                break
            copied += count
    except (
        AttributeError,
        OSError,
    ) as error:  # no such call on macOS; refused by some file systems
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        source.seek(copied)
        target.seek(0, os.SEEK_END)
        shutil.copyfileobj(source, target, PIECE)
