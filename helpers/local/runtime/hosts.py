"""The hosts of a training job: names, addresses and folders of processes that stand for instances.

On AWS each instance has an address of its own, so that a program may open the same port on all of
them. On Linux all of 127.0.0.0/8 is this machine: each running job gets a network in it, and each
of its hosts an address. On macOS only 127.0.0.1 exists, and all hosts share it: two jobs on several
instances then must not open the same port at the same time.
"""

import contextlib
import errno
import os
import random
import socket
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from helpers.local.containers.toolkit.job_config import HOSTS_VARIABLE, SHARED_FOLDER_VARIABLE
from helpers.local.state.logs.store import LogStreamWriter

MAX_HOSTS = 4
_CLAIM_PORT = 47111  # of UDP; bound on an address of each network in use
_CLAIM_ATTEMPTS = 100


@dataclass(frozen=True)
class Host:
    """One instance of a running training job.

    Parameters
    ----------
    name
        As AWS calls it: ``algo-1``.
    opt_ml
        The folder that stands for ``/opt/ml``; its parent is the host's own too.
    log
        The writer of its log stream.
    """

    name: str
    opt_ml: Path
    log: LogStreamWriter


def host_names(count: int) -> list[str]:
    """Return the names of the hosts of a job on `count` instances.

    >>> host_names(2)
    ['algo-1', 'algo-2']
    """
    return [f"algo-{number}" for number in range(1, count + 1)]


class LoopbackNetwork:
    """A network of this machine, such as 127.4.2.x, that no other running job uses.

    A socket bound to one of its addresses claims it, from the start until `close`: other servers
    on this machine see that too, and a server that is killed leaves no claim.
    """

    def __init__(self) -> None:
        self._claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._prefix: str | None = None
        for _ in range(_CLAIM_ATTEMPTS):
            prefix = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"
            try:
                self._claim.bind((f"{prefix}.254", _CLAIM_PORT))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:  # macOS
                    return
            else:
                self._prefix = prefix
                return

    def address(self, number: int) -> str:
        """Return the address of host `number`, counted from 1."""
        return f"{self._prefix}.{number}" if self._prefix else "127.0.0.1"

    def close(self) -> None:
        """Let other jobs use the network."""
        self._claim.close()

    def __enter__(self) -> "LoopbackNetwork":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def host_environment(names: list[str], network: LoopbackNetwork, shared: Path) -> dict[str, str]:
    """Return the variables by which containers find the other hosts of their job.

    Parameters
    ----------
    names
        Of all hosts.
    network
        Of the job.
    shared
        A folder for what the hosts tell each other; made here if there are several.
    """
    addresses = [f"{name}={network.address(n)}" for n, name in enumerate(names, start=1)]
    variables = {HOSTS_VARIABLE: ",".join(addresses)}
    if len(names) > 1:
        shared.mkdir(exist_ok=True)
        variables[SHARED_FOLDER_VARIABLE] = str(shared)
    return variables


def merge_folder(source: Path, target: Path, newest: bool = False) -> list[str]:
    """Move what a host has written into the folder of another one.

    AWS puts the files of all instances into one archive, and says that their names must not clash
    ("How Amazon SageMaker AI Processes Training Output", developer guide).

    Parameters
    ----------
    source, target
        Folders on one file system.
    newest
        Of two files with the same name keep the one that was written last, as when each host
        copies its checkpoints to S3 while it runs. Otherwise the target's stays.

    Returns
    -------
    list of str
        The relative paths of the files that were left out.
    """
    left_out: list[str] = []
    for folder, folders, names in os.walk(source):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in (*names, *links):
            file = Path(folder, name)
            relative = file.relative_to(source)
            if not _move(file, target / relative, newest):
                left_out.append(relative.as_posix())
    return left_out


def _move(file: Path, target: Path, newest: bool) -> bool:
    """Move a file unless its name is taken; tell whether it was moved."""
    is_taken = target.is_symlink() or target.exists()
    if is_taken and not (newest and target.is_file() and _written(file) > _written(target)):
        return False
    with contextlib.suppress(FileExistsError):  # a file where this one has a folder
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)
        return True
    return False


def _written(file: Path) -> int:
    return file.lstat().st_mtime_ns
