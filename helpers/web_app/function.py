"""Run a function as Lambda does: from its zip file, in a process of its own, within its time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
import zipfile
from collections import deque
from pathlib import Path
from typing import IO, Any

from helpers.home import ACCOUNT
from helpers.web_app.function_process import END_OF_LOG

SCRIPT = Path(__file__).with_name("function_process.py")
TIMEOUT_SECONDS = 10  # also in template.yaml
START_SECONDS = 60  # to import boto3 on a busy machine; Lambda allows 10 s and then starts again
MAX_LOG_LINES = 1000
LOG_SECONDS = 5  # to read what was printed; only a function that closes its output takes them
EXIT_SECONDS = 1  # for a process to end whose answers have ended
HANDLER = "handler.handler"  # also in template.yaml
NAME = "local"
LAMBDA_VARIABLES = {  # that Lambda sets (developer guide, "Defined runtime environment variables")
    "AWS_LAMBDA_FUNCTION_NAME": NAME,
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",  # also in template.yaml
    "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{NAME}",
    "AWS_LAMBDA_LOG_STREAM_NAME": NAME,
    "TZ": ":UTC",
}


class FunctionError(Exception):
    """A function raised an error, or took too long.

    Attributes
    ----------
    details : dict
        ``errorMessage``, ``errorType`` and, if the function raised it, ``stackTrace``: what Lambda
        answers.
    """

    def __init__(self, details: dict[str, Any]):
        self.details = details
        stack = "".join(details.get("stackTrace", [])[-2:])
        super().__init__(f"{details['errorType']}: {details['errorMessage']}\n{stack}".strip())


class Function:
    """A function that runs in a process of its own, which is started when it is first called.

    It gets one event at a time, as each environment of Lambda does; Lambda would start another
    environment for a second event at the same time, here it waits.

    Parameters
    ----------
    package : path-like
        The zip file, as `helpers.web_app.package` writes it.
    environment : dict from str to str
        The variables that the function reads, besides those of this process.
    timeout_seconds : float
        How long a call may take. After that the process is ended, and the next call starts another.
    handler : str
        The module and the function in it that are called, separated by a dot.

    Examples
    --------
    >>> function = Function("function.zip", {"ENDPOINT_NAME": "imdb"})  # doctest: +SKIP
    >>> function.invoke({"body": '{"review": "A good film."}'})["statusCode"]  # doctest: +SKIP
    200
    """

    def __init__(
        self,
        package: str | os.PathLike[str],
        environment: dict[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        handler: str = HANDLER,
    ):
        self.timeout_seconds, self._handler = timeout_seconds, handler
        self._folder = tempfile.TemporaryDirectory(prefix="function-")
        with zipfile.ZipFile(package) as archive:
            archive.extractall(self._folder.name)
        variables = {**os.environ, **(environment or {})}
        self._region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION", "")
        self._environment = {
            **LAMBDA_VARIABLES,
            **({"AWS_REGION": self._region} if self._region else {}),
            "LAMBDA_TASK_ROOT": self._folder.name,
            "_HANDLER": handler,
            **(environment or {}),
        }
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._logged_calls: queue.Queue[None] = queue.Queue()
        self._readers: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def log(self) -> list[str]:
        """The last lines that the function printed, and Lambda's own if it ended or took too long.

        On AWS they are in CloudWatch Logs.

        Those of a call are there when `invoke` returns or raises.
        """
        return list(self._log)

    def invoke(self, event: dict[str, Any]) -> Any:
        """Call the function with an event.

        Parameters
        ----------
        event : dict
            Such as `helpers.web_app.request_event` returns.

        Returns
        -------
        Any
            What the function returns, after it was converted to JSON and back.

        Raises
        ------
        FunctionError
            If the function raises an error, ends its process, or takes longer than its timeout.
        """
        with self._lock:
            if self._process is None:
                self._start()
            request = {
                "event": event,
                "request_id": str(uuid.uuid4()),
                "timeout_seconds": self.timeout_seconds,
                "function_arn": f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:{NAME}",
            }
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                answer = self._next_answer(self.timeout_seconds)
                with contextlib.suppress(queue.Empty):
                    self._logged_calls.get(timeout=LOG_SECONDS)
            except OSError:  # it has ended since the last call
                self._end("Runtime.ExitError", "The process of the function has ended")
            except KeyboardInterrupt:  # the next call must not get this call's answer
                self._kill()
                raise
        if "error" in answer:
            raise FunctionError(answer["error"])
        return answer["answer"]

    def stop(self) -> None:
        """End the process, and remove the unpacked files. A stopped function can't be called."""
        with self._lock:
            self._kill()
            self._folder.cleanup()

    def _start(self) -> None:
        """Start a process, and wait until it has loaded the function."""
        try:
            self._launch()
            self._next_answer(START_SECONDS)
        except KeyboardInterrupt:  # the next call must not get the message that this one awaited
            self._kill()
            raise

    def _launch(self) -> None:
        answers, logged_calls = queue.Queue(), queue.Queue()
        self._answers, self._logged_calls = answers, logged_calls
        self._process = subprocess.Popen(
            [sys.executable, "-u", SCRIPT, self._folder.name, *self._handler.split(".")],
            env={**os.environ, **self._environment},
            cwd=self._folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Jupyter's Interrupt goes to the kernel's whole group
        )

        def log(line: str) -> None:
            text, mark, _ = line.partition(END_OF_LOG)
            if text or not mark:
                self._log.append(text)
            if mark:
                logged_calls.put(None)

        self._readers = [
            _read_lines(self._process.stdout, answers.put, at_end=lambda: answers.put("")),
            _read_lines(self._process.stderr, log),
        ]

    def _next_answer(self, seconds: float) -> dict[str, Any]:
        """Return the next line of the process. Raises FunctionError if it comes too late."""
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._end("Sandbox.Timedout", f"Error: Task timed out after {seconds:.2f} seconds")
        if not line:
            self._end("Runtime.ExitError", _exit_reason(self._process))
        return json.loads(line)

    def _end(self, error_type: str, message: str) -> None:
        self._kill()
        self._log.append(message)
        raise FunctionError({"errorType": error_type, "errorMessage": message})

    def _kill(self) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # and what the function has started
            self._process.wait()
            with contextlib.suppress(BrokenPipeError):  # a request that it has not read
                self._process.stdin.close()
            self._process = None
            for reader in self._readers:
                reader.join(LOG_SECONDS)


def _exit_reason(process: subprocess.Popen) -> str:
    """Return Lambda's text for how the process of a function has ended."""
    try:
        code = process.wait(EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        code = 0
    if code == 0:
        return "Error: Runtime exited without providing a reason"
    status = f"signal: {signal.strsignal(-code).lower()}" if code < 0 else f"exit status {code}"
    return f"Error: Runtime exited with error: {status}"


def _read_lines(stream: IO[str], use, at_end=lambda: None) -> threading.Thread:
    """Hand each line of a stream to `use`, in a thread that ends with the stream."""

    def read() -> None:
        with stream:
            for line in stream:
                use(line.rstrip("\n"))
        at_end()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
