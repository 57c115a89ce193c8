"""What can be wrong with this machine: Python, packages, C library, disk, proxies, the clock."""

from __future__ import annotations

import datetime
import email.utils
import importlib.metadata
import os
import platform
import shutil
import sys

from helpers.doctor.lines import Failed, NotChecked
from helpers.local.home import Home

PYTHONS = ((3, 11), (3, 13))
PACKAGES = {"sagemaker": "3.", "xgboost": "3.2.0", "boto3": "1.", "pandas": "3."}
OTHER_NAMES = {"xgboost": "xgboost-cpu"}  # the same library without 470 MB for graphics cards
GLIBC = (2, 28)
GB = 1e9
LEAST_DISK = 1 * GB
MOST_SKEW = datetime.timedelta(minutes=5)  # AWS refuses requests that are further off

SET_UP = "make setup, then choose the course's kernel: Kernel > Change Kernel"


def python() -> str:
    """The interpreter of this process, which in a notebook is the kernel."""
    found = sys.version_info[:2]
    said = f"Python {platform.python_version()} ({sys.executable})"
    if not PYTHONS[0] <= found <= PYTHONS[1]:
        raise Failed(f"{said}; the course needs 3.11, 3.12 or 3.13", SET_UP)
    return said


def packages() -> str:
    """The packages whose versions matter."""
    found = {name: _version(name) for name in PACKAGES}
    wrong = [
        f"{name} {version or 'is missing'} (wanted: {PACKAGES[name].rstrip('.')})"
        for name, version in found.items()
        if not (version or "").startswith(PACKAGES[name])
    ]
    if wrong:
        raise Failed(", ".join(wrong), SET_UP)
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _version(name: str) -> str | None:
    for candidate in filter(None, (name, OTHER_NAMES.get(name))):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def system() -> str:
    """The C library, which decides whether xgboost 3.2.0 can be loaded."""
    name, version = platform.libc_ver()
    if sys.platform != "linux" or name != "glibc":
        raise NotChecked(f"{platform.system()} {platform.machine()}: no glibc to look at")
    if tuple(int(part) for part in version.split(".")[:2]) < GLIBC:
        raise Failed(
            f"glibc {version}; xgboost 3.2.0 needs 2.28. Amazon Linux 2 is too old",
            "make a notebook instance on Amazon Linux 2023: python -m helpers notebook create",
        )
    return f"{platform.system()} {platform.machine()}, glibc {version}"


def disk() -> str:
    """Whether there is room for data and jobs where the home folder is."""
    folder = Home.find().path
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK:
        raise Failed(
            f"{free / GB:.1f} GB free at {folder}; a lesson needs about {LEAST_DISK / GB:.0f} GB",
            "free some space, or name a folder on another disk: "
            "export SAGEMAKER_LOCAL_HOME=/a/folder/you/own",
        )
    return f"{free / GB:.0f} GB free"


def home() -> str:
    """Whether the home folder can be written."""
    folder = Home.find().path
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK):
        raise Failed(
            f"{folder} can't be written",
            f'sudo chown -R "$USER" "{there}", or: export SAGEMAKER_LOCAL_HOME=/a/folder/you/own',
        )
    return str(folder)


def proxy() -> str:
    """Whether a proxy stands between this process and its own machine."""
    from urllib.request import getproxies, proxy_bypass

    if not getproxies():
        return "none"
    if not proxy_bypass("127.0.0.1"):
        raise Failed(
            "a proxy is set, and 127.0.0.1 is not excepted from it",
            "export NO_PROXY=127.0.0.1,localhost",
        )
    return "one is set, 127.0.0.1 is excepted"


def clock(answer: dict) -> str:
    """Whether this machine's clock is that of the server that gave this answer of boto3."""
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not said:
        raise NotChecked("the answer has no date")
    away = abs(datetime.datetime.now(datetime.UTC) - email.utils.parsedate_to_datetime(said))
    if away > MOST_SKEW:
        raise Failed(
            f"this machine's clock is {away} off: AWS refuses requests that are 5 minutes off",
            "set the clock: sudo timedatectl set-ntp true",
        )
    return "right to the minute"
