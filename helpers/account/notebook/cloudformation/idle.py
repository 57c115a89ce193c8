"""Stop this notebook instance if nobody uses it: run every few minutes on the instance, as root.

    python3 idle.py MINUTES

Runs with the instance's own Python 3.9, with the standard library only.
"""

import json
import ssl
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

JUPYTER = "https://localhost:8443"  # local to the instance, with a self-signed certificate
METADATA = Path("/opt/ml/metadata/resource-metadata.json")
UPTIME = Path("/proc/uptime")
SEEN = Path("/var/tmp/course-last-activity")


def last_use(kernels, terminals, now):
    """Return when somebody last used JupyterLab, in seconds since 1970, or 0 if never.

    kernels, terminals: the answers of Jupyter's API /api/kernels and /api/terminals.
    A busy kernel is used now. That a browser tab is open does not count: people forget them.
    """
    if any(kernel["execution_state"] == "busy" for kernel in kernels):
        return now
    return max([seconds(item["last_activity"]) for item in [*kernels, *terminals]], default=0)


def seconds(timestamp):
    """Convert Jupyter's time, like 2026-11-25T06:05:34.123456Z, to seconds since 1970."""
    text = timestamp.rstrip("Zz").partition(".")[0]
    parsed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    return parsed.replace(tzinfo=timezone.utc).timestamp()  # noqa: UP017 (Python 3.9)


def ask(path):
    """Request a path of this instance's JupyterLab."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(JUPYTER + path, timeout=20, context=context) as answer:
        return json.load(answer)


def idle_seconds(now):
    """Return for how many seconds nobody has used this instance; a start counts as a use.

    If JupyterLab does not answer, the last known use counts: its restart is not idleness.
    """
    try:
        seen = last_use(ask("/api/kernels"), ask("/api/terminals"), now)
        SEEN.write_text(str(seen))
    except (OSError, ValueError) as error:
        print("JupyterLab does not answer:", error)
        seen = float(SEEN.read_text()) if SEEN.exists() else 0
    start = now - float(UPTIME.read_text().split()[0])
    return now - max(seen, start)


def main():
    """Stop the instance if it has been idle too long. The exit code is that of the AWS CLI."""
    limit, idle = 60 * float(sys.argv[1]), idle_seconds(time.time())
    print(f"Idle for {idle / 60:.0f} of {limit / 60:.0f} minutes.")
    if idle < limit:
        return 0
    metadata = json.loads(METADATA.read_text())
    stop = ["aws", "sagemaker", "stop-notebook-instance"]
    stop += ["--region", metadata["ResourceArn"].split(":")[3]]
    stop += ["--notebook-instance-name", metadata["ResourceName"]]
    return subprocess.run(stop, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
