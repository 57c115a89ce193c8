"""What can be wrong with this machine: Python, packages, C library, disk, proxies, the clock."""

from __future__ import annotations

import datetime
import email.utils
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

from helpers.account.doctor.results import CheckFailedError, CheckSkippedError
from helpers.home import home_folder
from helpers.session.backend import sagemaker_environment

PYTHONS = ((3, 11), (3, 13))
PACKAGES = {"sagemaker": "3.", "xgboost": "3.2.0", "boto3": "1.", "pandas": "3."}
OTHER_NAMES = {"xgboost": "xgboost-cpu"}  # the same library without 470 MB for graphics cards
KERNEL = "sagemaker-course"  # as notebook/cloudformation/environment.sh registers it
MIN_GLIBC = (2, 28)
GB = 1e9
MIN_DISK_BYTES = 1 * GB
CLOCK_TOLERANCE = datetime.timedelta(minutes=5)  # AWS refuses requests that are further off

_SET_CLOCK = {"darwin": "sudo sntp -sS time.apple.com"}
SET_UP = "make setup, then choose the course's kernel: Kernel > Change Kernel"


def check_python() -> str:
    """Check the interpreter of this process, which in a notebook is the kernel."""
    message = f"Python {platform.python_version()} ({sys.executable})"
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        raise CheckFailedError(f"{message}; the course needs 3.11, 3.12 or 3.13", SET_UP)
    return message


def check_packages() -> str:
    """Check the packages whose versions matter."""
    versions = {name: _version(name) for name in PACKAGES}
    wrong = [
        f"{name} {version or 'is missing'} (wanted: {PACKAGES[name].rstrip('.')})"
        for name, version in versions.items()
        if not (version or "").startswith(PACKAGES[name])
    ]
    if wrong:
        raise CheckFailedError(", ".join(wrong), SET_UP)
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _version(name: str) -> str | None:
    for candidate in filter(None, (name, OTHER_NAMES.get(name))):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def check_kernel() -> str:
    """Check that Jupyter can start the course's kernel."""
    ipython = sys.modules.get("IPython")
    if getattr(ipython and ipython.get_ipython(), "kernel", None):
        return f"this one ({sys.executable})"
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name, command = "python3", f'"{sys.executable}" -m jupyter kernelspec remove -f python3'
    if sagemaker_environment():  # Jupyter there is another Python's: it sees the user's kernels
        name, command = KERNEL, f'"{sys.executable}" -m ipykernel install --user --name {KERNEL}'
    try:
        program = KernelSpecManager().get_kernel_spec(name).argv[0]
    except NoSuchKernel:
        raise CheckFailedError(f"Jupyter has no kernel named {name}", command=command) from None
    if os.path.isabs(program) and not os.path.exists(program):
        raise CheckFailedError(
            f"Jupyter's kernel {name} starts {program}, which does not exist", command=command
        )
    return name


def check_c_library() -> str:
    """Check the C library, which decides whether xgboost 3.2.0 can be loaded."""
    name, version = platform.libc_ver()
    if sys.platform != "linux" or name != "glibc":
        raise CheckSkippedError(f"{platform.system()} {platform.machine()}: no glibc to check")
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_GLIBC:
        raise CheckFailedError(
            f"glibc {version}; xgboost 3.2.0 needs 2.28. Amazon Linux 2 is too old",
            "make a notebook instance on Amazon Linux 2023: python -m helpers notebook create",
        )
    return f"{platform.system()} {platform.machine()}, glibc {version}"


def check_disk() -> str:
    """Check that there is space in the home folder (data, jobs) and for temporary files."""
    free = {}
    for folder in (home_folder(), Path(tempfile.gettempdir())):
        while not folder.exists():
            folder = folder.parent
        free[folder] = shutil.disk_usage(folder).free
    folder = min(free, key=free.__getitem__)
    if free[folder] < MIN_DISK_BYTES:
        raise CheckFailedError(
            f"{free[folder] / GB:.1f} GB free at {folder}; a lesson needs about "
            f"{MIN_DISK_BYTES / GB:.0f} GB",
            "free some space, or use a folder on another disk: "
            "export SAGEMAKER_LOCAL_HOME=/a/folder/you/own. To see what is large:",
            f'du -xh -d 2 "{folder}" | sort -h | tail',
        )
    return f"{free[folder] / GB:.0f} GB free"


def check_home() -> str:
    """Check that the home folder can be written; it is created if it does not exist."""
    folder = home_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
    except OSError as error:
        raise CheckFailedError(
            f"{folder} can't be written ({error.strerror or error})",
            "fix its permissions, or use a folder that you own:",
            'export SAGEMAKER_LOCAL_HOME="$HOME/sagemaker-home"',
        ) from None
    return str(folder)


def check_proxy() -> str:
    """Check that no proxy stands between this process and its own machine."""
    if not getproxies().keys() - {"no"}:  # "no" lists exclusions; connect() sets some
        return "none"
    if not proxy_bypass("127.0.0.1"):
        raise CheckFailedError(
            "a proxy is set, and 127.0.0.1 is not excluded",
            command="export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost",
        )
    return "set; 127.0.0.1 is excluded"


def check_clock(date: str) -> str:
    """Compare this machine's clock with the Date header of an answer."""
    if not date:
        raise CheckSkippedError("the answer has no date")
    skew = abs(datetime.datetime.now(datetime.UTC) - email.utils.parsedate_to_datetime(date))
    if skew > CLOCK_TOLERANCE:
        raise CheckFailedError(
            f"this machine's clock is off by {skew}; AWS refuses requests more than 5 minutes off",
            "set this machine's clock:",
            _SET_CLOCK.get(sys.platform, "sudo timedatectl set-ntp true"),
        )
    return "right to the minute"
