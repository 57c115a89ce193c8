"""Make the environment of a framework image: whole or not at all, by one process at a time.

It is built in a scratch folder beside its own and renamed when it is complete, so that a crash
leaves nothing that counts as an image. It can be renamed since uv makes it relocatable.
"""

import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from helpers.local.containers.contract import Framework
from helpers.local.home import Home, LocalError
from helpers.local.runtime import images, uv

COURSE_PYTHON = "{}.{}".format(*sys.version_info)
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
    r"": "A step failed. Pull again; if it fails again, the text above says why.",
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
        Sizes on Linux x86-64, of the downloads and of what is installed, from
        ``requirements.sizes.json`` beside the lock file.
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

    The build for machines without an NVIDIA GPU is locked for Linux x86-64 and the image's
    preferred Python.
    """
    lock = framework.requirements
    smaller = images.cpu_requirements(framework)
    is_linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    if smaller.exists() and python == framework.python and is_linux and not has_nvidia_gpu():
        lock = smaller
    sizes = json.loads(lock.with_name("requirements.sizes.json").read_text())
    pin = rf"^{re.escape(framework.package)}(?:-cpu)?==([^\s;]+)"
    version = re.search(pin, lock.read_text(), re.MULTILINE)[1]
    return Packages(lock, f"{framework.package} {version}", **sizes[lock.name])


def has_nvidia_gpu() -> bool:
    """Tell whether NVIDIA's driver sees a GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return False
    listing = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)
    return listing.stdout.startswith("GPU ")


def _pull(home: Home, framework: Framework, lock: int) -> images.PulledImage:
    variables = uv.environment()
    python, version = _find_python(framework, variables)
    packages = packages_for(framework, version)
    _check_space(home, framework, packages)
    print(
        f"Pulling {framework.name}: Python {version}, {packages.framework}. It "
        f"downloads about {packages.download_mb} MB, unless uv's cache has them, and takes "
        f"{packages.disk_mb} MB on disk.",
        flush=True,
    )
    scratch = Path(
        tempfile.mkdtemp(dir=home.images, prefix=f"{framework.name}.", suffix=images.PARTIAL)
    )
    try:
        _install(scratch, python, packages, variables, lock)
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


def _find_python(framework: Framework, variables: dict[str, str]) -> tuple[str, str]:
    """Return the path of the Python to use, and its version: the preferred one, or the course's."""
    if framework.python != COURSE_PYTHON:
        find = ["python", "find", "--no-python-downloads", "--no-project", framework.python]
        try:
            found = uv.run(*find, variables=variables, show=False)
            return found.splitlines()[-1], framework.python
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
    scratch: Path, python: str, packages: Packages, variables: dict[str, str], lock: int
) -> None:
    venv = ["venv", "--quiet", "--relocatable", "--clear", "--no-project", "--python", python]
    uv.run(*venv, scratch, variables=variables, keep_open=(lock,))
    install = ["pip", "sync", "--python", scratch / "bin/python3", "--require-hashes"]
    install += ["--compile-bytecode", packages.lock]
    try:
        uv.run(*install, variables=variables, keep_open=(lock,))
    except uv.UvError:
        if "+cpu" not in packages.lock.read_text():
            raise
        # PyPI does not have it, nor does a folder of wheels: ask where PyTorch keeps it.
        uv.run(*install, "--torch-backend", "cpu", variables=variables, keep_open=(lock,))


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
    last = "\n    ".join(output.strip().splitlines()[-8:])
    return ImagePullError(f"{framework.name} was not pulled. {text}\nuv said:\n    {last}")
