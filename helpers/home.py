"""Where the course is, where it keeps things, and whose account it plays locally."""

import os
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
START_PAGE = CHECKOUT / "Start Here.md"  # what JupyterLab opens; helpers/course writes it
LESSON_FOLDERS = ("Tutorial", "Mini-Projects")
ACCOUNT = "111122223333"  # the id of the local account, one of those that AWS documents use
ROLE_NAME = "AmazonSageMaker-ExecutionRole"


def home_folder() -> Path:
    """Return the folder of SAGEMAKER_LOCAL_HOME, else `.sagemaker/` in the checkout.

    It never depends on the working directory: a notebook runs in its own folder.
    """
    chosen = os.environ.get("SAGEMAKER_LOCAL_HOME")
    return Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".sagemaker"


def atomic_write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that no reader sees half of it; create its folder."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, scratch = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
