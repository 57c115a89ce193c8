"""Run the processes of a job's hosts together: if one fails, the others are ended."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from helpers.local.runtime.processes import ContainerProcess

# From the failure of a host to the end of the others: one that died before, and is the cause of the
# failure, must be known as such by then.
GRACE_SECONDS = 0.1


@dataclass(frozen=True)
class HostEnd:
    """How the process of a host ended.

    Parameters
    ----------
    host
        Its index among the hosts of the job.
    code
        Its exit code; negative: the signal.
    time_ns
        When that was seen, in nanoseconds since the epoch.
    was_ended
        Whether it was killed because another host had failed.
    """

    host: int
    code: int
    time_ns: int
    was_ended: bool


def run_together(
    starts: Sequence[Callable[[], ContainerProcess]], is_stopped: Callable[[], bool]
) -> list[HostEnd]:
    """Start a process for each host, and wait until all have ended.

    Parameters
    ----------
    starts
        Start a process each.
    is_stopped
        Whether the job was asked to stop: then each host takes its own time to end.

    Returns
    -------
    list of HostEnd
        In the order of the hosts.

    Raises
    ------
    Exception
        What one of `starts` or a reader of lines raised; all processes have ended then.
    """
    processes: list[ContainerProcess] = []
    try:
        for start in starts:
            processes.append(start())
    except BaseException:
        for process in processes:
            process.kill()
            process.wait()
        raise
    if len(processes) == 1:
        return [HostEnd(0, processes[0].wait(), time.time_ns(), was_ended=False)]
    return _wait_for_all(processes, is_stopped)


def _wait_for_all(
    processes: Sequence[ContainerProcess], is_stopped: Callable[[], bool]
) -> list[HostEnd]:
    was_ended = [False] * len(processes)
    lock = threading.Lock()

    def end_the_rest() -> None:
        with lock:
            for host, process in enumerate(processes):
                if not was_ended[host] and process.running():
                    was_ended[host] = True
                    process.kill()

    def wait(host: int) -> HostEnd:
        try:
            code = processes[host].wait()
        except BaseException:
            end_the_rest()
            raise
        end_time = time.time_ns()
        if code != 0 and not is_stopped():
            time.sleep(GRACE_SECONDS)
            end_the_rest()
        return HostEnd(host, code, end_time, was_ended[host])

    with ThreadPoolExecutor(len(processes)) as pool:
        return list(pool.map(wait, range(len(processes))))


def first_failure(
    ends: Sequence[HostEnd], failure_time: Callable[[int], int | None]
) -> HostEnd | None:
    """Return the end of the host that failed first: the cause of the failure of the others.

    A host that loses its connection to one that has failed fails too, before it can be ended. One
    that died by a signal is the cause; otherwise the one that wrote first why it failed. The times
    of files may be equal, since some systems count them in steps of 10 ms: then the one that ended
    first.

    Parameters
    ----------
    ends
        Of all hosts.
    failure_time
        ``failure_time(host)`` returns when a host wrote the reason of its failure, in nanoseconds
        since the epoch; None if it wrote none.
    """
    failures = [end for end in ends if end.code != 0 and not end.was_ended]

    def order(end: HostEnd) -> tuple[bool, int, int]:
        written = failure_time(end.host)
        return end.code > 0, end.time_ns if written is None else written, end.time_ns

    return min(failures, key=order, default=None)
