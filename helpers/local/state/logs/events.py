"""The events of a log stream, of which only the latest are in memory.

An endpoint writes two lines for each call and serves for weeks. moto would keep all of them.
"""

import itertools
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from moto.logs.models import LogEvent

from helpers.local.state.logs.files import Event

KEPT_EVENTS = 1000  # in memory at least; at most twice as many
IDS_PER_STREAM = 1 << 40


class StoredEvents(Sequence[LogEvent]):
    """What moto takes for the list of a stream's events; those before the latest are in its file.

    Parameters
    ----------
    file
        The stream's.
    events
        That are in the file already.
    """

    _numbers = itertools.count(1)

    def __init__(self, file: Path, events: Iterable[Event] = ()):
        self._file = file
        self._first_id = next(self._numbers) * IDS_PER_STREAM
        self._lock = threading.Lock()
        self._recent: list[LogEvent] = []
        self._older, self._end_of_older = 0, 0  # how many are not in memory; a position in the file
        self += [_event(*event) for event in events]

    def __iadd__(self, events: Iterable[LogEvent]) -> "StoredEvents":
        """Add events. Each gets an id that it still has when it is read from the file."""
        with self._lock:
            for event in events:
                event.event_id = self._first_id + len(self)
                self._recent.append(event)
        return self

    def __len__(self) -> int:
        return self._older + len(self._recent)

    def __iter__(self) -> Iterator[LogEvent]:
        with self._lock:
            older, recent = self._older, list(self._recent)
        yield from self._read(older)
        yield from recent

    def __getitem__(self, index: int | slice) -> LogEvent | list[LogEvent]:
        if isinstance(index, int) and index < 0 and -index <= len(self._recent):
            return self._recent[index]
        if isinstance(index, slice) and index.start is not None and index.start >= self._older:
            stop = None if index.stop is None else max(0, index.stop - self._older)
            return self._recent[index.start - self._older : stop : index.step]
        return list(self)[index]

    def forget_older(self) -> None:
        """Forget all but the latest, if there are many; all of them must be in the file."""
        with self._lock:
            surplus = len(self._recent) - KEPT_EVENTS
            if surplus < KEPT_EVENTS:
                return
            with open(self._file, "rb") as file:
                file.seek(self._end_of_older)
                lines = surplus if self._older else surplus + 1  # the first is not an event
                for _ in range(lines):
                    file.readline()
                self._end_of_older = file.tell()
            del self._recent[:surplus]
            self._older += surplus

    def _read(self, count: int) -> Iterator[LogEvent]:
        """Read the first events of the file, or none if the stream was deleted."""
        if not count:
            return
        with suppress(FileNotFoundError), open(self._file, "rb") as file:
            for number, line in enumerate(itertools.islice(file, 1, 1 + count)):
                event = _event(*json.loads(line))
                event.event_id = self._first_id + number
                yield event


def _event(milliseconds: int, text: str) -> LogEvent:
    return LogEvent(milliseconds, {"timestamp": milliseconds, "message": text})
