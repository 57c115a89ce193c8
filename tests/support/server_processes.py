"""The processes that a server has started."""

import contextlib

import psutil


def containers(server_pid: int) -> set[int]:
    """Return the processes of a server that listen on a container's socket."""
    listening = set()
    for child in psutil.Process(server_pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            for connection in child.net_connections("unix"):
                if connection.laddr.endswith(".sock") and "listener" not in connection.laddr:
                    listening.add(child.pid)
    return listening
