"""The web application of a container that serves: /ping, /execution-parameters, /invocations."""

import json
import os
from collections.abc import Mapping
from typing import Any

from helpers.local.containers.toolkit.errors import without_stack_trace
from helpers.local.containers.toolkit.masking import PathMasker, log

DEFAULT_LIMIT_BYTES = 6 * 1024 * 1024  # of a request
MAX_LIMIT_BYTES = 20 * 1024 * 1024
TEXT = "text/html; charset=utf-8"  # Flask's content type of a text, in AWS's containers
JSON = "application/json"
ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}

Answer = tuple[int, bytes, str]  # status, body, content type
TOO_LARGE: Answer = (
    413,
    b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity Too Large</title>\n"
    b"<h1>Request Entity Too Large</h1>\n"
    b"<p>The data value transmitted exceeds the capacity limit.</p>\n",
    TEXT,
)


class HttpApp:
    """The answers of a container that serves; a subclass implements `invoke`.

    It answers GET /ping (200, empty), GET /execution-parameters (JSON) and POST /invocations: 204
    for an empty body, 413 for one over the limit, else what `invoke` returns.

    Parameters
    ----------
    environ
        The container's environment. MAX_CONTENT_LENGTH is the limit of a request in bytes, at most
        20 MiB; 6 MiB by default.
    paths
        Hides this machine's paths in errors.
    """

    def __init__(self, environ: Mapping[str, str], paths: PathMasker):
        self.paths = paths
        self.environ = environ
        limit = int(environ.get("MAX_CONTENT_LENGTH") or DEFAULT_LIMIT_BYTES)
        self.limit = min(limit, MAX_LIMIT_BYTES)

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer POST /invocations.

        Parameters
        ----------
        headers
            By lower-case name.
        body
            Not empty, and within the limit.

        Returns
        -------
        tuple of int, bytes and str
            Status, body and content type; of an error, what `failed` returns.
        """
        raise NotImplementedError

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Answer one request; `headers` by lower-case name, `body` None if too large."""
        if path not in ROUTES:
            return 404, b"Not Found", TEXT
        if method != ROUTES[path]:
            return 405, b"Method Not Allowed", TEXT
        if path == "/ping":
            return 200, b"", TEXT
        if path == "/execution-parameters":
            return 200, json.dumps(self._execution_parameters()).encode(), JSON
        if body is None:
            return TOO_LARGE
        if not body:
            return 204, b"", TEXT
        return self.invoke(headers, body)

    def _execution_parameters(self) -> dict[str, Any]:
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.limit // 1024**2,
        }

    def failed(self, status: int, error: Exception, prefix: str = "") -> Answer:
        """Return an answer with an error's text; its traceback goes to the log."""
        log.exception(error)
        text = without_stack_trace(f"{prefix}{error}")
        return status, self.paths.mask(text).encode(errors="replace"), TEXT
