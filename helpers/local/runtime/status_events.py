"""Wait for a resource's status to change, without a thread: long polls of Describe wait here."""

import asyncio
import threading


class StatusEvents:
    """The requests that wait for a resource to change.

    Jobs notify from their threads, requests wait on the event loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self.closed = False

    def notify(self, arn: str) -> None:
        """Wake everyone who waits for a resource: it has changed, or is about to."""
        with self._lock:
            waiting = self._waiting.pop(arn, ())
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """Wake everyone, now and in future: the server is shutting down."""
        with self._lock:
            self.closed = True
            arns = list(self._waiting)
        for arn in arns:
            self.notify(arn)

    def watch(self, arn: str) -> asyncio.Event:
        """Return an event that the next change sets. Call it before reading the status."""
        event = asyncio.Event()
        with self._lock:
            if self.closed:
                event.set()
            else:
                waiters = self._waiting.setdefault(arn, set())
                waiters.add((asyncio.get_running_loop(), event))
        return event

    def leave(self, arn: str, event: asyncio.Event) -> None:
        """Forget an event: its client disconnected, or the time is over."""
        with self._lock:
            waiters = self._waiting.get(arn, set())
            waiters.difference_update([pair for pair in waiters if pair[1] is event])
            if not waiters:
                self._waiting.pop(arn, None)
