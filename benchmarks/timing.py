"""Time several ways of doing the same."""

import time
from collections.abc import Callable, Sequence


def best(
    ways: Sequence[Callable[[], object]],
    repeats: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Return the shortest time in seconds of each way, run in turn."""
    rounds = []
    for _ in range(repeats):
        times = []
        for way in ways:
            begin = clock()
            way()
            times.append(clock() - begin)
        rounds.append(times)
    return [min(seconds) for seconds in zip(*rounds, strict=True)]
