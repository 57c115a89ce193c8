"""The container's `serve`: load the model and serve on a unix socket until it is stopped."""

import os
from collections.abc import Mapping
from pathlib import Path

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import http_server
from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging
from helpers.local.containers.xgboost import models
from helpers.local.containers.xgboost.app import App
from helpers.local.containers.xgboost.versions import behavior


def serve(opt_ml: Path, image: Image, environ: Mapping[str, str], socket: Path) -> int:
    """Serve a model.

    Parameters
    ----------
    opt_ml
        A folder shaped like /opt/ml; the model is in its folder `model`.
    image
        Whose version decides how it behaves.
    environ
        SAGEMAKER_BATCH and the other variables of a container that serves.
    socket
        The path of the unix socket.

    Returns
    -------
    int
        The exit code: 0 after SIGTERM, 1 if the model can't be loaded, before the socket exists.
    """
    paths = PathMasker(opt_ml)
    start_logging(paths)
    log.info("No GPUs detected (normal if no gpus installed)")
    ensemble = environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true"  # True means off
    try:
        boosters = models.load(opt_ml / "model", ensemble)
        predictor = models.Predictor(boosters, behavior(image))
    except Exception as error:
        log.exception("Unable to load model: %s", error)
        return 1
    log.info("Model loaded successfully for worker : %d", os.getpid())
    http_server.run(App(predictor, environ, paths), socket)
    return 0
