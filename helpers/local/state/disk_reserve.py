"""A file that keeps some disk space free, so that a job can end when the disk is full.

Without it, the log of a job could fill the disk, and then there would be no space to write that the
job has failed: nobody who waits for its end would learn of it.
"""

import contextlib
import os
from pathlib import Path

SIZE_BYTES = 256 << 10  # some dozens of documents of the database
_STEP_BYTES = 4096


def keep(file: Path) -> None:
    """Make the file, or make it as large as it should be; on a full disk, as large as it can be."""
    with contextlib.suppress(OSError), open(file, "ab", buffering=0) as stream:
        while stream.tell() < SIZE_BYTES:  # random: a file system may store zeros in no space
            stream.write(os.urandom(_STEP_BYTES))


def release(file: Path) -> bool:
    """Free the space for something that must be written. Returns False if none was kept."""
    try:
        had_space = file.stat().st_size > 0
        file.unlink()
    except OSError:
        return False
    return had_space
