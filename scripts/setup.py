"""Makes `.venv/` what this checkout wants: once, again when the lock changed, never otherwise.

Called by setup.sh with any Python from 3.11 to 3.13; uses nothing but the standard library.

A stamp in `.venv/` (written last, removed first) says what the environment was made from and which
files it then held. With a stamp that fits, nothing runs; with one for another lock, uv brings the
packages up to date; without one (interrupted, damaged, moved, made by hand) it is made anew.
"""

import contextlib
import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # under -I nothing else puts it there
from setup_help import SetupError, check_platform, check_space, explain, uv_settings

CHECKOUT = Path(__file__).resolve().parents[1]
GB = 1e9
SPACE_NEW, SPACE_UPDATE = 2 * GB, 0.5 * GB  # 1.7 GB installed; downloads are unpacked once
STAMP, FILES = "setup.json", "setup.files"


class Checkout:
    """One checkout of the course and its environment."""

    def __init__(self, path: Path = CHECKOUT):
        self.path = path
        self.lock = path / "requirements.txt"
        self.venv = path / ".venv"
        self.python = self.venv / "bin" / "python"
        self.uv = self.venv / "bin" / "uv"
        self.settings = path / "scripts" / "etc"

    def state(self, python: str | None = None) -> str:
        """One of "current", "outdated" (sound, of another lock) and "none" (to be made anew).

        `python` is the version that the user asks for, such as "3.12"; None takes any.
        """
        try:
            stamp = json.loads((self.venv / STAMP).read_text())
            files = (self.venv / FILES).read_text().splitlines()
        except (OSError, ValueError):
            return "none"
        sound = (
            stamp["checkout"] == str(self.path)
            and stamp["python"] == self._python_version()
            and python in (None, stamp["python"])
            and set(files) <= set(self._installed_files())
        )
        if not sound:
            return "none"
        return "current" if stamp["wanted"] == self._wanted() else "outdated"

    def write_stamp(self) -> None:
        """Say that the environment is complete, what it was made from and what it holds."""
        (self.venv / FILES).write_text("\n".join(self._installed_files()))
        stamp = {
            "checkout": str(self.path),
            "python": self._python_version(),
            "wanted": self._wanted(),
        }
        scratch = self.venv / f"{STAMP}.new"
        scratch.write_text(json.dumps(stamp, indent=1))
        scratch.rename(self.venv / STAMP)

    @contextlib.contextmanager
    def kept_if_untouched(self):
        """An update that fails before it changes a file (no network) leaves the old one sound."""
        stamp, files = (self.venv / STAMP).read_text(), set(self._installed_files())
        try:
            yield
        except SetupError:
            if set(self._installed_files()) == files:
                (self.venv / STAMP).write_text(stamp)
            raise

    def _wanted(self) -> str:
        digest = hashlib.sha256()
        settings = sorted(path for path in self.settings.rglob("*") if path.is_file())
        for file in (self.lock, self.path / "pyproject.toml", *settings):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def _python_version(self) -> str | None:
        """Major and minor version of the environment's Python; None if it doesn't run."""
        program = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            answer = subprocess.run(
                [self.python, "-I", "-S", "-c", program], capture_output=True, text=True
            )
        except OSError:
            return None
        return answer.stdout.strip() or None

    def _installed_files(self) -> list[str]:
        """Every file of the environment but bytecode, which Python writes when it likes."""
        found, folders = [], [str(self.venv)]
        while folders:
            for entry in os.scandir(folders.pop()):
                if not entry.is_dir(follow_symlinks=False):
                    found.append(entry.path[len(str(self.venv)) + 1 :])
                elif entry.name != "__pycache__":
                    folders.append(entry.path)
        return [name for name in found if not name.startswith(STAMP) and name != FILES]

    @contextlib.contextmanager
    def alone(self):
        """Hold the checkout's set-up lock: a second set-up waits, then finds all done."""
        import fcntl  # not on Windows, which check_platform explains first

        with open(self.path / ".setup.lock", "a") as file:
            os.set_inheritable(file.fileno(), True)  # held while a killed set-up's uv still writes
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another set-up runs in this checkout: waiting for it.")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def say(text: str) -> None:
    print(text, flush=True)


