"""A workload's log."""

from datetime import UTC, datetime

from moto.logs.models import LogEvent

from helpers.local.console.content import Lines, Link
from helpers.local.state.logs.reading import StoredStream, find_streams
from helpers.local.state.logs.store import LogStore

SHOWN_LINES = 200


def log_section(id: str, streams: list[StoredStream], whole: Link) -> Lines:
    """Return the last lines of some log streams, as many of each."""
    if not streams:
        return Lines(id, "Logs", empty="No log yet.")
    lines: list[str] = []
    shown = SHOWN_LINES // len(streams) or 1
    total = sum(len(stream.events) for stream in streams)
    for stream in streams:
        if len(streams) > 1:
            lines.append(f"--- {stream.name}")
        start = max(0, len(stream.events) - shown)
        lines += [event_line(event) for event in stream.events[start:]]
    which = f"{len(streams)} streams" if len(streams) > 1 else f"stream {streams[0].name}"
    group = f"{streams[0].group}, {which}"
    each = " of each stream" if len(streams) > 1 else ""
    is_cut = any(len(stream.events) > shown for stream in streams)
    cut = f" The last {shown} lines{each}, of {total:,}." if is_cut else ""
    note = f"CloudWatch log group {group}.{cut}"
    return Lines(id, "Logs", lines, note, "No log yet.", [whole])


def event_line(event: LogEvent) -> str:
    """Return a log event as a line, with its time of day."""
    at = datetime.fromtimestamp(event.timestamp / 1000, UTC).astimezone()
    return f"{at:%H:%M:%S}  {event.message}"


def whole_log(store: LogStore, region: str, group: str, prefix: str) -> str:
    """Return all events of the streams of a group whose names begin with a prefix."""
    parts = []
    for stream in find_streams(store, region, group, prefix):
        parts.append(f"--- {group} {stream.name}\n")
        parts += [f"{event_line(event)}\n" for event in stream.events]
    return "".join(parts)
