"""A model's container as it serves: started on a unix socket, asked over HTTP, ended."""

import http.client
import json
import socket
import time
from pathlib import Path

from helpers.local.containers.images import Image
from helpers.local.runtime.processes import ContainerProcess

SERVE = "helpers.local.containers.xgboost.serve:serve"
READY_SECONDS = 240  # /ping must answer within four minutes of the start (developer guide)


class ContainerNotReadyError(Exception):
    """The container ended, or did not answer /ping in time."""


class ModelServer:
    """One running container of a model, and connections to it.

    A connection belongs to one thread at a time: take one with connect().
    """

    def __init__(self, process: ContainerProcess, path: Path):
        self._process, self._path = process, path

    @staticmethod
    def arguments(opt_ml: Path, image: Image, environment: dict[str, str], path: Path) -> tuple:
        """What the entry point SERVE is called with."""
        return (opt_ml, image, environment, path)

    def connect(self, timeout: float) -> "UnixConnection":
        return UnixConnection(self._path, timeout)

    def wait_until_ready(self) -> None:
        """Ask /ping until it answers 200. Raises ContainerNotReadyError."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if not self._process.running():
                raise ContainerNotReadyError("The container ended before it answered /ping.")
            try:
                if self.get("/ping")[0] == 200:
                    return
            except OSError:
                pass  # it does not listen yet
            time.sleep(0.005)
        raise ContainerNotReadyError(
            f"The container did not answer /ping within {READY_SECONDS} s."
        )

    def execution_parameters(self) -> dict:
        """What the container says of batch transforms, or {} if it doesn't say."""
        status, body = self.get("/execution-parameters")
        return json.loads(body) if status == 200 else {}

    def get(self, path: str) -> tuple[int, bytes]:
        connection = self.connect(timeout=2)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout: float):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def invoke(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """POST /invocations: status and body. A connection that the server closed is renewed."""
        for attempt in (1, 2):
            try:
                self.request("POST", "/invocations", body, headers)
                answer = self.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")
