"""Load the files of the log store into moto."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from moto.logs.models import LogGroup, LogStream, logs_backends

from helpers.home import ACCOUNT
from helpers.local.state.logs.events import StoredEvents
from helpers.local.state.logs.files import GROUP, read_stream


def load(folder: Path) -> Iterator[tuple[str, str, LogStream]]:
    """Create moto's groups and streams; yield each stream with its Region and group's name.

    A file whose first line a kill has left incomplete is deleted. Raises OSError.
    """
    for file in sorted(folder.glob(f"*/*/{GROUP}")):
        region = file.parent.parent.name
        group = _load_group(region, file)
        for path in sorted(file.parent.glob("*.jsonl")):
            if stream := _load_stream(group, path):
                yield region, group.name, stream


def _load_group(region: str, file: Path) -> LogGroup:
    properties = json.loads(file.read_text())
    backend = logs_backends[ACCOUNT][region]
    group = backend.create_log_group(properties["name"], properties["tags"])
    group.retention_in_days = properties["retention"]
    group.creation_time = _utc(properties["created"])
    return group


def _load_stream(group: LogGroup, path: Path) -> LogStream | None:
    if (content := read_stream(path)) is None:
        path.unlink()
        return None
    properties, events = content
    stream = LogStream(group, properties["name"])
    stream.creation_time = _utc(properties["created"])
    stream.events = StoredEvents(path, events)
    stream.events.forget_older()
    stream.stored_bytes = sum(len(text) for _, text in events)
    if events:
        stream.last_ingestion_time = _utc(events[-1][0] / 1000)
    group.streams[stream.log_stream_name] = stream
    return stream


def _utc(seconds: float) -> datetime:
    """Return a time as moto has it: naive, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
