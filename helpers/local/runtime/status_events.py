"""Wait for a resource's status to change without a thread: held Describe calls wait here."""

import asyncio
import threading


class StatusEvents:
    """Who waits for which ARN. Jobs notify from their threads, requests wait on the event loop."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self.closed = False

    def notify(self, arn: str) -> None:
        """The resource changed, or is about to: everyone looks again."""
        with self._lock:
            waiting = self._waiting.pop(arn, ())
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """Let everyone go, now and later: the server is shutting down."""
        with self._lock:
            self.closed = True
            arns = list(self._waiting)
        for arn in arns:
            self.notify(arn)

    def watch(self, arn: str) -> asyncio.Event:
        """An event that the next change sets. Take it before reading the status, then wait."""
        event = asyncio.Event()
        with self._lock:
            if self.closed:
                event.set()
            else:
                waiters = self._waiting.setdefault(arn, set())
                waiters.add((asyncio.get_running_loop(), event))
        return event

    def leave(self, arn: str, event: asyncio.Event) -> None:
        """The client gave up or the time ran out."""
        with self._lock:
            waiters = self._waiting.get(arn, set())
            waiters.difference_update([pair for pair in waiters if pair[1] is event])
            if not waiters:
                self._waiting.pop(arn, None)
