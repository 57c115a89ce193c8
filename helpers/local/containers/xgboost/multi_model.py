"""The container as it serves many models: loaded, asked and unloaded by name over HTTP.

Sources: developer guide, "Build your own container for multi-model endpoints" for the routes;
aws/sagemaker-xgboost-container, `algorithm_mode/handler_service.py`, for the answers, which differ
from those of a container with one model.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import http_server
from helpers.local.containers.toolkit.http_app import JSON, TEXT, TOO_LARGE, Answer, HttpApp
from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging
from helpers.local.containers.xgboost import models, request_decoding
from helpers.local.containers.xgboost.response_encoding import CSV, to_batch
from helpers.local.containers.xgboost.versions import behavior

ACCEPTS = (CSV, "csv", JSON, "json")


def serve(opt_ml: Path, image: Image, environ: Mapping[str, str], socket: Path) -> int:
    """Serve on a unix socket until SIGTERM, at first without models. Returns the exit code, 0."""
    paths = PathMasker(opt_ml)
    start_logging(paths)
    log.info("No GPUs detected (normal if no gpus installed)")
    http_server.run(MultiModelApp(image, environ, paths), socket)
    return 0


class MultiModelApp(HttpApp):
    """Answers the requests of a multi-model container.

    Parameters
    ----------
    image
        Whose version decides how it behaves.
    environ, paths
        As of HttpApp.
    """

    def __init__(self, image: Image, environ: Mapping[str, str], paths: PathMasker):
        super().__init__(environ, paths)
        self._behavior = behavior(image)
        self._ensemble = environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true"
        self._predictors: dict[str, models.Predictor] = {}
        self._urls: dict[str, str] = {}

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Answer one request; `headers` by lower-case name, `body` None if too large."""
        if path == "/ping":
            return 200, b"", TEXT
        if body is None:
            return TOO_LARGE
        match [method, *path.strip("/").split("/")]:
            case ["GET", "models"]:
                shown = [{"modelName": name, "modelUrl": url} for name, url in self._urls.items()]
                return _json(200, {"models": shown})
            case ["POST", "models"]:
                return self._load(json.loads(body))
            case ["DELETE", "models", name]:
                return self._unload(unquote(name))
            case ["POST", "models", name, "invoke"]:
                return self._invoke(unquote(name), headers, body)
        return 404, b"Not Found", TEXT

    def _load(self, request: Mapping[str, str]) -> Answer:
        name, url = request["model_name"], request["url"]
        if name in self._predictors:
            return _json(409, {"message": f"Model {name} is already loaded"})
        try:
            boosters = models.load(Path(url), self._ensemble)
            self._predictors[name] = models.Predictor(boosters, self._behavior)
        except Exception as error:
            return self.failed(500, error, "Unable to load model: ")
        self._urls[name] = url
        log.info("Model %s loaded for worker : %d", name, os.getpid())
        return _json(200, {"status": "Model loaded"})

    def _unload(self, name: str) -> Answer:
        if name not in self._predictors:
            return _not_loaded(name)
        del self._predictors[name], self._urls[name]
        log.info("Model %s unloaded", name)
        return _json(200, {"status": "Model unregistered"})

    def _invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
        predictor = self._predictors.get(name)
        if predictor is None:
            return _not_loaded(name)
        if not body:
            return 204, b"", TEXT
        try:
            content_type = headers.get("content-type")
            features, data_format = request_decoding.read(body, content_type, self._behavior)
        except Exception as error:
            return self.failed(415, error)
        try:
            predictions = predictor.predict(features, data_format)
        except Exception as error:
            return self.failed(400, error)
        return self._encode(predictions, headers.get("accept", ""))

    def _encode(self, predictions: np.ndarray, accept: str) -> Answer:
        if accept in ("", "*/*"):
            accept = self.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
        if accept.lower() not in ACCEPTS:
            accepted = [CSV, JSON]
            error = ValueError(
                f"Encoding to accept type {accept} failed with exception: {accept} is not an "
                f"accepted Accept type. Please choose one of the following: {accepted}."
            )
            return self.failed(415, error)
        if accept.lower() in (JSON, "json"):
            return 200, json.dumps(predictions.tolist()).encode(), accept
        if self.environ.get("SAGEMAKER_BATCH"):
            return 200, to_batch(predictions).encode(), accept
        return 200, ",".join(map(str, predictions.tolist())).encode(), accept


def _not_loaded(name: str) -> Answer:
    return _json(404, {"message": f"Model {name} is not loaded"})


def _json(status: int, content: object) -> Answer:
    return status, json.dumps(content).encode(), JSON
