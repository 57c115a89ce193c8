"""The home folder of the Local SageMaker, where it stores everything.

The server process has the home folder's lock until it ends. Only the lock shows that it runs: a pid
in a file may belong to another process by now, and a zombie still has one.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.home import atomic_write, home_folder

DEFAULT_REGION = "us-east-1"


class LocalError(Exception):
    """The Local SageMaker can't be used; the message says why, and what to do next."""


@dataclass(frozen=True)
class Credentials:
    """The access key that this home folder's server accepts."""

    access_key: str
    secret_key: str


def default_region() -> str:
    """Return the default Region: AWS_DEFAULT_REGION, else AWS_REGION, else us-east-1."""
    return os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or DEFAULT_REGION


class Home:
    """The home folder, and the paths of the files in it."""

    def __init__(self, path: Path):
        self.path = path
        self.database = path / "resources.sqlite"
        self.disk_reserve = path / "disk-reserve"
        self.images = path / "images"
        self.jobs = path / "jobs"
        self.logs = path / "logs"
        self.server_log = path / "server.log"
        self._lock = path / "lock"
        self._server = path / "server.json"

    @classmethod
    def find(cls) -> "Home":
        """Return the home folder of this process."""
        return cls(home_folder())

    def prepare(self) -> None:
        """Create the folder, its id and its credentials. Raises LocalError if it can't."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write_once("id", lambda: secrets.token_hex(8))
            self._write_once("credentials.json", _new_credentials)
            self._write_once("console-token", lambda: secrets.token_urlsafe(32))
            self.jobs.mkdir(exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            with open(self._lock, "a"):
                pass
        except OSError as error:
            raise self.unusable(error) from error

    def unusable(self, error: Exception) -> LocalError:
        """Return the error of a folder that can't be read or written."""
        return LocalError(
            f"The Local SageMaker can't work in its home folder {self.path} "
            f"({getattr(error, 'strerror', None) or error}). Free some disk space, fix its "
            "permissions, or choose another folder: export SAGEMAKER_LOCAL_HOME=/a/folder/you/own"
        )

    def _write_once(self, name: str, content: Callable[[], str]) -> None:
        """Write a file that never changes again, atomically, with mode 0600."""
        final = self.path / name
        if final.exists():
            return
        handle, scratch = tempfile.mkstemp(dir=self.path)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(content())
            os.link(scratch, final)
        except FileExistsError:
            pass  # another process was faster: its content counts
        finally:
            os.unlink(scratch)

    @property
    def id(self) -> str:
        """The id by which a server shows that it serves this folder."""
        return (self.path / "id").read_text()

    @property
    def credentials(self) -> Credentials:
        """The access key that the server accepts."""
        return Credentials(**json.loads((self.path / "credentials.json").read_text()))

    @property
    def console_token(self) -> str:
        """What a browser must have to see the console."""
        return (self.path / "console-token").read_text()

    def lock(self) -> int | None:
        """Take the folder's lock. Returns its descriptor, or None if another process has it."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return descriptor

    def holder(self) -> int | None:
        """Return the pid of the process that has the lock, or None; 0 if it has only just got it.

        At that time the file may still contain the pid of an earlier process: check twice before
        ending a process.
        """
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None  # a folder that was never prepared
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return int(os.read(descriptor, 20) or b"0")
        finally:
            os.close(descriptor)
        return None

    def write_server(self, pid: int, port: int) -> None:
        """Write where the server listens; the next start tries the same port."""
        atomic_write(self._server, json.dumps({"pid": pid, "port": port}).encode())

    def last_port(self) -> int | None:
        """Return the port of this folder's latest server. Another program may use it by now."""
        try:
            return int(json.loads(self._server.read_text())["port"])
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def size(self) -> int:
        """Return the bytes in the folder; a file with several hard links counts once."""
        seen: dict[int, int] = {}
        for folder, _, names in os.walk(self.path):
            for name in names:
                try:
                    status = os.lstat(os.path.join(folder, name))
                except OSError:
                    continue  # a running job removed it meanwhile
                seen[status.st_ino] = status.st_size
        return sum(seen.values())

    def runtime(self) -> Path:
        """Return a short private folder for sockets: their paths can have 107 bytes."""
        short = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        if len(base) > 60 or not os.access(base, os.W_OK):
            base = "/tmp"
        folder = Path(base) / f"sagemaker-{os.getuid()}-{short}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077 or not folder.is_dir():
            raise LocalError(
                f"{folder} is not private to you: delete it, or set XDG_RUNTIME_DIR to a folder "
                "that you own."
            )
        return folder


def _new_credentials() -> str:
    access_key = "AKIA" + "".join(
        secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16)
    )
    return json.dumps({"access_key": access_key, "secret_key": secrets.token_urlsafe(30)})
