"""Signals act in a container also if they are ignored where the server was started."""

import os
import subprocess
import sys

# In the background of a shell, SIGINT and SIGQUIT are ignored; nohup ignores SIGHUP.
IGNORING = "trap '' HUP INT QUIT; exec \"$@\""
SERVER = """
import sys
from pathlib import Path
from helpers.local.containers.contract import Command
from helpers.local.runtime import processes
processes.start_forkserver(Path(sys.argv[1]), [])
sys.modules["__main__"].__spec__ = None
for name in ("HUP", "INT", "QUIT"):
    kill = Command(("/bin/sh", "-c", f"kill -{name} $$"), {}, Path(sys.argv[1]))
    print(processes.ContainerProcess(kill, print).wait(), flush=True)
processes.stop_forkserver()
"""


def test_ignored_signals_act_in_a_container(short_path, checkout):
    """A program that is sent SIGHUP, SIGINT or SIGQUIT ends by it, wherever its server runs."""
    command = ["/bin/sh", "-c", IGNORING, "sh", sys.executable, "-c", SERVER, str(short_path)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["129", "130", "131"], done.stderr
