"""Start, find and stop the one server process of a home folder.

What runs here runs in the learner's kernel or terminal, so it imports nothing heavy.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.home import ACCOUNT, CHECKOUT, Home, LocalError, default_region

START_SECONDS = 60
ANSWER_SECONDS = 5
STOP_SECONDS, KILL_SECONDS = 15, 5

__all__ = ["Endpoint", "LocalError", "ensure_running", "running_endpoint", "stop"]


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


def running_endpoint(home: Home | None = None) -> Endpoint | None:
    """The running server of this home folder, or None.

    It runs if it answers with the folder's id, and is the process that holds the folder's lock:
    the server of a copy of the folder has the same id.
    """
    home = home or Home.find()
    holder, port = home.holder(), home.last_port()
    if not holder or port is None:
        return None
    answer = _ask(port)
    if answer.get("home") != home.id or answer.get("pid") != holder:
        return None
    key = home.credentials
    return Endpoint(
        url=f"http://127.0.0.1:{port}",
        region=default_region(),
        access_key=key.access_key,
        secret_key=key.secret_key,
        account=ACCOUNT,
        home=home.path,
        pid=holder,
    )


def ensure_running(port: int | None = None, meanwhile: Iterable[str] = ()) -> Endpoint:
    """Find the server or start it, and return once it answers.

    port: the port to listen on; None takes the last one again, or any that is free.
    meanwhile: other work to do while the server starts. One step is taken each time it does not
    answer yet, and none once it answers.
    Raises LocalError: the folder can't be written, the port is taken, or the start failed.
    """
    home = Home.find()
    home.prepare()
    deadline = time.monotonic() + START_SECONDS
    started, steps = None, iter(meanwhile)
    while time.monotonic() < deadline:
        if (found := running_endpoint(home)) is not None:
            return found
        if started is None and home.holder() is None:
            started = _spawn(home, port)
        elif started is not None and started.poll() is not None and home.holder() is None:
            raise LocalError(
                f"The Local SageMaker did not start.\n{_log_tail(home)}\nIts log: {home.server_log}"
            )
        if next(steps, None) is None:  # no other work is left
            time.sleep(0.02)
    raise LocalError(
        f"The Local SageMaker did not answer within {START_SECONDS} s. Its log: {home.server_log}. "
        "Stop it with `python -m helpers local stop` and try again."
    )


def stop(home: Home | None = None) -> bool:
    """End the server and wait until it is gone. Returns False if none ran.

    Whoever holds the lock is the server, whether it still answers or hangs: it is asked by
    SIGTERM, and killed if it has not ended after 15 s. Raises LocalError if that fails too.
    """
    home = home or Home.find()
    if home.holder() is None:
        return False
    started = time.monotonic()
    seen = asked = None
    while (holder := home.holder()) is not None:
        waited = time.monotonic() - started
        late = waited > STOP_SECONDS
        if waited > STOP_SECONDS + KILL_SECONDS:
            raise LocalError(
                f"Process {holder} serves {home.path} and can't be ended. Whose is it? "
                f"ps -fp {holder}"
            )
        if holder and holder == seen and (late or holder != asked):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(holder, signal.SIGKILL if late else signal.SIGTERM)
            asked = holder
            if late:  # what is killed can't clean up
                shutil.rmtree(home.runtime(), ignore_errors=True)
        seen = holder
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
    command = [sys.executable, "-P", "-m", "helpers.local"]  # -P: no module from its own folder
    if port is not None:
        command += ["--port", str(port)]
    start = f"--- start {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n"
    try:
        log = open(home.server_log, "ab", buffering=0)  # noqa: SIM115 (it's closed below)
        log.write(start.encode())
    except OSError as error:
        raise home.unusable(error) from error
    with log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.path,
            env=environment,
            start_new_session=True,
        )


def _ask(port: int) -> dict:
    """What a Local SageMaker on that port says of itself: its `home` (id) and `pid`.

    {} if nobody answers, or somebody else.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/_local/health")
        answer = json.loads(connection.getresponse().read(1000))
        return answer if isinstance(answer, dict) else {}
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    finally:
        connection.close()


def _log_tail(home: Home) -> str:
    """The last lines that the server wrote since its latest start."""
    text = home.server_log.read_text(errors="replace")
    return "\n".join(text.rsplit("--- start ", 1)[-1].splitlines()[1:][-15:])
