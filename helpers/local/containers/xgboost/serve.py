"""The container's `serve`: loads the model and answers on a unix socket until it is stopped."""

import os
import signal
import socket as sockets
from pathlib import Path

import uvicorn

from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging

from ..images import Image, behaviour
from . import models
from .app import App

BACKLOG = 2048  # connections that wait


def serve(opt_ml: Path, image: Image, environ: dict[str, str], socket: Path) -> int:
    """Serve the model in `opt_ml/model` on a unix socket; returns the exit code.

    environ: SAGEMAKER_BATCH and the other variables of a container that serves. SIGTERM ends it
    with 0; a model that can't be loaded with 1, before the socket exists.
    """
    paths = PathMasker(opt_ml)
    start_logging(paths)
    log.info("No GPUs detected (normal if no gpus installed)")
    behaves = behaviour(image)
    ensemble = environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true").lower() == "true"
    try:
        predictor = models.Predictor(models.load(opt_ml / "model", ensemble), behaves)
    except Exception as error:
        log.exception("Unable to load model: %s", error)
        return 1
    log.info("Model loaded successfully for worker : %d", os.getpid())
    stopped = signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at its end
    config = uvicorn.Config(
        App(predictor, environ, paths), log_config=None, access_log=False, lifespan="off"
    )
    listener = _listen(socket)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, stopped)
        listener.close()
        socket.unlink(missing_ok=True)
    return 0


def _listen(path: Path) -> sockets.socket:
    """A unix socket that only this user can reach."""
    listener = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    return listener
