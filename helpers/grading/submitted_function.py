"""The function that a learner packed for Lambda: its code, and calls of the functions in it."""

from __future__ import annotations

import ast
import contextlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.grading import submitted_endpoint
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.web_app import Function, FunctionError

NAME = "app/function.zip"
MODULE = "handler.py"
MAX_UNPACKED_BYTES = 50_000_000
CALL_SECONDS = 10
PROBE = '''"""Call a function of the handler's module, and count its calls of the endpoint."""
import json

import handler

calls = []
score = handler.score


def counted_score(rows):
    calls.append(len(rows))
    return score(rows)


def call(event, context):
    calls.clear()
    handler.score = counted_score if event["name"] != "score" else score
    try:
        value = getattr(handler, event["name"])(*event["arguments"])
    except handler.RequestError as error:
        return {"refused": [error.status, str(error)]}
    return {"value": json.loads(json.dumps(value, default=repr)), "calls": calls}
'''


class SubmittedFunction:
    """The learner's function, running in a process of its own."""

    def __init__(self, function: Function, tree: ast.Module):
        self._function, self._tree = function, tree

    @property
    def log(self) -> str:
        """What it has printed."""
        return "\n".join(self._function.log)

    def call(self, name: str, *arguments: Any) -> dict[str, Any]:
        """Call a function of the module.

        Returns ``value`` with what it returned, through JSON, and ``calls`` with the number of rows
        in each call of the endpoint; or ``refused`` with status and message of a RequestError.
        Raises TaskError if it raises another error, or is not written yet.
        """
        self._require_written(name)
        try:
            return self._function.invoke({"name": name, "arguments": arguments})
        except FunctionError as error:
            details = error.details
            where = "".join(details.get("stackTrace", [])[-1:]).strip()
            raise TaskError(
                f"{name}({_shown(arguments)}) ends in {details['errorType']}: "
                f"{details['errorMessage'][:300]}\n{_without_folder(where)}".strip()
            ) from None

    def _require_written(self, name: str) -> None:
        """Raise TaskError if a function is missing, or its body is still the `...`."""
        for node in self._tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                if any(_is_ellipsis(statement) for statement in node.body):
                    raise TaskError(
                        f"{name} in web_app/{MODULE} is not written yet: replace the `...` with "
                        "your code, save the file, and run this cell again."
                    )
                return
        raise TaskError(f"web_app/{MODULE} has no function {name} any more.")


@contextlib.contextmanager
def running(submission: Submission) -> Iterator[SubmittedFunction]:
    """Run the packed function with the endpoint of the exercise. Raises TaskError.

    Each hint from within the block begins with the time of the package.
    """
    content = submission.read(NAME)
    packed_at = next(item.modified for item in submission.objects("app") if item.key.endswith(NAME))
    endpoint = submitted_endpoint.find(submission).endpoint["EndpointName"]
    environment = {
        "ENDPOINT_NAME": endpoint,
        "AWS_DEFAULT_REGION": submission.sagemaker.meta.region_name,
    }
    context = f"Your function, packed at {packed_at:%H:%M:%S} UTC: "
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "function.zip"
        tree = _with_probe(content, path)
        function = Function(path, environment, CALL_SECONDS, handler="probe.call")
        try:
            yield SubmittedFunction(function, tree)
        except TaskError as error:
            error.context = error.context or context
            raise
        finally:
            function.stop()


def _with_probe(content: bytes, path: Path) -> ast.Module:
    """Write the package with the probe to a path; return the syntax tree of the handler."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise TaskError(f"{NAME} unpacks to far more bytes than expected.")
            tree = ast.parse(archive.read(MODULE), MODULE)
    except (zipfile.BadZipFile, KeyError):
        raise TaskError(
            f"{NAME} is not a zip file with {MODULE} in it: helpers.web_app.package writes one."
        ) from None
    except (SyntaxError, ValueError) as error:
        raise TaskError(f"web_app/{MODULE} is not valid Python: {error}.") from None
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("probe.py", PROBE)
    return tree


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and getattr(node.value, "value", None) is ...


def _shown(arguments: tuple) -> str:
    text = ", ".join(map(repr, arguments))
    return text if len(text) <= 120 else f"{text[:120]}..."


def _without_folder(frame: str) -> str:
    """Return a frame of a stack without the folder that the package was unpacked to."""
    before, quote, rest = frame.partition('"')
    path, _, after = rest.partition('"')
    return f'{before}"{Path(path).name}"{after}' if quote else frame
