"""A small file that is replaced as a whole, with a digest that shows whether it is damaged.

One line of text (what the record describes, the SHA-256 of the rest), then the payload.
"""

import hashlib
import os
import urllib.parse
from pathlib import Path


class DamagedRecordError(Exception):
    """A record that can't be read.

    Parameters
    ----------
    path
        The file.
    about
        What it is the record of, "" if unknown.
    reason
        Why it can't be read.
    """

    def __init__(self, path: Path, about: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.about = about
        self.reason = reason

    def set_aside(self, folder: Path) -> Path:
        """Move the file into a folder where nothing reads it, and return its new path."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.path.replace(folder / self.path.name)


def write_record(path: Path, about: str, payload: bytes) -> None:
    """Replace a record atomically: a reader, even after a kill, sees the old or the new one.

    Parameters
    ----------
    path
        The file; its folder is created if needed.
    about
        One line for people, such as an s3:// URI.
    payload
        The bytes to store.

    Raises
    ------
    OSError
        If the disk is full or read-only; the old record is unchanged.
    """
    if not path.parent.is_dir():  # a mkdir that fails takes ten times as long
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


def read_record(path: Path | str) -> tuple[str, bytes]:
    """Return what a record describes, and its payload.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DamagedRecordError
        If the file is not what was written.
    """
    with open(path, "rb", buffering=0) as file:
        head, _, payload = file.read().partition(b"\n")
    about, _, digest = head.decode("ascii", "replace").rpartition(" ")
    about = urllib.parse.unquote(about)
    if digest != hashlib.sha256(payload).hexdigest():
        raise DamagedRecordError(Path(path), about, "its contents do not match their digest")
    return about, payload


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
