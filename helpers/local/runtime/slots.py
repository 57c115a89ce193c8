"""Slots for jobs: as many as there are processors, in the order of the requests."""

import threading
from collections import deque
from collections.abc import Callable

POLL_SECONDS = 0.2  # between two checks whether a waiting job was stopped


class Slots:
    """A number of slots that jobs take and give back.

    A job takes all its slots at once or waits, so that two jobs can't wait for each other; and
    first come, first served, so that one that needs many gets them.
    """

    def __init__(self, total: int):
        self._total = self._free = total
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, count: int, is_stopped: Callable[[], bool]) -> int:
        """Wait for slots and take them.

        Parameters
        ----------
        count
            How many; all that there are if there are fewer.
        is_stopped
            Asked while the job waits.

        Returns
        -------
        int
            The number taken; 0 if the job was stopped.
        """
        count, ticket = min(count, self._total), object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._free < count:
                    if is_stopped():
                        return 0
                    self._changed.wait(POLL_SECONDS)
                self._free -= count
                return count
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def give_back(self, count: int) -> None:
        """Give slots back."""
        with self._changed:
            self._free += count
            self._changed.notify_all()
