"""Run a notebook instance: a JupyterLab on the course's checkout, for as long as it is InService.

On AWS a notebook instance is a machine whose JupyterLab shows ~/SageMaker. Here its machine is this
one, and what it shows is the checkout: that is what a stop keeps, and what a delete leaves alone.
"""

import contextlib
import http.client
import os
import socket
import sys
import threading
import time
from collections import deque
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from helpers.catalog.resource_types import NOTEBOOK_INSTANCE
from helpers.home import CHECKOUT
from helpers.local.containers.contract import Command
from helpers.local.home import Home
from helpers.local.runtime.processes import ContainerProcess
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.workloads import Service, WorkloadFailedError, now
from helpers.local.state.database import Document
from helpers.local.state.logs.store import LogStreamWriter

TOKEN = "JupyterToken"  # a member of the document that no answer shows
START_SECONDS = 60  # for JupyterLab to answer; 2 or 3 are usual
POLL_SECONDS = 0.1
PORT_TAKEN = "already in use"
AFTER_RESTART = {"Pending": "Pending", "InService": "Pending", "Stopping": "Stopped"}
TRIES = 3  # another program may take a free port before JupyterLab does
SETTINGS = (
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
)


class NotebookInstance(Service):
    """One run of a notebook instance, from its start to its stop."""

    RESOURCE = NOTEBOOK_INSTANCE
    KILL_SECONDS = 10  # SIGTERM lets it end its kernels

    def work(self) -> None:
        document = self.document()
        log = self.context.logs.stream(
            self.region, NOTEBOOK_INSTANCE.log_group, f"{self.name}/jupyter.log"
        )
        port = urlsplit(document.get("Url", "")).port
        for _ in range(TRIES):
            port = free_port(port)
            last = self._run(port, document[TOKEN], log)
            if not any(PORT_TAKEN in line for line in last):
                break
            port = None
        shown = next((line for line in reversed(last) if line.strip()), "it said nothing")
        raise WorkloadFailedError(
            f"JupyterLab ended, or did not answer within {START_SECONDS} s: {shown} (Its log: "
            f"CloudWatch, group {NOTEBOOK_INSTANCE.log_group}, stream {log.name}. Start the "
            "notebook instance again.)"
        )

    def _run(self, port: int, token: str, log: LogStreamWriter) -> deque[str]:
        """One JupyterLab; returns its last lines when it has ended. Raises WorkloadStoppedError."""
        last: deque[str] = deque(maxlen=20)

        def write(lines: list[str]) -> None:
            masked = [line.replace(token, "...") for line in lines]  # no log may have a token
            last.extend(masked)
            log.write(*masked)

        entry = Command(command(port), environment(self.context.home, self.folder, token))
        process = self.start_process(entry, write)
        watcher = threading.Thread(target=self._announce, args=(process, port, token), daemon=True)
        watcher.start()
        process.wait()
        watcher.join()
        self.checkpoint()
        return last

    def _announce(self, process: ContainerProcess, port: int, token: str) -> None:
        """InService once JupyterLab answers; the end of it if it doesn't in time."""
        end = time.monotonic() + START_SECONDS
        while process.running() and time.monotonic() < end:
            if is_ready(port, token):
                return self.change(lambda document: mark_in_service(document, port))
            time.sleep(POLL_SECONDS)
        process.kill()


def mark_in_service(document: Document, port: int) -> None:
    """What changes when JupyterLab answers, unless the instance was stopped meanwhile."""
    if document["NotebookInstanceStatus"] == "Pending":
        document["NotebookInstanceStatus"] = "InService"
        document["LastModifiedTime"] = now()
    document["Url"] = f"http://127.0.0.1:{port}/lab"


def recover(runner: Runner) -> None:
    """After a restart: what was in service gets a JupyterLab again, what was stopping is stopped.

    A JupyterLab ends with its server, however that ended: none is left running.
    """
    context = runner.context
    for document in context.database.list_all(NOTEBOOK_INSTANCE.arn_type):
        name, arn = document["NotebookInstanceName"], document["NotebookInstanceArn"]
        region = arn.split(":")[3]
        status = AFTER_RESTART.get(document["NotebookInstanceStatus"])
        if status is None:
            continue
        change = partial(dict.update, NotebookInstanceStatus=status)
        context.database.change(NOTEBOOK_INSTANCE.arn_type, region, name, change)
        if status == "Pending":
            runner.start(NotebookInstance(context, region, name, arn))


def command(port: int) -> tuple[str, ...]:
    """Return the command line of a JupyterLab on the checkout. Its token is in the environment."""
    root = ["--allow-root"] if os.getuid() == 0 else []
    return (
        *(sys.executable, "-m", "helpers.session.jupyterlab"),
        *(f"--ServerApp.port={port}", f"--ServerApp.root_dir={CHECKOUT}"),
        *SETTINGS,
        *root,
    )


def environment(home: Home, folder: Path, token: str) -> dict[str, str]:
    """The server's own environment, with the notebooks' backend: this very Local SageMaker."""
    return os.environ | {
        "JUPYTER_TOKEN": token,
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "SAGEMAKER_LOCAL_HOME": str(home.path),
        "SAGEMAKER_COURSE_BACKEND": "local",
    }


def free_port(wanted: int | None) -> int:
    """The port wanted if it is free, else any that is."""
    for port in (wanted, 0) if wanted else (0,):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise WorkloadFailedError("No port is free for JupyterLab.")


def is_ready(port: int, token: str) -> bool:
    """Whether a JupyterLab that knows this token answers there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
