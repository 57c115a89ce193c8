"""Read log streams for pages that show them: without a request or a copy of the events."""

from dataclasses import dataclass

from moto.logs.models import logs_backends

from helpers.home import ACCOUNT
from helpers.local.state.logs.events import StoredEvents
from helpers.local.state.logs.store import LogStore


@dataclass(frozen=True)
class StoredStream:
    """A log stream; its events grow while it is written."""

    group: str
    name: str
    events: StoredEvents


def find_streams(store: LogStore, region: str, group: str, prefix: str = "") -> list[StoredStream]:
    """Return the streams of a group whose names begin with a prefix, by name."""
    store.ensure_loaded()
    log_group = logs_backends[ACCOUNT][region].groups.get(group)
    if log_group is None:
        return []
    names = sorted(name for name in list(log_group.streams) if name.startswith(prefix))
    return [
        StoredStream(group, name, stream.events)
        for name in names
        if (stream := log_group.streams.get(name)) is not None
    ]
