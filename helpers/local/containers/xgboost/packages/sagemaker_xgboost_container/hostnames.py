"""The addresses of a job's hosts: their names may have none yet when a script starts."""

import socket
import time
from collections.abc import Sequence

LOOKUP_SECONDS = 15 * 60
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 30


def wait_hostname_resolution(sm_hosts: Sequence[str]) -> None:
    """Wait until the names of hosts have an address. Raises OSError after 15 minutes."""
    for host in sm_hosts:
        address_of(host)


def address_of(host: str) -> str:
    """Return the address of a host, as soon as its name has one. Raises OSError after that time."""
    end, pause = time.monotonic() + LOOKUP_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return socket.gethostbyname(host)
        except OSError:
            if time.monotonic() + pause > end:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
