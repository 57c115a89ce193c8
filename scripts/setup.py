"""Make `.venv/` match this checkout: once, again when the lock changed, never otherwise.

setup.sh runs this with any Python from 3.11 to 3.13. A stamp, written last, says where and from
what the environment was made, and which packages it has; without one it is made again.
"""

import csv
import fcntl
import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV, LOCK, ETC = ROOT / ".venv", ROOT / "requirements.txt", ROOT / "scripts" / "etc"
PYTHON, UV, STAMP = VENV / "bin" / "python", VENV / "bin" / "uv", VENV / "setup.txt"
PIP_SETTINGS = ROOT / "helpers" / "local" / "runtime" / "pip_settings.py"
VERSION = "{}.{}".format(*sys.version_info)
SOURCES = [LOCK, ROOT / "pyproject.toml", *sorted(ETC.rglob("*.*"))]
DIGEST = hashlib.sha256(b"\0".join(file.read_bytes() for file in SOURCES)).hexdigest()
CURRENT, UPDATE, CREATE = 0, 10, 11  # what check() returns

# A pattern in the output of pip, uv or the system, and below it what to tell people.
CAUSES = r"""
no space left on device|os error 28\b|disk quota exceeded
The disk is full. Free about 2 GB (checkout, and cache in ~/.cache/uv), then repeat the command.
permission denied|read-only file system|operation not permitted
A file can't be written. Make yourself the owner (sudo chown -R "$USER" .), or clone it elsewhere.
hash mismatch|do not match the hashes|hashes are required
A package differs from the one in requirements.txt. Repeat the command: a download may be
  incomplete. Behind a proxy or with a mirror, ask whether it changes or rebuilds packages.
no (usable )?wheels|building source distributions.*disabled
A package has no build for this machine and this Python. Use Python 3.12 (make setup PYTHON=path),
  on Linux (x86-64 or aarch64, with glibc 2.28 or later, so not Alpine) or macOS (Apple silicon).
dns error|failed to fetch|sending request|connect|timed out|resolution|no matching distribution
The packages can't be downloaded: is the network down? Repeat the command when it is up.
  - Behind a proxy: export HTTPS_PROXY=http://proxy:port. With a mirror: export PIP_INDEX_URL=URL
  - With a folder of wheels: export PIP_NO_INDEX=1 PIP_FIND_LINKS=/the/folder
libomp
XGBoost needs OpenMP: brew install libomp, then repeat the command.
.*
A step failed. Repeat the command, or start again from nothing: make clean setup
"""


def stop(program: str, output: str) -> None:
    """Exit with an explanation of a program's output, and its last lines."""
    causes = re.findall(r"^(\S.*)\n(\S.*(?:\n  .*)*)", CAUSES, re.MULTILINE)
    text = next(text for pattern, text in causes if re.search(pattern, output, re.IGNORECASE))
    last = "\n    ".join(output.strip().splitlines()[-8:])
    sys.exit(f"\nSet-up stopped. {text}\n{program} said:\n    {last}")


def run(step: str, *command, env: dict | None = None) -> None:
    """Print the step and run its command; exit with an explanation if the command fails."""
    print(f"  {step}", flush=True)
    # close_fds: should this process be killed, the command keeps the set-up lock until it ends.
    pipes = {"capture_output": True, "close_fds": False, "errors": "replace", "input": ""}
    done = subprocess.run(command, env=env, **pipes)
    if done.returncode:
        stop(Path(command[0]).name, done.stdout + done.stderr)


def check(version: str) -> int:
    """Print the packages that lack files (bytecode aside); return what the environment needs."""
    site, digest, *packages = STAMP.read_text().splitlines()
    if site != f"{VENV}/lib/python{VERSION}/site-packages" or version not in ("", VERSION):
        return CREATE
    damaged = []
    os.chdir(site)  # relative paths are faster to look up
    for package in packages:
        record = Path(package, "RECORD")
        rows = csv.reader(record.open()) if record.exists() else [(record, "", "1")]
        if not all(os.access(file, os.F_OK) for file, _, size in rows if size):
            damaged.append(package.partition("-")[0])
    print(*damaged)
    copied = all((VENV / "etc" / file.relative_to(ETC)).exists() for file in SOURCES[2:])
    return CURRENT if digest == DIGEST and copied and not damaged else UPDATE


def create() -> None:
    """Create an empty `.venv/` and install uv in it, with the version and hashes of the lock."""
    if VENV.is_symlink():
        VENV.unlink()  # and leave alone what it points to
    venv = [sys.executable, "-Im", "venv", "--clear", VENV]
    run(f"Creating the environment with Python {VERSION}", *venv)
    pinned = VENV / "uv.txt"
    pinned.write_text(re.search(r"^uv==(.*\\\n)*.*", LOCK.read_text(), re.MULTILINE)[0])
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--no-user"]
    run("Installing uv", *pip, "--only-binary=:all:", "--require-hashes", "-r", pinned)


def uv_settings() -> tuple[dict[str, str], list[str]]:
    """Return uv's variables and arguments for pip's settings, which uv doesn't read itself."""
    return runpy.run_path(str(PIP_SETTINGS))["for_uv"](PYTHON)


def install(damaged: list[str]) -> None:
    """Install exactly the packages in the lock, reinstall the `damaged` ones, and add `helpers`."""
    settings, index = uv_settings()
    target = ["--quiet", "--python", PYTHON, *index]
    again = [f"--reinstall-package={name}" for name in damaged]
    lock = ["--require-hashes", "--no-build", "--compile-bytecode", LOCK]  # for fast first imports
    run("Installing the packages", UV, "pip", "sync", *target, *again, *lock, env=settings)
    run("Installing helpers", UV, "pip", "install", *target, "--editable", ROOT, env=settings)
    shutil.copytree(ETC, VENV / "etc", dirs_exist_ok=True)  # where IPython and Jupyter look
    run("Checking the installation", PYTHON, "-c", "import helpers, xgboost")
    site = next(VENV.glob("lib/python*/site-packages"))
    STAMP.write_text("\n".join([str(site), DIGEST, *(p.name for p in site.glob("*.dist-info"))]))


def set_up() -> None:
    """Bring the environment up to date."""
    version = VERSION if os.environ.get("PYTHON") else ""  # one that the user chose must match
    command = ["env", PYTHON, "-IS", __file__, "--check", version]
    checked = subprocess.run(command, capture_output=True, text=True)
    if checked.returncode == CURRENT:
        return
    update = checked.returncode == UPDATE and UV.exists()
    needed, free = 0.5 if update else 2.0, shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        stop("The system", f"No space left on device: {free:.1f} GB free, {needed} GB needed")
    print("Setting up .venv/ (the first time: 1.7 GB, a minute on a fast line).")
    if not update:
        create()
    install(checked.stdout.split() if update else [])
    print("Set up.")


if __name__ == "__main__":
    try:
        if sys.argv[1:]:
            sys.exit(check(sys.argv[2]))
        with open(ROOT / ".setup.lock", "a") as lock:
            os.set_inheritable(lock.fileno(), True)
            fcntl.flock(lock, fcntl.LOCK_EX)  # a second set-up waits, then finds all done
            set_up()
    except OSError as error:
        stop("The system", str(error))
    except KeyboardInterrupt:
        sys.exit("\nSet-up interrupted. Repeat the command to continue.")
