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

from helpers.home import ACCOUNT, CHECKOUT
from helpers.local.home import Home, LocalError, default_region

START_SECONDS = 60
ANSWER_SECONDS = 5
STOP_SECONDS, KILL_SECONDS = 15, 5

__all__ = ["Endpoint", "LocalError", "ensure_running", "running_endpoint", "stop"]


@dataclass(frozen=True)
class Endpoint:
    """A running Local SageMaker, and what a client needs to use it.

    Parameters
    ----------
    url
        Such as ``http://127.0.0.1:4566``.
    region
        The Region that clients should use.
    access_key, secret_key, account
        The keys that it accepts, and their account.
    home
        Its home folder.
    pid
        Of the server process.
    """

    url: str
    region: str
    access_key: str
    secret_key: str
    account: str
    home: Path
    pid: int

    def environment(self) -> dict[str, str]:
        """Return the variables that make boto3, the SDK and the AWS CLI use it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def running_endpoint(home: Home | None = None) -> Endpoint | None:
    """Return the running server of a home folder (by default the learner's), or None.

    It runs if it answers with the folder's id and is the process that has the folder's lock: the
    server of a copy of the folder has the same id.
    """
    home = home or Home.find()
    owner, port = home.holder(), home.last_port()
    if not owner or port is None:
        return None
    health = _health(port)
    if health.get("home") != home.id or health.get("pid") != owner:
        return None
    key = home.credentials
    return Endpoint(
        url=f"http://127.0.0.1:{port}",
        region=default_region(),
        access_key=key.access_key,
        secret_key=key.secret_key,
        account=ACCOUNT,
        home=home.path,
        pid=owner,
    )


def ensure_running(port: int | None = None, meanwhile: Iterable[str] = ()) -> Endpoint:
    """Find the server or start it, and return when it answers.

    Parameters
    ----------
    port
        The port to listen on; by default the last one, or any free one.
    meanwhile
        Other work to do while the server starts: one step each time it does not answer yet.

    Raises
    ------
    LocalError
        If the folder can't be written, the port is in use, or the start failed.
    """
    home = Home.find()
    home.prepare()
    deadline = time.monotonic() + START_SECONDS
    started, steps = None, iter(meanwhile)
    try:
        while time.monotonic() < deadline:
            if (endpoint := running_endpoint(home)) is not None:
                return endpoint
            if started is None and home.holder() is None:
                started = _spawn(home, port)
            elif started is not None and started.poll() is not None and home.holder() is None:
                raise LocalError(
                    f"The Local SageMaker did not start.\n{_log_tail(home)}\n"
                    f"Its log: {home.server_log}"
                )
            if next(steps, None) is None:  # no other work is left
                time.sleep(0.02)
    except KeyboardInterrupt:
        if started is not None:  # else it would start all the same, unseen
            started.terminate()
            started.wait()
        raise
    raise LocalError(
        f"The Local SageMaker did not answer within {START_SECONDS} s. Its log: {home.server_log}. "
        "Stop it with `python -m helpers local stop` and try again."
    )


def stop(home: Home | None = None) -> bool:
    """Stop the server and wait until it has ended. Returns False if there was none.

    The process that has the lock is the server, even if it doesn't answer any more. It gets
    SIGTERM, and SIGKILL if it has not ended after 15 s.

    Raises
    ------
    LocalError
        If it still runs then.
    """
    home = home or Home.find()
    if home.holder() is None:
        return False
    started = time.monotonic()
    previous = signaled = None
    while (owner := home.holder()) is not None:
        waited = time.monotonic() - started
        is_overdue = waited > STOP_SECONDS
        if waited > STOP_SECONDS + KILL_SECONDS:
            raise LocalError(
                f"Process {owner} serves {home.path} and can't be stopped. See who owns it: "
                f"ps -fp {owner}"
            )
        # Twice in a row: just after a start, the lock's file may still contain another pid.
        if owner and owner == previous and (is_overdue or owner != signaled):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(owner, signal.SIGKILL if is_overdue else signal.SIGTERM)
            signaled = owner
            if is_overdue:  # a killed process can't clean up
                shutil.rmtree(home.runtime(), ignore_errors=True)
        previous = owner
        time.sleep(0.02)
    return True


def _spawn(home: Home, port: int | None) -> subprocess.Popen:
    """Start the server as a process that is detached from the caller's streams and session."""
    environment = {**os.environ, "SAGEMAKER_LOCAL_HOME": str(home.path)}
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(CHECKOUT), os.environ.get("PYTHONPATH")) if part
    )
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CONFIG_FILE"):
        environment.pop(name, None)  # the caller's settings are for its clients
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


def _health(port: int) -> dict:
    """Return the `home` (id) and `pid` of the server on a port, {} if there is none."""
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
    """Return the last lines that the server wrote since its latest start."""
    text = home.server_log.read_text(errors="replace")
    return "\n".join(text.rsplit("--- start ", 1)[-1].splitlines()[1:][-15:])
