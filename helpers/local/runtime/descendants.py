"""The processes that a container starts in groups of their own, as torchrun and daemons do.

In a container they end with its first process. Here that process adopts them if their own parent
ends, so that they can be found, and killed. On Linux only: elsewhere they end by themselves.
"""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make this process the parent of all its descendants whose own parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_other_groups(pid: int) -> None:
    """Send SIGKILL to the descendants of a process that are not in its process group.

    Parameters
    ----------
    pid
        Of a process that has called `adopt_orphans`, and has not ended.
    """
    killed: set[int] = set()
    while new := {child for child in _descendants(pid) if _is_in_other_group(child, pid)} - killed:
        for child in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        killed |= new


def _is_in_other_group(child: int, pid: int) -> bool:
    try:
        return os.getpgid(child) != os.getpgid(pid)
    except ProcessLookupError:
        return False


def _descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it has ended
            for child in map(int, children.read_text().split()):
                yield child
                yield from _descendants(child)
