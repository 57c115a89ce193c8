"""Whether this machine lets a job have an /opt/ml of its own, and what starts a job there."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.local.containers.script import OPT_ML, SCRATCH, launcher

SETTING, REWRITE = "SAGEMAKER_LOCAL_OPT_ML", "rewrite"
CHECK_SECONDS = 20
# Without the site module and any setting of the environment: a job must not wait for them.
_PYTHON = (sys.executable, "-I", "-S")


@dataclass(frozen=True)
class Launch:
    """How the command of a job is started.

    Parameters
    ----------
    opt_ml
        The folder that becomes /opt/ml.
    scratch
        The folder that becomes /opt/job; the job starts in its folder ``home``, if there is one.
    host
        The name of the host, such as ``algo-1``.
    hosts_file
        What becomes /etc/hosts.
    isolated
        Whether the job gets a network of its own, in which there is only itself.
    mounts
        Whether the job gets namespaces at all; without, it only says its lines.
    """

    opt_ml: str
    scratch: str
    host: str
    hosts_file: str
    isolated: bool = False
    mounts: bool = True

    def prefix(self, lines: Iterable[str] = ()) -> tuple[str, ...]:
        """Return what stands before the command of the job; lines: what the log says first."""
        spec = asdict(self) | {
            "lines": list(lines),
            "mounted": {OPT_ML: self.opt_ml, SCRATCH: self.scratch},
            "start_folder": f"{SCRATCH}/home",
        }
        return (*_PYTHON, launcher.__file__, json.dumps(spec))


def write_hosts(file: Path, addresses: Mapping[str, str]) -> None:
    """Write a hosts file by which all programs of a job find its hosts."""
    entries = {"localhost": "127.0.0.1", **addresses}
    file.write_text("".join(f"{address}\t{name}\n" for name, address in entries.items()))


@functools.cache
def is_possible() -> bool:
    """Tell whether this user's processes may mount something on /opt/ml; asks the system once.

    The environment variable SAGEMAKER_LOCAL_OPT_ML=rewrite says no.
    """
    if os.environ.get(SETTING) == REWRITE or sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as folder:
        hosts = Path(folder, "hosts")
        write_hosts(hosts, {})
        launch = Launch(folder, folder, "algo-1", str(hosts), isolated=True)
        try:
            checked = subprocess.run(
                (*launch.prefix(), "/bin/sh", "-c", f"test -f {OPT_ML}/hosts"),
                capture_output=True,
                timeout=CHECK_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return checked.returncode == 0
