"""Load a model by the user's functions and serve it: `serve.py HANDLERS SOCKET MODEL_DIR`.

HANDLERS is the file `serving_handlers.py` of a framework, with its function `service`.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
from pathlib import Path

from local_model_server import http_server


def main(handlers: Path, socket: Path, model_dir: Path) -> None:
    """Serve until SIGTERM; errors in loading the model end the process."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s - %(name)s - %(message)s", level=logging.INFO
    )
    for name, level in (("boto3", "INFO"), ("s3transfer", "INFO"), ("botocore", "WARNING")):
        logging.getLogger(name).setLevel(level)
    sys.path.append(sys.path.pop(0))  # modules of the user come first
    spec = importlib.util.spec_from_file_location("local_model_server.handlers", handlers)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    http_server.run(module.service(model_dir), socket)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
