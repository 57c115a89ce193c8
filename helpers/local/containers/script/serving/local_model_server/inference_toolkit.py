"""Serve by AWS's toolkit sagemaker-inference, without its Java server: in the image of PyTorch.

What that server, TorchServe, makes of the toolkit's results is done here. Source: the package
torchserve 0.12.0, module `ts.protocol.otf_message_handler`.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker_inference.transformer import Transformer

from local_model_server.answers import JSON, NOT_FOUND, Answer, Timeout, header_value
from local_model_server.environment import timeout_seconds

log = logging.getLogger(__name__)
MB = 1 << 20


class Context:
    """What the toolkit asks its model server about the request that it answers now."""

    def __init__(self, model_dir: Path):
        self.system_properties = {"model_dir": str(model_dir), "gpu_id": None}
        self.request_processor = [self]
        self.start({})

    def start(self, headers: Mapping[str, str]) -> None:
        """Begin another request."""
        self._properties = {name.title(): value for name, value in headers.items()}
        self.status, self.content_type = 200, JSON

    def get_request_properties(self) -> dict[str, str]:
        return self._properties

    def get_request_property(self, name: str) -> str | None:
        return self._properties.get(name.title())

    def get_request_header(self, index: int, name: str) -> str | None:
        return self.get_request_property(name)

    def set_response_content_type(self, index: int, content_type: str) -> None:
        self.content_type = content_type

    def set_response_status(self, code: int = 200, phrase: str = "", index: int = 0) -> None:
        self.status = int(code)


class ToolkitService:
    """Answers with the functions of the user's module, called by the toolkit.

    Parameters
    ----------
    model_dir
        The argument of `model_fn`.
    handler
        The framework's default functions, as the toolkit asks for them.
    """

    def __init__(self, model_dir: Path, handler: Any):
        megabytes = os.environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB")
        self.limit_bytes = int(megabytes) * MB if megabytes else None
        self.timeout = Timeout(timeout_seconds(), _error(500, "Worker died."))
        self._context = Context(model_dir)
        self._transformer = Transformer(handler)
        self._transformer.validate_and_initialize(str(model_dir), self._context)

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer POST /invocations. An error's traceback is its body, as on AWS, and in the log."""
        context = self._context
        context.start(headers)
        result = self._transformer.transform([{"body": body}], context)[0]
        if context.status >= 400:
            print(result, flush=True)
        try:
            content_type = header_value(context.content_type or JSON)
            return Answer(context.status, response_body(result), content_type)
        except (TypeError, ValueError):
            log.warning("Unable to serialize model output.", exc_info=True)
            return _error(503, "Unsupported model output data type.")

    def execution_parameters(self) -> Answer:
        """Answer as TorchServe, which does not have this route."""
        return NOT_FOUND


def _error(status: int, message: str) -> Answer:
    """Return an error of TorchServe's own."""
    error = {"code": status, "type": "InternalServerException", "message": message}
    return Answer(status, json.dumps(error, indent=2).encode(), JSON)


def response_body(result: Any) -> bytes:
    """Return the body that TorchServe makes of a result: `null` of None, for example.

    Raises TypeError for what cannot be written as JSON. (TorchServe also writes a tensor, as
    `torch.save` does.)
    """
    if isinstance(result, (bytes, bytearray)):
        return bytes(result)
    if isinstance(result, str):
        return result.encode()
    return json.dumps(result, indent=2).encode()
