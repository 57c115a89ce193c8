"""Let xgboost read a small CSV file from standard input, which needs smaller buffers.

The reader of a path starts a thread and clears two buffers of 8 MiB for each file, however small it
is: a new process fetches them from the system page by page, which takes longer than the rest of
reading. The reader of standard input has one buffer of 256 KiB (dmlc-core: `threaded_input_split.h`
and `single_file_split.h`). The same parser gets the same bytes. Where a file has blank lines, empty
first cells or other text than numbers, the two readers may differ, so that such a file is left to
the reader of paths.
"""

import contextlib
import ctypes
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = (1 << 18) - 1  # with one byte more, the reader would take two buffers
URI = "stdin"
_PLAIN = re.compile(rb"(?:[-+.0-9eE][-+.0-9eE,]*\r?\n)+")
_lock = threading.Lock()  # a process has one standard input


def is_small_and_plain(path: Path) -> bool:
    """Tell whether a file has only numbers and commas, a number first in each line."""
    if sys.platform != "linux" or not 0 < path.stat().st_size <= MAX_BYTES:
        return False
    return _PLAIN.fullmatch(path.read_bytes()) is not None


@contextlib.contextmanager
def as_standard_input(path: Path) -> Iterator[str]:
    """Make a file this process's standard input for a while; yield the URI to read it by."""
    libc = ctypes.CDLL(None)
    with _lock, open(path, "rb", buffering=0) as file:
        former = os.dup(0)
        try:
            os.dup2(file.fileno(), 0)
            libc.rewind(ctypes.c_void_p.in_dll(libc, "stdin"))  # C has a buffer of its own
            yield URI
        finally:
            os.dup2(former, 0)
            os.close(former)
