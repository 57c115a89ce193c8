"""The container's `serve`: load the model and serve on a unix socket until it is stopped."""

from collections.abc import Mapping
from pathlib import Path

from helpers.local.containers.linear_learner import log_lines, model_file
from helpers.local.containers.linear_learner.app import App
from helpers.local.containers.toolkit import http_server
from helpers.local.containers.toolkit.masking import PathMasker, log


def serve(opt_ml: Path, environ: Mapping[str, str], socket: Path) -> int:
    """Serve a model.

    Parameters
    ----------
    opt_ml
        A folder shaped like /opt/ml; the model is in its folder `model`.
    environ
        The variables of a container that serves.
    socket
        The path of the unix socket.

    Returns
    -------
    int
        The exit code: 0 after SIGTERM, 1 if the model can't be loaded, before the socket exists.
    """
    paths = PathMasker(opt_ml)
    log_lines.start(paths, "serve")
    log.info("loading entry points")
    try:
        model = model_file.load(opt_ml / "model")
    except model_file.UnreadableModelError as error:
        log.error("Unable to load model: %s", error)
        return 1
    log.info("Number of server workers: 1")
    http_server.run(App(model, environ, paths), socket)
    return 0
