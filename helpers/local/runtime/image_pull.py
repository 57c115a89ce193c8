"""Make the environment of a framework image: whole or not at all, by one process at a time.

It is built in a scratch folder beside its own and renamed when it is complete, so that a crash
leaves nothing that counts as an image. It can be renamed since uv makes it relocatable.
"""

import functools
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.local import containers
from helpers.local.containers.contract import Framework
from helpers.local.home import Home, LocalError
from helpers.local.runtime import images, pip_settings, uv

COURSE_PYTHON = "{}.{}".format(*sys.version_info)
# With hashes too: what builds the few packages that come as source only.
BUILD_REQUIREMENTS = Path(containers.__file__).with_name("build-requirements.txt")
# What uv prints of a failure, and what to tell people. The first one that matches counts.
CAUSES = {
    r"no space left on device|os error 28\b|disk quota exceeded": (
        "The disk is full. Free some space, then pull again."
    ),
    r"permission denied|read-only file system|operation not permitted": (
        "A file can't be written: check the permissions of the home folder and of ~/.cache/uv."
    ),
    r"hash mismatch|hashes are required": (
        "A package differs from the one in the image's lock file. Pull again: a download may be "
        "incomplete. Behind a mirror, ask whether it changes or rebuilds packages."
    ),
    r"dns error|failed to fetch|error sending request|\bconnect|timed out|\bnetwork\b": (
        "The packages can't be downloaded. Check the network, then pull again; it continues with "
        "what it has. Behind a proxy, set HTTPS_PROXY; with a mirror, PIP_INDEX_URL; with a folder "
        "of wheels, PIP_NO_INDEX=1 and PIP_FIND_LINKS."
    ),
    r"no solution found|no (usable )?wheels|was not found|no version": (
        "A package of the image has no build for this machine and this Python, or the network or "
        "mirror does not offer it."
    ),
    r"": "A step failed. Pull again; if it fails again, uv's own text says why.",
}


class ImagePullError(LocalError):
    """An image can't be pulled; the message says why, and what to do next."""


@dataclass(frozen=True)
class Packages:
    """What an image installs.

    Parameters
    ----------
    lock
        The lock file.
    framework
        The framework's package and its version, such as ``torch 2.13.0+cpu``.
    download_mb, disk_mb
        Sizes of the downloads and of what is installed, from ``requirements.sizes.json`` beside the
        lock file, where they are those on Linux x86-64.
    """

    lock: Path
    framework: str
    download_mb: int
    disk_mb: int


def pull(home: Home, framework: Framework) -> images.PulledImage:
    """Make an image's environment, unless it exists already, and print what is done.

    Raises
    ------
    ImagePullError
        If the image can't be pulled; an environment that was there before still is.
    """
    home.prepare()
    try:
        with images.locked(home, framework) as lock:
            image = images.pulled(home, framework)
            if image and images.is_current(framework, image):
                print(f"{framework.name} is already pulled.")
                return image
            return _pull(home, framework, lock)
    except OSError as error:
        raise ImagePullError(
            f"{framework.name} can't be pulled to {home.images}: {error.strerror or error}. Free "
            "some disk space or fix the folder's permissions, then pull again."
        ) from error


def packages_for(framework: Framework, python: str) -> Packages:
    """Return the packages that suit this machine and a version of Python such as ``3.11``.

    The smaller build, for machines without an NVIDIA GPU, is locked for the image's preferred
    Python.
    """
    smaller = images.cpu_requirements(framework)
    use_smaller = _smaller_suits(framework) and python == framework.python
    lock = smaller if use_smaller else framework.requirements
    sizes = json.loads(lock.with_name("requirements.sizes.json").read_text())
    pin = rf"^{re.escape(framework.package)}(?:-cpu)?==([^\s;]+)"
    version = re.search(pin, lock.read_text(), re.MULTILINE)[1]
    brings_cuda = lock != smaller and platform.system() == "Linux"
    size = sizes[lock.name] if brings_cuda or not smaller.exists() else sizes[smaller.name]
    return Packages(lock, f"{framework.package} {version}", **size)


def _smaller_suits(framework: Framework) -> bool:
    """Tell whether an image has a smaller build that runs here: on Linux x86-64 without a GPU."""
    if not images.cpu_requirements(framework).exists():
        return False
    is_linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    return is_linux and not has_nvidia_gpu()


