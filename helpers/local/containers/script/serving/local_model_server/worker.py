"""Serve as AWS's toolkit sagemaker-containers does, which all its older containers contain.

Source: that package, version 2.8.6, modules `_transformer` and `_worker`. It does not run in
today's Python. Every error in a user's or a default function is status 500 with a page of Flask,
an unsupported content type too: AWS's containers pass their default functions as the user's.
"""

from __future__ import annotations

import importlib
import json
import logging
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_model_server import encoders
from local_model_server.answers import (
    FAILED,
    HTML,
    JSON,
    NOT_FOUND,
    TIMED_OUT,
    Answer,
    Timeout,
    header_value,
    to_bytes,
)
from local_model_server.environment import default_accept, module_name, timeout_seconds

log = logging.getLogger(__name__)
MODEL_FN_MISSING = textwrap.dedent(
    """
    Please provide a model_fn implementation.
    See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk
    """
)
INVALID_RESULT = "The view function did not return a valid response."


class Response:
    """What a user's function may return in place of a body: the toolkit's `worker.Response`.

    Of `headers`, only the content type reaches the client, as on AWS.
    """

    def __init__(
        self,
        response: Any = None,
        accept: Any = None,
        status: int | str = 200,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ):
        self._response, self._status, self._mimetype = response, status, mimetype
        self._headers = {name.lower(): value for name, value in dict(headers or {}).items()}

    def answer(self) -> Answer:
        """Return it with its content type as Flask writes it."""
        status = int(str(self._status).split()[0])
        content_type = header_value(self._content_type())
        return Answer(status, to_bytes(self._response), content_type)

    def _content_type(self) -> str:
        if self._mimetype is None:
            return self._headers.get("content-type", JSON)
        if self._mimetype.startswith("text/") or self._mimetype.endswith(("/xml", "+xml")):
            return f"{self._mimetype}; charset=utf-8"
        return self._mimetype


@dataclass(frozen=True)
class DefaultFunctions:
    """What a framework's container does where the user's module has no function of that name."""

    input_fn: Callable[[Any, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any] = lambda prediction, accept: Response(
        encoders.encode(prediction, accept), mimetype=accept
    )


class WorkerService:
    """Answers with the functions of the user's module.

    Parameters
    ----------
    model_dir
        The argument of `model_fn`.
    defaults
        The framework's functions.
    has_execution_parameters
        Whether the framework's container calls the module's `execution_parameters_fn`.
    """

    limit_bytes = None

    def __init__(
        self,
        model_dir: Path,
        defaults: DefaultFunctions,
        has_execution_parameters: bool = False,
    ):
        self._has_execution_parameters = has_execution_parameters
        self.timeout = Timeout(timeout_seconds(), TIMED_OUT)
        self._module = importlib.import_module(module_name())
        self._transform_fn = self._chosen_transform(defaults)
        if not hasattr(self._module, "model_fn"):
            raise NotImplementedError(MODEL_FN_MISSING)
        self._model = self._module.model_fn(str(model_dir))

    def _chosen_transform(self, defaults: DefaultFunctions) -> Callable[..., Any]:
        names = ("input_fn", "predict_fn", "output_fn")
        own = {name: getattr(self._module, name, None) for name in names}
        transform_fn = getattr(self._module, "transform_fn", None)
        if transform_fn and any(own.values()):
            raise ValueError(
                "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
            )
        if transform_fn:
            return transform_fn
        read, predict, write = (own[name] or getattr(defaults, name) for name in names)
        return lambda model, content, content_type, accept: write(
            predict(read(content, content_type), model), accept
        )

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer POST /invocations."""
        content_type = headers.get("contenttype") or headers.get("content-type") or JSON
        accept = headers.get("accept")
        if not accept or accept == "*/*":
            accept = default_accept()
        is_text = content_type in encoders.UTF8_TYPES
        content = body.decode("utf-8", "replace") if is_text else body
        return self._answer(
            "/invocations [POST]",
            lambda: self._transform_fn(self._model, content, content_type, accept),
        )

    def execution_parameters(self) -> Answer:
        """Answer by the user's `execution_parameters_fn`."""
        function = getattr(self._module, "execution_parameters_fn", None)
        if function is None or not self._has_execution_parameters:
            return NOT_FOUND
        return self._answer("/execution-parameters [GET]", function)

    def _answer(self, where: str, function: Callable[[], Any]) -> Answer:
        try:
            return _to_answer(function())
        except Exception:
            log.exception("Exception on %s", where)
            return FAILED


def _to_answer(result: Any) -> Answer:
    """Return what Flask 3.1.3, which AWS's images have, makes of the result of a function.

    Raises TypeError with its texts. (Flask also takes a WSGI application.)
    """
    if isinstance(result, tuple):
        return Response(result[0], mimetype=result[1]).answer()
    if isinstance(result, Response):
        return result.answer()
    if isinstance(result, (dict, list)):
        text = json.dumps(result, sort_keys=True, separators=(",", ":"))
        return Answer(200, f"{text}\n".encode(), JSON)
    if isinstance(result, (str, bytes, bytearray, Iterator)):
        return Answer(200, to_bytes(result), HTML)
    raise TypeError(f"{INVALID_RESULT} {_what_it_was(result)}")


def _what_it_was(result: Any) -> str:
    if result is None:
        return "The function either returned None or ended without a return statement."
    return (
        "The return type must be a string, dict, list, tuple with headers or status, Response "
        f"instance, or WSGI callable, but it was a {type(result).__name__}."
    )