def make_environment(checkout: Checkout) -> None:
    """A fresh `.venv/` with uv in it, of the version and hashes in the lock."""
    if checkout.venv.is_symlink():
        checkout.venv.unlink()
    elif checkout.venv.exists():
        (checkout.venv / STAMP).unlink(missing_ok=True)
        shutil.rmtree(checkout.venv)
    run("Making the environment", [sys.executable, "-I", "-m", "venv", checkout.venv])
    lines = checkout.lock.read_text().replace("\\\n", " ").splitlines()
    pinned = checkout.venv / "uv.txt"
    pinned.write_text("\n".join(line for line in lines if line.startswith("uv==")))
    pip = [checkout.python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    binaries = ["--only-binary=:all:", "--require-hashes"]
    run("Getting the installer", [*pip, "--no-user", *binaries, "-r", pinned])
    pinned.unlink()


def install_packages(checkout: Checkout) -> None:
    """Bring the environment to the lock, and `helpers` into it as an editable package."""
    (checkout.venv / STAMP).unlink(missing_ok=True)
    environment, where = uv_settings(checkout.python)
    uv, target = [checkout.uv, "--quiet", "pip"], ["--python", checkout.python, *where]
    # Compiled once here, for all the kernels and servers to come: a first import of the SDK
    # takes half as long again without.
    lock = ["--require-hashes", "--no-build", "--compile-bytecode", checkout.lock]
    run("Downloading and installing the packages", [*uv, "sync", *target, *lock], environment)
    helpers = ["--no-deps", "--editable", checkout.path]
    run("Adding the course's helpers", [*uv, "install", *target, *helpers], environment)
    # of IPython and Jupyter, which look below the environment they run in
    shutil.copytree(checkout.settings, checkout.venv / "etc", dirs_exist_ok=True)
    run("Trying it", [checkout.python, "-c", "import helpers, xgboost"])


def run(step: str, command: list, environment: dict | None = None) -> None:
    """Run a command, showing its step and the seconds on a terminal.

    Raises SetupError with the ways out, found in what the command said, if it fails.
    """
    begin, shown = time.monotonic(), sys.stdout.isatty()
    if not shown:
        say(f"  {step}")
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment,
            close_fds=False,  # for the lock, see alone()
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
            if shown:
                print(f"\r  {step}: {time.monotonic() - begin:.0f} s", end="", flush=True)
        if shown:
            print()
        if process.returncode:
            output.seek(0)
            raise explain(Path(command[0]).name, output.read().decode(errors="replace"))


def set_up(checkout: Checkout, python: str | None) -> None:
    """Make the environment current. Raises SetupError with what is wrong and the ways out."""
    check_platform()
    with checkout.alone():
        state = checkout.state(python)
        if state == "current":
            return
        check_space(checkout.path, SPACE_NEW if state == "none" else SPACE_UPDATE)
        if state == "none":
            version = platform.python_version()
            say(f"Setting up .venv/ with Python {version}: once, about 1.7 GB on disk.")
            make_environment(checkout)
            install_packages(checkout)
        else:
            say("The list of packages changed: bringing .venv/ up to date.")
            with checkout.kept_if_untouched():
                install_packages(checkout)
        checkout.write_stamp()
        say("Set up.")


def main() -> int:
    checkout = Checkout()
    if sys.argv[1:] == ["--check"]:
        return checkout.state() != "current"
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        set_up(checkout, running if os.environ.get("PYTHON") else None)
    except SetupError as error:
        print(f"\nSet-up stopped. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted. Repeat the command to go on.", file=sys.stderr)
        return 130
    except OSError as error:
        hint = explain("the system", f"{error} (os error {error.errno})")
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            hint = SetupError(
                f"{error.filename} can't be written ({error.strerror}).",
                'give yourself the checkout: sudo chown -R "$USER" .',
                "or clone it again into a folder of your own",
            )
        print(f"\nSet-up stopped. {hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
