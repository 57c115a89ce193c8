"""The shares of calls that a client sees, before, during and after changes of an endpoint."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt

from support.endpoints import ask, configure, update, variant, wait_in_service

PHASE = 650  # calls between two changes: with those during the changes about 2,000
DEVIATIONS = 5.2  # two shares are beyond them by chance less than once in a million runs


def assert_share(answered_by: list[str], name: str, *shares: float) -> None:
    """Assert that a variant's part of the answers is a share, or between two, within bounds."""
    calls = len(answered_by)
    margins = [DEVIATIONS * sqrt(share * (1 - share) / max(calls, 1)) for share in shares]
    low = min(share - margin for share, margin in zip(shares, margins, strict=True))
    high = max(share + margin for share, margin in zip(shares, margins, strict=True))
    assert not calls or low <= answered_by.count(name) / calls <= high, (low, high, calls)


class Caller:
    """A client that calls an endpoint without pause, one call after the other."""

    def __init__(self, runtime, endpoint: str):
        self.answered_by: list[str] = []
        self.errors: list[Exception] = []
        self._runtime, self._endpoint = runtime, endpoint
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def calling(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def mark(self) -> int:
        """Return the number of the first call that begins after now."""
        return len(self.answered_by) + 1

    def wait(self, begin: int) -> int:
        """Wait for a phase of calls; return the number of the first call after it."""
        while len(self.answered_by) < begin + PHASE and not self.errors:
            time.sleep(0.01)
        return self.mark()

    def _run(self) -> None:
        while not (self._stop.is_set() or self.errors):
            try:
                self.answered_by.append(ask(self._runtime, self._endpoint)[1])
            except Exception as error:
                self.errors.append(error)


def test_shares_are_those_of_the_weights(sagemaker, runtime, deploy, ten, twenty):
    """Of 2,000 calls none fails, and each phase's share lies within bounds of the weights."""
    name = deploy(variant(ten, "a", InitialVariantWeight=3.0), variant(twenty, "b"))
    configure(sagemaker, f"{name}-b", variant(twenty, "b"))
    caller = Caller(runtime, name)
    with caller.calling():
        shift = caller.wait(0)
        weights = [
            {"VariantName": "a", "DesiredWeight": 1},
            {"VariantName": "b", "DesiredWeight": 3},
        ]
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=weights
        )
        wait_in_service(sagemaker, name)
        shifted = caller.mark()
        retire = caller.wait(shifted)
        update(sagemaker, name, f"{name}-b")
        retired = caller.mark()
        end = caller.wait(retired)
    assert caller.errors == []
    assert end >= 3 * PHASE
    # The call that is on its way when a change is asked for may meet either weight.
    assert_share(caller.answered_by[: shift - 1], "b", 0.25)
    assert_share(caller.answered_by[shift - 1 : shifted], "b", 0.25, 0.75)
    assert_share(caller.answered_by[shifted : retire - 1], "b", 0.75)
    assert_share(caller.answered_by[retire - 1 : retired], "b", 0.75, 1)
    assert_share(caller.answered_by[retired:], "b", 1)
