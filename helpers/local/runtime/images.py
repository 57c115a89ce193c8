"""Framework images on this machine: Python environments in the home folder, shared by all jobs."""

from pathlib import Path

from helpers.local.containers.contract import Framework
from helpers.local.home import Home

MARKER = "image.json"  # written last: an environment without it is incomplete


class ImageNotPulledError(Exception):
    """The environment of an image is not on this machine; the message says how to get it."""


def folder(home: Home, framework: Framework) -> Path:
    """Return where the environment of an image is, or would be."""
    return home.images / framework.name


def interpreter(home: Home, framework: Framework) -> Path:
    """Return the Python of an image. Raises ImageNotPulledError."""
    environment = folder(home, framework)
    if not (environment / MARKER).exists():
        raise ImageNotPulledError(
            f"The image {framework.name} has not been pulled on this machine. Pull it once: "
            f"python -m helpers local pull {framework.name}"
        )
    return environment / "bin/python3"
