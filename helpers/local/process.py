"""Start, find and stop the one server process of a home folder.

What runs here runs in the learner's kernel or terminal, so it imports nothing heavy.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from helpers.local.home import ACCOUNT, CHECKOUT, Home, LocalError, default_region

START_SECONDS = 60
STOP_SECONDS = 15

__all__ = ["Endpoint", "LocalError", "ensure_running", "find", "stop"]


@dataclass(frozen=True)
class Endpoint:
    """Where the Local SageMaker answers, and what a client needs to talk to it."""

    url: str
    region: str
    access_key: str
    secret_key: str
    account: str
    home: Path
    pid: int

    def environment(self) -> dict[str, str]:
        """The variables that point boto3, the SDK and the AWS CLI at it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def find(home: Home | None = None) -> Endpoint | None:
    """The running server of this home folder, or None.

    It runs if it holds the folder's lock and answers with the folder's id.
    """
    home = home or Home.find()
    if home.holder() is None:
        return None
    told = home.read_server()
    answer = told and _ask(told["port"])
    if not answer or answer.get("home") != home.id:
        return None
    key = home.credentials
    return Endpoint(
        url=f"http://127.0.0.1:{told['port']}",
        region=default_region(),
        access_key=key.access_key,
        secret_key=key.secret_key,
        account=ACCOUNT,
        home=home.path,
        pid=answer["pid"],
    )


def ensure_running(port: int | None = None) -> Endpoint:
    """Find the server or start it, and return once it answers.

    port: the port to listen on; None takes the last one again, or any that is free.
    Raises LocalError: the folder can't be written, the port is taken, or the start failed.
    """
    home = Home.find()
    home.prepare()
    deadline = time.monotonic() + START_SECONDS
    started = None
    while time.monotonic() < deadline:
        if (found := find(home)) is not None:
            return found
        if started is None and home.holder() is None:
            started = _spawn(home, port)
        elif started is not None and started.poll() is not None and home.holder() is None:
            raise LocalError(
                f"The Local SageMaker did not start.\n{_last_words(home)}\n"
                f"Its log: {home.server_log}"
            )
        time.sleep(0.02)
    raise LocalError(
        f"The Local SageMaker did not answer within {START_SECONDS} s. Its log: {home.server_log}. "
        "Stop it with `python -m helpers local stop` and try again."
    )


def stop(home: Home | None = None) -> bool:
    """End the server and wait until it is gone. Returns False if none ran.

    Whoever holds the lock is the server, whether it still answers or hangs.
    """
    home = home or Home.find()
    if home.holder() is None:
        return False
    deadline = time.monotonic() + STOP_SECONDS
    asked = None
    while (holder := home.holder()) is not None:
        late = time.monotonic() > deadline
        if holder and (late or asked != holder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, signal.SIGKILL if late else signal.SIGTERM)
            asked = holder
        time.sleep(0.02)
    return True


def _spawn(home: Home, port: int | None) -> subprocess.Popen:
    """The server as a process of its own, detached from the caller's streams and session."""
    environment = {**os.environ, "SAGEMAKER_LOCAL_HOME": str(home.path)}
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(CHECKOUT), os.environ.get("PYTHONPATH")) if part
    )
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CONFIG_FILE"):
        environment.pop(name, None)  # the server is no client of its caller's settings
    command = [sys.executable, "-m", "helpers.local"]
    if port is not None:
        command += ["--port", str(port)]
    with open(home.server_log, "ab") as log:
        log.write(f"--- start {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n".encode())
        log.flush()
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.path,
            env=environment,
            start_new_session=True,
        )


def _ask(port: int) -> dict | None:
    """What answers on a port, if it is a Local SageMaker."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_local/health")
        return json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _last_words(home: Home) -> str:
    """The last lines that the server wrote since its latest start."""
    text = home.server_log.read_text(errors="replace")
    return "\n".join(text.rsplit("--- start ", 1)[-1].splitlines()[1:][-15:])
