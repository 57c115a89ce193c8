"""Wait for a condition, and look at processes."""

import subprocess
import time
from collections.abc import Callable


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    """Return once the condition is true; fail if it isn't within the time limit.

    The limit only ends a test that would wait forever: on a busy machine all takes long.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Return whether a process has ended, even if its parent has not reaped it (a zombie)."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", f"{pid}"], capture_output=True, check=False)
    return state.stdout.strip()[:1] in (b"", b"Z")


def family(pid: int) -> list[int]:
    """Return all descendants of a process."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, check=True, text=True)
    parents = {
        int(child): int(parent) for child, parent in map(str.split, listed.stdout.splitlines())
    }
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]
