"""Run a training function on several hosts, which train one model by xgboost's collective.

Source: aws/sagemaker-xgboost-container, `distributed.py`. "Rabit" is what the collective was called
when scripts began to use these names.
"""

import contextlib
import json
import logging
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from xgboost import collective
from xgboost.core import XGBoostError
from xgboost.tracker import RabitTracker

from sagemaker_xgboost_container.hostnames import address_of, wait_hostname_resolution

__all__ = ["Rabit", "RabitHelper", "rabit_run", "wait_hostname_resolution"]

LOCAL_HOSTNAME = "127.0.0.1"
DEFAULT_PORT = 9099
POLL_SECONDS = 0.05
FAILURE_SECONDS = 1  # that a failing master waits for the others
# For one operation of the collective, as in the built-in algorithm. In AWS's image it is
# `connect_retry_timeout`: hosts that wait longer for each other fail there.
TIMEOUT_SECONDS = 5 * 86_400


def rabit_run(
    exec_fun: Callable[..., object],
    args: dict[str, Any],
    include_in_training: bool,
    hosts: Sequence[str],
    current_host: str,
    first_port: int | None = None,
    second_port: int | None = None,
    max_connect_attempts: int | None = None,
    connect_retry_timeout: float = 3,
    update_rabit_args: bool = False,
) -> None:
    """Call a function on all hosts that have data, as members of one collective.

    Parameters
    ----------
    exec_fun
        Called with `args` as keyword arguments; `xgboost.train` in it trains on the data of all.
    args
        With `update_rabit_args`, ``is_master`` is added: True on the first host that has data.
    include_in_training
        Whether this host has data. A process whose host has none ends here, with exit code 0.
    hosts, current_host
        The names of all hosts, and of this one.
    first_port, second_port
        On which the hosts first say who has data, and then train; 9099 and the next one.
    max_connect_attempts, connect_retry_timeout
        How often a host tries to reach the first one, and the seconds after each time; None: until
        it can.
    """
    connect = {
        "max_connect_attempts": max_connect_attempts,
        "connect_retry_timeout": connect_retry_timeout,
    }
    with Rabit(hosts, current_host, port=first_port, **connect) as cluster:
        own = {"host": cluster.current_host, "include_in_training": include_in_training}
        answers = cluster.synchronize(own)
    if not include_in_training:
        logging.warning("Host %s not being used for distributed training.", current_host)
        sys.exit(0)
    with_data = [answer["host"] for answer in answers if answer["include_in_training"]]
    port = second_port or cluster.master_port + 1
    with Rabit(with_data, current_host, port=port, **connect) as cluster:
        if update_rabit_args:
            args["is_master"] = cluster.is_master
        exec_fun(**args)


class RabitHelper:
    """A host in a collective, as `Rabit` returns it.

    Parameters
    ----------
    is_master
        Whether this host runs the tracker.
    current_host
        The name of this host.
    master_port
        The port of the tracker.
    """

    def __init__(self, is_master: bool, current_host: str, master_port: int):
        self.is_master = is_master
        self.current_host = current_host
        self.master_port = master_port
        self.rank = collective.get_rank()
        self.world_size = collective.get_world_size()

    def synchronize(self, data: Any) -> list[Any]:
        """Send data that JSON can hold to all hosts; return that of all, in the hosts' order."""
        if self.world_size == 1:
            return [data]
        texts = [
            collective.broadcast(json.dumps(data) if rank == self.rank else "", rank)
            for rank in range(self.world_size)
        ]
        return [json.loads(text) for text in texts]


