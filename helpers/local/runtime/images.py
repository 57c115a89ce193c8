"""Framework images on this machine: Python environments in the home folder, shared by all jobs."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from helpers.local.home import DEFAULT_REGION, Home

MARKER = "image.json"  # written last: an environment without it is incomplete
PARTIAL = ".partial"  # how the name of a folder ends that is being made or removed


class ImageNotPulledError(Exception):
    """The environment of an image is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class PulledImage:
    """What an image's marker says of its environment.

    Parameters
    ----------
    python
        The version of Python, such as ``3.11.7``.
    package
        The package that gives the framework its name, with the version that runs.
    digest
        SHA-256 of the lock file from which it was made.
    size
        In bytes, on disk.
    """

    python: str
    package: str
    digest: str
    size: int


def folder(home: Home, framework: Framework) -> Path:
    """Return where the environment of an image is, or would be."""
    return home.images / framework.name


def interpreter(home: Home, framework: Framework) -> Path:
    """Return the Python of an image. Raises ImageNotPulledError."""
    if pulled(home, framework) is None:
        raise ImageNotPulledError(
            f"The image {framework.name} has not been pulled on this machine. Pull it once: "
            f"python -m helpers local pull {framework.name}"
        )
    return folder(home, framework) / "bin/python3"


def pulled(home: Home, framework: Framework) -> PulledImage | None:
    """Return what is known of an image's environment; None if it is missing or incomplete.

    It is incomplete too if the Python from which it was made has been removed from this machine.
    """
    environment = folder(home, framework)
    if not (environment / "bin/python3").exists():
        return None
    try:
        return PulledImage(**json.loads((environment / MARKER).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_marker(environment: Path, image: PulledImage) -> None:
    """Declare an environment complete."""
    (environment / MARKER).write_text(json.dumps(asdict(image)))


def is_current(framework: Framework, image: PulledImage) -> bool:
    """Tell whether an environment was made from a lock file that the image still has."""
    locks = (framework.requirements, cpu_requirements(framework))
    return image.digest in [digest(lock) for lock in locks if lock.exists()]


def cpu_requirements(framework: Framework) -> Path:
    """Return the lock file of an image's smaller build, for a machine without an NVIDIA GPU.

    It exists only where the packages for any machine come with CUDA.
    """
    return framework.requirements.with_name("requirements-cpu.txt")


def digest(lock: Path) -> str:
    """Return the SHA-256 of a lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def frameworks(region: str = DEFAULT_REGION) -> dict[Framework, list[str]]:
    """Return all framework images, with the URIs in a Region that they stand for, newest first."""
    uris: dict[Framework, list[str]] = {}
    for where in dict.fromkeys((DEFAULT_REGION, region)):  # some Regions don't have all images
        for uri in registry.known_images(where):
            image = registry.resolve(uri, where)
            if framework := registry.container_of(image).framework(image):
                uris.setdefault(framework, []).extend([uri] if where == region else [])
    return uris


@contextlib.contextmanager
def locked(home: Home, framework: Framework) -> Iterator[int]:
    """Take an image's lock, and say so if another process has it. Yields its descriptor.

    What an interrupted pull or removal has left is removed first.
    """
    home.images.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(home.images / f"{framework.name}.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                f"Waiting for another command that pulls or removes {framework.name}.", flush=True
            )
            fcntl.flock(file, fcntl.LOCK_EX)
        for left in home.images.glob(f"{framework.name}.*{PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)
        yield file.fileno()


def remove(home: Home, framework: Framework) -> bool:
    """Remove an image's environment; return whether there was one."""
    with locked(home, framework):
        environment = folder(home, framework)
        if not environment.exists():
            return False
        discard(environment)
        return True


def discard(environment: Path) -> None:
    """Remove an environment. Killed in the middle, it leaves nothing that counts as an image."""
    scratch = environment.with_name(f"{environment.name}.{os.getpid()}{PARTIAL}")
    environment.rename(scratch)
    shutil.rmtree(scratch)
