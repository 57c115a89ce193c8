"""When set-up can't go on, and what it says then; what it takes over from pip's settings for uv."""

import ast
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path


class SetupError(Exception):
    """Set-up can't go on: what is wrong, then the ways out, for people."""

    def __init__(self, problem: str, *ways_out: str):
        super().__init__("\n  - ".join([f"{problem}\nWays out:", *ways_out]))


NO_SPACE = r"no space left on device|os error 28\b|disk quota exceeded|os error 122\b"
NO_NETWORK = (
    r"dns error|failed to (fetch|download)|error sending request|connection (refused|reset|error)"
    r"|connect(ion)? ?timeout|timed out|name resolution|newconnectionerror|proxyerror"
    r"|network is unreachable|network connectivity is disabled|from versions: none"
    r"|no matching distribution|not found in the package registry|not found in the provided"
)
OTHER_BYTES = r"hash mismatch|do not match the hashes|hashes are required"
NO_WHEEL = r"no (usable )?wheels|no wheels with a matching|building source distributions.*disabled"


def check_platform() -> None:
    """Raise SetupError where the lock has no packages for this machine."""
    system, machine = sys.platform, platform.machine()
    if system in ("win32", "cygwin", "msys"):
        raise SetupError(
            "On Windows the course runs in WSL2, not in a Windows shell.",
            "install it (wsl --install), open its Linux shell, clone the course there",
        )
    if system == "linux" and machine in ("x86_64", "aarch64"):
        libc, version = platform.libc_ver()
        if libc == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 28):
            return
        raise SetupError(
            f"XGBoost needs a Linux with glibc 2.28 or later; this one has {libc or 'another'} "
            f"{version or 'C library'}.",
            "use a newer Linux: Amazon Linux 2023, Debian 10, Ubuntu 20.04 or later",
            "on Alpine (musl): use a Debian or Ubuntu container",
        )
    if (system, machine) != ("darwin", "arm64"):
        raise SetupError(
            f"There are no packages for this machine ({system}, {machine}).",
            "use Linux on x86-64 or aarch64, or macOS on Apple silicon",
            "on an Apple silicon Mac this is an Intel Python: make setup PYTHON=/a/native/python3",
        )


def check_space(folder: Path, needed: float) -> None:
    """Raise SetupError where less than `needed` bytes are free, before anything is written."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"Too little disk space: {free / 1e9:.1f} GB free at {folder}, "
            f"about {needed / 1e9:.1f} GB needed.",
            "free some space, then repeat the command: it goes on where it can",
            "or move the checkout to a larger disk",
        )


def explain(program: str, output: str) -> SetupError:
    """The error for what a failed program said, with its last words kept for the expert."""
    lines = [line for line in output.strip().splitlines() if not line.startswith("WARNING")]
    words = "\n".join(f"    {line[:300]}" for line in lines[-8:])
    said = f"\n{program} said:\n{words}"
    if re.search(NO_SPACE, output, re.I):
        return SetupError(
            f"The disk is full.{said}",
            "free about 2 GB (the checkout, and the cache in ~/.cache/uv or UV_CACHE_DIR)",
            "then repeat the command: it goes on where it can",
        )
    if re.search(OTHER_BYTES, output, re.I):
        return SetupError(
            f"A package differs from the one in requirements.txt.{said}",
            "repeat the command: a download may have been cut off",
            "behind a proxy or a mirror: ask whether it alters or rebuilds packages",
        )
    if re.search(NO_WHEEL, output, re.I):
        return SetupError(
            f"A package has no build for this machine and this Python.{said}",
            "use Python 3.12: make setup PYTHON=/path/to/python3.12",
        )
    if re.search(NO_NETWORK, output, re.I):
        return SetupError(
            f"The packages can't be reached: is the network down?{said}",
            "check the connection, then repeat the command: it goes on where it can",
            "behind a proxy: export HTTPS_PROXY=http://proxy:port",
            "with a mirror of your own: export PIP_INDEX_URL=its address",
            "with a folder of wheels: export PIP_NO_INDEX=1 PIP_FIND_LINKS=/the/folder",
        )
    if "libomp" in output:
        return SetupError(f"XGBoost needs OpenMP.{said}", "brew install libomp, then repeat")
    return SetupError(
        f"A step failed.{said}",
        "repeat the command",
        "start afresh: make clean setup",
    )


def uv_settings(python: Path) -> tuple[dict[str, str], list[str]]:
    """The environment for uv, and its arguments: the user's own, plus where pip is told to look.

    uv reads neither pip's variables nor its configuration, so a mirror, a proxy or a folder of
    wheels that pip knows would be lost. What the user says to uv itself (UV_*) wins.
    """
    settings, pip = dict(os.environ), pip_settings(python)
    translated = {
        "UV_FIND_LINKS": pip.get("find-links", "").replace(" ", ","),
        "UV_INSECURE_HOST": pip.get("trusted-host"),
        "UV_HTTP_TIMEOUT": pip.get("timeout") or pip.get("default-timeout"),
        "SSL_CERT_FILE": pip.get("cert"),
        "ALL_PROXY": pip.get("proxy"),
    }
    alone = pip.get("no-index", "0").lower() in ("1", "true", "yes", "on")
    if not alone:
        translated["UV_DEFAULT_INDEX"] = pip.get("index-url")
        extra = pip.get("extra-index-url", "").split()
        translated["UV_INDEX"] = " ".join(filter(_reachable, extra))
        if translated["UV_INDEX"]:
            # As pip does: any index may have the locked version. The hashes keep strangers out.
            translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    for name, value in translated.items():
        if value:
            settings.setdefault(name, value)
    return settings, ["--no-index"] if alone else []  # which uv takes as an argument only


def pip_settings(python: Path) -> dict[str, str]:
    """What pip's configuration files and variables say about an install; variables win."""
    answer = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in answer.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in sections:
            sections[section][name] = " ".join(str(ast.literal_eval(value)).split())
    return sections["global"] | sections["install"] | sections[":env:"]


def _reachable(index: str) -> bool:
    """False for a folder that isn't there: pip passes it over, uv stops at it."""
    return not index.startswith("file://") or Path(index.removeprefix("file://")).is_dir()