class Rabit:
    """The collective of some hosts, as a context manager that returns a `RabitHelper`.

    Parameters
    ----------
    hosts
        Their names; the first one in the order of the alphabet is the master.
    current_host
        The name of this host; 127.0.0.1 if it is not named.
    master_host
        The name of another master.
    port
        Of the tracker, which runs on the master; 9099 if it is not named.
    max_connect_attempts, connect_retry_timeout
        As of `rabit_run`.

    Raises
    ------
    ValueError
        If `max_connect_attempts` is less than 1.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        current_host: str | None = None,
        master_host: str | None = None,
        port: int | None = None,
        max_connect_attempts: int | None = None,
        connect_retry_timeout: float = 3,
    ):
        if max_connect_attempts is not None and max_connect_attempts <= 0:
            raise ValueError("max_connect_attempts must be None or an integer greater than 0.")
        self.hosts = sorted(hosts)
        self.n_workers = len(self.hosts)
        self.current_host = current_host or LOCAL_HOSTNAME
        self.master_host = master_host or self.hosts[0]
        self.is_master_host = self.current_host == self.master_host
        self.port = port or DEFAULT_PORT
        self.max_connect_attempts = max_connect_attempts
        self.connect_retry_timeout = connect_retry_timeout
        self.logger = logging.getLogger("RabitContextManager")
        self.tracker: RabitTracker | None = None

    def start(self) -> RabitHelper:
        """Join the collective, on the master after starting its tracker.

        Raises
        ------
        ConnectionError
            If the tracker can't be reached in the attempts that are allowed.
        """
        if self.n_workers == 1:
            return RabitHelper(True, self.current_host, self.port)
        try:
            self._join(address_of(self.master_host))
        except BaseException:
            self._free_tracker()
            raise
        return RabitHelper(self.is_master_host, self.current_host, self.port)

    def _join(self, address: str) -> None:
        if self.is_master_host:
            self.tracker = RabitTracker(
                host_ip=address, n_workers=self.n_workers, port=self.port, sortby="task"
            )
            self.tracker.start()
        self._wait_for_tracker(address)
        reached = time.monotonic()
        collective.init(
            dmlc_tracker_uri=address,
            dmlc_tracker_port=self.port,
            dmlc_task_id=str(self.hosts.index(self.current_host)),  # the tracker makes it the rank
            dmlc_timeout=TIMEOUT_SECONDS,
        )
        self._warn_about_waiting(time.monotonic() - reached)
        self.logger.info("Connected to RabitTracker, current_host=%s", self.current_host)

    def stop(self) -> None:
        """Leave the collective. The master waits until the others have left it too."""
        if self.n_workers == 1:
            return
        collective.finalize()
        if self.tracker is not None:
            self.tracker.wait_for()
        self._free_tracker()

    def __enter__(self) -> RabitHelper:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
        elif self.n_workers > 1:
            self._stop_after_error()

    def _stop_after_error(self) -> None:
        """Leave the collective so that the others fail too, whatever state it is in."""
        with contextlib.suppress(XGBoostError):
            collective.finalize()
        if self.tracker is not None:
            with contextlib.suppress(XGBoostError):
                self.tracker.wait_for(FAILURE_SECONDS)
        self._free_tracker()

    def _free_tracker(self) -> None:
        if self.tracker is not None:
            with contextlib.suppress(XGBoostError):
                self.tracker.free()
            self.tracker = None

    def _wait_for_tracker(self, address: str) -> None:
        attempts, seconds = self.max_connect_attempts, self.connect_retry_timeout
        end = None if attempts is None else time.monotonic() + attempts * seconds
        while end is None or time.monotonic() < end:
            with socket.socket() as connection:
                if connection.connect_ex((address, self.port)) == 0:
                    return
            time.sleep(POLL_SECONDS)
        self.logger.error("Failed to connect to Rabit Tracker after %s attempts", attempts)
        raise ConnectionError(
            f"Failed to connect to Rabit Tracker, current_host={self.current_host}"
        )

    def _warn_about_waiting(self, seconds: float) -> None:
        if seconds > self.connect_retry_timeout:
            self.logger.warning(
                "Host %s waited %.1f seconds for the others. On AWS the job fails if that is more "
                "than connect_retry_timeout, %s seconds. What to do: pass a larger one to "
                "rabit_run.",
                self.current_host,
                seconds,
                self.connect_retry_timeout,
            )
