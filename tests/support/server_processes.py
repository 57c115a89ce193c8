"""The processes that a server has started."""

import psutil


def containers(server_pid: int) -> set[int]:
    """Return the processes of a server that listen on a container's socket."""
    found = set()
    for child in psutil.Process(server_pid).children(recursive=True):
        for connection in child.net_connections("unix"):
            if connection.laddr.endswith(".sock") and "listener" not in connection.laddr:
                found.add(child.pid)
    return found
