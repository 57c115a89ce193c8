"""A container that hangs: stopped by SIGSTOP, it takes connections and answers nothing."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.clients import make_client
from support.endpoints import ask, variant
from support.polling import eventually, gone
from support.server_processes import containers

from helpers.local.runtime.hosting.health import HUNG_SECONDS, PING_SECONDS, Health
from helpers.local.runtime.hosting.traffic import Instance, Traffic, Variant

CALLERS = 4
TIMED_OUT = (
    'Received server error (0) from primary with message "Your invocation timed out while waiting '
    "for a response from container primary. Review the latency metrics for each container in "
    'Amazon CloudWatch, resolve the issue, and try again.".'
)


class Container:
    """Stands for a ModelContainer: it answers /ping or not, and notes that it was ended."""

    socket_path = Path("c.sock")

    def __init__(self):
        self.answers, self.pings, self.killed = True, 0, False

    def get(self, path: str) -> tuple[int, bytes]:
        self.pings += 1
        if not self.answers:
            raise TimeoutError
        return 200, b""

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that a test sets: its first item is the time in seconds."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def served(*instances: Instance) -> Traffic:
    traffic = Traffic()
    traffic.use((Variant("v", 1, instances),))
    return traffic


def test_only_a_container_whose_answer_is_overdue_is_asked(clock):
    """A container without invocations, or with a recent answer, is not asked."""
    container, instance = Container(), Instance(Path("c.sock"))
    checked, traffic = Health(container, instance), served(instance)
    clock[0] += 1000
    checked.check()
    traffic.take(None)
    clock[0] += PING_SECONDS
    checked.check()
    assert container.pings == 0
    clock[0] += 1
    checked.check()
    checked.check()
    assert (container.pings, instance.is_responsive) == (1, True)


def test_a_container_that_hangs_gets_no_invocations_and_is_ended(clock):
    """While another one answers it gets nothing; after the longest invocation it is ended."""
    container, instance, other = Container(), Instance(Path("c.sock")), Instance(Path("d.sock"))
    checked, traffic = Health(container, instance), served(instance, other)
    while not instance.outstanding:
        traffic.take(None)
    container.answers = False
    clock[0] += PING_SECONDS + 1
    checked.check()
    assert {traffic.take(None)[1] for _ in range(50)} == {other}
    other.is_alive = False
    assert traffic.take(None)[1] is instance  # better than none
    clock[0] += HUNG_SECONDS - PING_SECONDS - 1
    checked.check()
    assert not container.killed
    clock[0] += PING_SECONDS
    checked.check()
    assert container.killed


def test_a_container_that_answers_again_takes_part_again(clock):
    """A container that was busy, and answers /ping again, gets invocations again."""
    container, instance = Container(), Instance(Path("c.sock"))
    checked, traffic = Health(container, instance), served(instance)
    traffic.take(None)
    container.answers = False
    clock[0] += PING_SECONDS + 1
    checked.check()
    assert not instance.is_responsive
    traffic.give_back(instance)
    container.answers = True
    clock[0] += PING_SECONDS
    checked.check()
    assert instance.is_responsive
    clock[0] += HUNG_SECONDS
    checked.check()
    assert (container.pings, container.killed) == (2, False)


@pytest.mark.full
@pytest.mark.parametrize("count", [1, 2])
def test_a_container_that_hangs_is_replaced(local, deploy, ten, count):
    """Its calls fail with AWS's text after a minute, or are answered by another one; none is lost.

    With two containers, only the calls of the first seconds reach the one that hangs.
    """
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=count))
    victim = min(containers(local.pid) - before)
    answered, failed, sent = [], [], []
    stop = threading.Event()

    def call() -> None:
        patient = Config(read_timeout=150, retries={"total_max_attempts": 1})
        runtime = make_client(local, "sagemaker-runtime", config=patient)
        while not stop.is_set():
            sent.append(None)
            try:
                answered.append(round(ask(runtime, name)[0]))
            except ClientError as error:
                failed.append(error.response["Error"]["Message"])

    os.kill(victim, signal.SIGSTOP)
    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    started = time.monotonic()
    try:
        for caller in callers:
            caller.start()
        eventually(lambda: gone(victim), seconds=2 * HUNG_SECONDS)
        assert time.monotonic() - started > HUNG_SECONDS - PING_SECONDS
        after = len(answered)
        eventually(lambda: len(containers(local.pid) - before - {victim}) == count, seconds=30)
        eventually(lambda: len(answered) > after + 50, seconds=30)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
        if not gone(victim):
            os.kill(victim, signal.SIGKILL)
    assert len(sent) == len(answered) + len(failed)
    assert set(answered) == {10}
    assert {text[: len(TIMED_OUT)] for text in failed} == {TIMED_OUT}
    assert len(failed) <= CALLERS * count
