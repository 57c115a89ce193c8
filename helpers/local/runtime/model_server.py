"""A model's container as it serves: started on a unix socket, asked over HTTP, ended."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from helpers.local.containers import registry
from helpers.local.runtime import artifacts, script_serving
from helpers.local.runtime.processes import ContainerProcess
from helpers.local.runtime.workloads import Workload, container_folder

READY_SECONDS = 240  # /ping must answer within four minutes of the start (developer guide)
LOAD_SECONDS = 360  # to load a model (developer guide, "Invoke a Multi-Model Endpoint")
ISOLATION = "EnableNetworkIsolation"
MULTI_MODEL = "MultiModel"  # the Mode of a container
STOP_SECONDS = 5  # from SIGTERM to SIGKILL
EXECUTION_PARAMETERS = {  # and their values; 0 MB, for chunked bodies, is not served
    "MaxConcurrentTransforms": range(1, 10_001),
    "MaxPayloadInMB": range(1, 101),
    "BatchStrategy": ("SINGLE_RECORD", "MULTI_RECORD"),
}


class ContainerNotReadyError(Exception):
    """The container ended, did not answer /ping in time, or answered what can't be used."""


class ModelDataError(Exception):
    """The model's artifacts can't be read; the text says why."""


def served_container(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first container of a model, with what the model says of its network.

    Parameters
    ----------
    model
        As DescribeModel shows it.
    """
    container = model.get("PrimaryContainer") or model["Containers"][0]
    return {**container, ISOLATION: model.get(ISOLATION, False)}


class ModelContainer:
    """One running container of a model, and connections to it.

    A connection belongs to one thread at a time: take one with connect().
    """

    def __init__(self, process: ContainerProcess, socket_path: Path):
        self._process, self.socket_path = process, socket_path
        self._reader = threading.Thread(target=process.wait, daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls,
        workload: Workload,
        container: Mapping[str, Any],
        environment: Mapping[str, str],
        on_lines: Callable[[list[str]], object],
        instance: str = "",
        gather_seconds: float = 0,
        instance_type: str = "",
    ) -> "ModelContainer":
        """Start a model's container as one of a workload's processes.

        Parameters
        ----------
        workload
            Whose process it is; it is stopped with it.
        container
            What `served_container` returns.
        environment
            Variables beside the Region and those of the model itself; of equal ones these count.
        on_lines
            Called with the lines that the container writes, as of ContainerProcess.
        instance
            Tells the containers of one workload apart.
        gather_seconds
            As of ContainerProcess.
        instance_type
            On which the container runs; "" if it is serverless.

        Raises
        ------
        ModelDataError
            If the artifacts are gone or not a tar archive.
        ImageNotPulledError
            If the container runs a script, and its image is not on this machine.
        WorkloadStoppedError
            If the workload was stopped meanwhile.
        """
        opt_ml = container_folder(workload.folder / instance)
        is_multi_model = container.get("Mode") == MULTI_MODEL
        try:
            if not is_multi_model:
                artifacts.place_model(container, opt_ml / "model")
        except (FileNotFoundError, ValueError) as error:
            raise ModelDataError(str(error)) from error
        image = registry.resolve(container["Image"], workload.region)
        variables = {
            "SAGEMAKER_REGION": workload.region,
            "AWS_REGION": workload.region,
            **container.get("Environment", {}),
            **environment,
        }
        key = crc32(f"{workload.arn}/{instance}".encode())
        socket_path = workload.context.home.runtime() / f"{key:08x}.sock"
        socket_path.unlink(missing_ok=True)
        if is_multi_model:
            variables["SAGEMAKER_MULTI_MODEL"] = "true"
            serve_models = registry.container_of(image).serve_models
            entry = serve_models(opt_ml, image, variables, socket_path)
        else:
            entry = script_serving.entry(
                workload,
                image,
                opt_ml,
                variables,
                socket_path,
                instance_type,
                container.get(ISOLATION, False),
            )
        if entry is None:
            entry = registry.container_of(image).serve(opt_ml, image, variables, socket_path)
        return cls(workload.start_process(entry, on_lines, gather_seconds), socket_path)

    def stop(self) -> None:
        """End it. All its lines are in the log when this returns."""
        self._process.terminate()
        self._reader.join(timeout=STOP_SECONDS)
        self._process.kill()
        self._reader.join()

    def kill(self) -> None:
        """End it at once, as one that answers no longer; `stop` must follow."""
        self._process.kill()

    def connect(self, timeout_seconds: float) -> "UnixConnection":
        return UnixConnection(self.socket_path, timeout_seconds)

    def running(self) -> bool:
        """Tell whether its process has not ended."""
        return self._process.running()

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Ask /ping until it answers 200. Raises ContainerNotReadyError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._process.running():
                raise ContainerNotReadyError("The container ended before it answered /ping.")
            try:
                if self.get("/ping")[0] == 200:
                    return
            except OSError:
                pass  # it does not listen yet
            time.sleep(0.005)
        raise ContainerNotReadyError(f"The container did not answer /ping within {seconds:g} s.")

    def execution_parameters(self) -> dict[str, Any]:
        """Return what the container says of batch transforms, or {} if it doesn't say.

        Raises ContainerNotReadyError if it is not what the developer guide asks for
        (your-algorithms-batch-code.html); how AWS reports that is not known.
        """
        status, body = self.send("GET", "/execution-parameters", timeout_seconds=READY_SECONDS)
        return _execution_parameters(body) if status == 200 else {}

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET."""
        return self.send("GET", path, timeout_seconds=2)

    def send(
        self, method: str, path: str, body: bytes = b"", timeout_seconds: float = LOAD_SECONDS
    ) -> tuple[int, bytes]:
        """Return status and body of a request on a connection of its own."""
        connection = self.connect(timeout_seconds)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _execution_parameters(body: bytes) -> dict[str, Any]:
    """Return the parameters in a container's answer. Raises ContainerNotReadyError."""
    try:
        parameters = json.loads(body)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        text = body[:100].decode(errors="replace")
        raise ContainerNotReadyError(
            f"The container's /execution-parameters must be a JSON object, got {text!r}."
        )
    for name, allowed in EXECUTION_PARAMETERS.items():
        value = parameters.get(name, allowed[0])
        if type(value) is not type(allowed[0]) or value not in allowed:
            raise ContainerNotReadyError(
                f"The container's /execution-parameters have {name} {value!r}, expected {allowed}."
            )
    return parameters


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout_seconds: float):
        super().__init__("localhost", timeout=timeout_seconds)
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
