"""Load a model by the user's functions and serve it: `serve.py HANDLERS SOCKET MODEL_DIR CODE_DIR`.

HANDLERS is the file `serving_handlers.py` of a framework, with its function `service`. What the
file requirements.txt in CODE_DIR asks for is installed first, as in AWS's containers.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

from local_model_server import http_server


def main(handlers: Path, socket: Path, model_dir: Path, code_dir: Path) -> None:
    """Serve until SIGTERM; errors in loading the model end the process."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s - %(name)s - %(message)s", level=logging.INFO
    )
    for name, level in (("boto3", "INFO"), ("s3transfer", "INFO"), ("botocore", "WARNING")):
        logging.getLogger(name).setLevel(level)
    install_requirements(code_dir)
    sys.path.append(sys.path.pop(0))  # modules of the user come first
    spec = importlib.util.spec_from_file_location("local_model_server.handlers", handlers)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    http_server.run(module.service(model_dir), socket)


def install_requirements(code_dir: Path) -> None:
    """Install what the user's code needs. Ends the process if that fails; the log says why."""
    if (code_dir / "requirements.txt").exists():
        command = (sys.executable, "-m", "pip", "install", "-r", "requirements.txt")
        code = subprocess.run(command, cwd=code_dir, check=False).returncode
        if code:
            sys.exit(f"Failed to install requirements.txt: pip has ended with {code}.")
        importlib.invalidate_caches()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