def has_nvidia_gpu() -> bool:
    """Tell whether NVIDIA's driver sees a GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return False
    listing = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)
    return listing.stdout.startswith("GPU ")


def _pull(home: Home, framework: Framework, lock: int) -> images.PulledImage:
    variables, options = pip_settings.for_uv(sys.executable)
    python, version = _find_python(framework, variables)
    packages = packages_for(framework, version)
    _check_space(home, framework, packages)
    _announce(framework, packages, version)
    scratch = Path(
        tempfile.mkdtemp(dir=home.images, prefix=f"{framework.name}.", suffix=images.PARTIAL)
    )
    try:
        run = functools.partial(uv.run, variables=variables, keep_open=(lock,))
        indexes = [[*options, *index] for index in _torch_indexes(packages, variables)]
        _install(run, scratch, python, packages.lock, indexes)
        image = _describe(scratch, packages)
        images.write_marker(scratch, image)
        if images.folder(home, framework).exists():
            images.discard(images.folder(home, framework))
        scratch.rename(images.folder(home, framework))
    except uv.UvError as error:
        raise _explain(framework, str(error)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"Pulled {framework.name}: {image.package} runs on Python {image.python}.")
    return image


def _announce(framework: Framework, packages: Packages, python: str) -> None:
    print(
        f"Pulling {framework.name}: Python {python}, {packages.framework}. It downloads about "
        f"{packages.download_mb} MB, unless uv's cache has them, and takes {packages.disk_mb} MB "
        "on disk.",
        flush=True,
    )
    if _smaller_suits(framework) and python != framework.python:
        smaller = packages_for(framework, framework.python)
        print(
            f"With Python {framework.python} on PATH it would be {smaller.framework}, "
            f"{smaller.download_mb} MB. To have that, stop this (Ctrl-C), install Python "
            f"{framework.python} and pull again.",
            flush=True,
        )


def _find_python(framework: Framework, variables: dict[str, str]) -> tuple[str, str]:
    """Return the path of the Python to use, and its version: the preferred one, or the course's."""
    if framework.python != COURSE_PYTHON:
        find = ["python", "find", "--no-python-downloads", "--no-project", framework.python]
        try:
            output = uv.run(*find, variables=variables, show=False)
            return output.splitlines()[-1], framework.python
        except uv.UvError:
            print(f"Python {framework.python} is not installed: {COURSE_PYTHON} takes its place.")
    return sys.executable, COURSE_PYTHON


def _check_space(home: Home, framework: Framework, packages: Packages) -> None:
    # Packages in uv's cache take no space of their own; the worst case is that none is there.
    free = shutil.disk_usage(home.images).free / 1e6
    if free < packages.disk_mb:
        raise ImagePullError(
            f"{framework.name} takes {packages.disk_mb} MB, and {home.images} has {free:.0f} MB "
            "free. Free some disk space, or set SAGEMAKER_LOCAL_HOME to a folder on another disk."
        )


def _install(
    run: Callable[..., str], scratch: Path, python: str, lock_file: Path, indexes: list[list[str]]
) -> None:
    """Make the environment; take its packages from the first of the indexes that has them all."""
    venv = ["venv", "--quiet", "--relocatable", "--clear", "--no-project", "--python", python]
    run(*venv, scratch)
    install = ["pip", "sync", "--python", scratch / "bin/python3", "--require-hashes"]
    install += ["--build-constraints", BUILD_REQUIREMENTS, "--compile-bytecode", lock_file]
    for index in indexes:
        try:
            run(*install, *index)
        except uv.UvError as error:
            failure = error
        else:
            return
    raise failure


def _torch_indexes(packages: Packages, variables: dict[str, str]) -> list[list[str]]:
    """Return the options of uv to try in turn.

    PyPI doesn't have PyTorch's build without CUDA. A folder of wheels may have it; if not, uv
    knows where PyTorch keeps it.
    """
    if "+cpu" not in packages.framework:
        return [[]]
    pytorch = ["--torch-backend", "cpu"]
    return [[], pytorch] if variables.get("UV_FIND_LINKS") else [pytorch]


def _describe(scratch: Path, packages: Packages) -> images.PulledImage:
    command = [scratch / "bin/python3", "-c", "import platform; print(platform.python_version())"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise uv.UvError(done.stderr)
    return images.PulledImage(
        python=done.stdout.strip(),
        package=packages.framework,
        digest=images.digest(packages.lock),
        size=sum(file.lstat().st_blocks * 512 for file in scratch.rglob("*")),
    )


def _explain(framework: Framework, output: str) -> ImagePullError:
    text = next(text for cause, text in CAUSES.items() if re.search(cause, output, re.IGNORECASE))
    message = f"{framework.name} was not pulled. {text}"
    if not sys.stderr.isatty():  # where uv's own text has been shown already
        message += "\nuv said:\n    " + "\n    ".join(output.strip().splitlines()[-8:])
    return ImagePullError(message)
