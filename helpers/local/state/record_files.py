"""A small file that is replaced as a whole and knows whether it is what was written.

One line of text (what it is about, the SHA-256 of the rest), then the payload.
"""

import hashlib
import os
import urllib.parse
from pathlib import Path


class DamagedRecord(Exception):
    """A record that can't be read. `about` says what it was the record of, empty if unknown."""

    def __init__(self, path: Path, about: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.about = about
        self.reason = reason

    def set_aside(self, folder: Path) -> Path:
        """Move the file into a folder where nothing reads it, and return its new place."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.path.replace(folder / self.path.name)


def write_record(path: Path, about: str, payload: bytes) -> None:
    """Replace a record: whoever reads, also after a kill, sees the old or the new one.

    about: one line for people, say an s3:// URI.
    Raises OSError (disk full, read-only) and leaves the old record.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    head = f"{urllib.parse.quote(about, safe='/: ')} {hashlib.sha256(payload).hexdigest()}\n"
    unfinished = path.with_suffix(".new")
    try:
        with open(unfinished, "wb", opener=_private) as file:
            file.write(head.encode() + payload)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def read_record(path: Path) -> tuple[str, bytes]:
    """What a record is about, and its payload.

    Raises:
        FileNotFoundError: there is none.
        DamagedRecord: the file is not what was written.
    """
    head, _, payload = path.read_bytes().partition(b"\n")
    about, _, digest = head.decode("ascii", "replace").rpartition(" ")
    about = urllib.parse.unquote(about)
    if digest != hashlib.sha256(payload).hexdigest():
        raise DamagedRecord(path, about, "its contents do not match their digest")
    return about, payload


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
