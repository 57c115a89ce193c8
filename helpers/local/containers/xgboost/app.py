"""The container's web application: /ping, /execution-parameters and /invocations."""

import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from helpers.local.containers.toolkit.masking import PathMasker, log
from helpers.local.containers.xgboost import (
    request_decoding,
    response_encoding,
    selectable_inference,
)

from .models import Predictor

DEFAULT_LIMIT = 6 * 1024 * 1024  # bytes of a request
HIGHEST_LIMIT = 20 * 1024 * 1024
TEXT = "text/html; charset=utf-8"  # what Flask says of a text, in AWS's container

Answer = tuple[int, bytes, str]  # status, body, content type
TOO_LARGE: Answer = (
    413,
    b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity Too Large</title>\n"
    b"<h1>Request Entity Too Large</h1>\n"
    b"<p>The data value transmitted exceeds the capacity limit.</p>\n",
    TEXT,
)


class App:
    """An ASGI application that answers with one predictor's predictions.

    environ: the container's environment; SAGEMAKER_BATCH, SAGEMAKER_INFERENCE_OUTPUT,
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT and MAX_CONTENT_LENGTH (bytes) mean what they do on AWS.
    """

    def __init__(self, predictor: Predictor, environ: Mapping[str, str], paths: PathMasker):
        self.predictor = predictor
        self.paths = paths
        self.environ = environ
        self.batch = bool(environ.get("SAGEMAKER_BATCH"))
        given = int(environ.get("MAX_CONTENT_LENGTH") or DEFAULT_LIMIT)
        self.limit = min(given, HIGHEST_LIMIT)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        body = await self._read_body(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        status, content, content_type = self.answer(scope["method"], scope["path"], headers, body)
        found = [(b"content-type", content_type.encode("latin-1", "replace"))]
        if status != 204:
            found.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": found})
        await send({"type": "http.response.body", "body": content})
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        print(
            f'169.254.255.130 - - [{now}] "{scope["method"]} {scope["path"]} HTTP/1.1" '
            f'{status} {len(content)} "-" "{headers.get("user-agent", "-")}"',
            flush=True,
        )

    async def _read_body(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes | None:
        """The whole body, None if it is larger than the limit."""
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size <= self.limit:
                parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts) if size <= self.limit else None

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """The answer to one request; `headers` by lower-case name, `body` None if too large."""
        routes = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}
        if path not in routes:
            return 404, b"Not Found", TEXT
        if method != routes[path]:
            return 405, b"Method Not Allowed", TEXT
        if path == "/ping":
            return 200, b"", TEXT
        if path == "/execution-parameters":
            return 200, json.dumps(self._execution_parameters()).encode(), response_encoding.JSON
        if body is None:
            return TOO_LARGE
        return self._invoke(headers, body)

    def _execution_parameters(self) -> dict[str, Any]:
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.limit // 1024**2,
        }

    def _invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if not body:
            return 204, b"", TEXT
        try:
            shifts = self.predictor.behaves.shifts_libsvm
            features, data_format = request_decoding.read(body, headers.get("content-type"), shifts)
        except Exception as error:
            return self._failed(415, error)
        try:
            predictions = self.predictor.predict(features, data_format)
        except Exception as error:
            return self._failed(400, error, "Unable to evaluate payload provided: ")
        chosen = self.environ.get(selectable_inference.VARIABLE)
        if self.batch and chosen is None:
            return 200, response_encoding.to_batch(predictions).encode(), response_encoding.CSV
        try:
            accept = response_encoding.to_accept(headers.get("accept", ""), self.environ)
        except response_encoding.NotAcceptable as error:
            return self._failed(406, error)
        if chosen is None:
            return (
                200,
                response_encoding.encode(predictions, accept, self.predictor.behaves),
                accept,
            )
        try:
            keys = selectable_inference.selected_keys(chosen)
            rows = selectable_inference.select(
                predictions, keys, self.predictor.objective, self.predictor.num_class
            )
            return 200, selectable_inference.encode(rows, keys, accept, self.batch), accept
        except Exception as error:
            return self._failed(500, error)

    def _failed(self, status: int, error: Exception, start: str = "") -> Answer:
        """An error as the answer's text, with its traceback in the log."""
        log.exception(error)
        return status, self.paths.masked(f"{start}{error}").encode(), TEXT
