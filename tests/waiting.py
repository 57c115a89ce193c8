"""Wait for what will be true soon, and look at processes."""

import subprocess
import time
from collections.abc import Callable


def eventually(true: Callable[[], object], seconds: float = 10) -> None:
    """Return once it is true; fail if it isn't within that time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended; its parent may not have looked yet (a zombie)."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", f"{pid}"], capture_output=True, check=False)
    return state.stdout.strip()[:1] in (b"", b"Z")
