"""Make the environment of a framework image: whole or not at all, by one process at a time.

It is built in a scratch folder beside its own and renamed when it is complete, so that a crash
leaves nothing that counts as an image. It can be renamed since uv makes it relocatable.
"""

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers.local.containers.contract import Framework, Requirements
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


def requirements(framework: Framework, python: str) -> Requirements:
    """Return the packages that suit this machine and a version of Python such as ``3.11``."""
    small = framework.cpu_requirements
    if small is None or python != framework.python or has_nvidia_gpu():
        return framework.requirements
    is_linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    return small if is_linux else framework.requirements


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
    packages = requirements(framework, version)
    _check_space(home, framework, packages)
    print(
        f"Pulling {framework.name}: Python {version}, {package_pin(framework, packages)}. It "
        f"downloads about {packages.download_mb} MB, unless uv's cache has them, and takes "
        f"{packages.disk_mb} MB on disk.",
        flush=True,
    )
    scratch = Path(
        tempfile.mkdtemp(dir=home.images, prefix=f"{framework.name}.", suffix=images.PARTIAL)
    )
    try:
        _install(scratch, python, packages, variables, lock)
        image = _describe(scratch, framework, packages)
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


def _check_space(home: Home, framework: Framework, packages: Requirements) -> None:
    # Packages in uv's cache take no space of their own; the worst case is that none is there.
    free = shutil.disk_usage(home.images).free / 1e6
    if free < packages.disk_mb:
        raise ImagePullError(
            f"{framework.name} takes {packages.disk_mb} MB, and {home.images} has {free:.0f} MB "
            "free. Free some disk space, or set SAGEMAKER_LOCAL_HOME to a folder on another disk."
        )


def package_pin(framework: Framework, packages: Requirements) -> str:
    """Return the name and version of the framework's package in a lock file."""
    pattern = rf"^{re.escape(framework.package)}(?:-cpu)?==([^\s;]+)"
    return f"{framework.package} {re.search(pattern, packages.lock.read_text(), re.MULTILINE)[1]}"


def _install(
    scratch: Path, python: str, packages: Requirements, variables: dict[str, str], lock: int
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


def _describe(scratch: Path, framework: Framework, packages: Requirements) -> images.PulledImage:
    command = [scratch / "bin/python3", "-c", "import platform; print(platform.python_version())"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise uv.UvError(done.stderr)
    return images.PulledImage(
        python=done.stdout.strip(),
        package=package_pin(framework, packages),
        digest=images.digest(packages),
        size=sum(file.lstat().st_blocks * 512 for file in scratch.rglob("*")),
    )


def _explain(framework: Framework, output: str) -> ImagePullError:
    text = next(text for cause, text in CAUSES.items() if re.search(cause, output, re.IGNORECASE))
    last = "\n    ".join(output.strip().splitlines()[-8:])
    return ImagePullError(f"{framework.name} was not pulled. {text}\nuv said:\n    {last}")
