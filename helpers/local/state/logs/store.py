"""CloudWatch Logs: what a job prints becomes log events that outlive the server.

moto answers the Logs API. Groups and streams are also files of the home folder, written before a
line counts as stored, and at start the files are given back to moto. What else the Logs API can
make (filters, subscriptions, queries) is not kept.
"""

import json
import re
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream, logs_backends

from helpers.home import ACCOUNT
from helpers.local.state.logs.files import (
    GROUP,
    append_events,
    file_name,
    read_stream,
    start_stream,
    write_group,
)
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_READS = ("Describe", "Get", "Filter", "List", "StartQuery", "StopQuery", "Test")


def escape(line: str) -> str:
    """As CloudWatch shows what a container printed: a control character as `#` and its octal code.

    A TAB is `#011`, and the metric regexes of the built-in algorithms rely on it.
    """
    return _CONTROL.sub(lambda found: f"#{ord(found[0]):03o}", line)


class LogStore:
    """All log groups of the local account, in moto and in files under one folder."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.RLock()
        # what the files hold: of each stream the very object, and how many of its events
        self._saved: dict[tuple[str, str, str], tuple[LogStream, int]] = {}
        for file in sorted(folder.glob(f"*/*/{GROUP}")):
            self._load(file.parent)

    def stream(self, region: str, group: str, name: str) -> "LogStreamWriter":
        """Make a log stream, and its group if there is none, and return its writer."""
        backend = logs_backends[ACCOUNT][region]
        with self._lock:
            backend.ensure_log_group(group)
            if name not in backend.groups[group].streams:
                backend.create_log_stream(group, name)
            self.reconcile(region)
        return LogStreamWriter(self, region, group, name)

    def append(self, region: str, group: str, name: str, messages: Iterable[str]) -> None:
        """Write lines to a stream, in their order. A stream deleted meanwhile swallows them.

        Raises OSError if they can't be stored.
        """
        with self._lock:
            found = logs_backends[ACCOUNT][region].groups.get(group)
            stream = found and found.streams.get(name)
            if not stream:
                return
            now = int(time.time() * 1000)
            if stream.events:  # events are sorted by time when read: keep the order written
                now = max(now, stream.events[-1].timestamp)
            stream.put_log_events([{"timestamp": now, "message": text} for text in messages])
            self._save_stream(region, group, stream)

    def persist(self, app):
        """WSGI middleware: what a client changed in Logs is in the files before it is answered."""

        def kept(environ, start_response):
            service, _, action = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
            if not service.startswith("Logs_") or action.startswith(_READS):
                return app(environ, start_response)
            started = []
            answer = app(environ, lambda *given: started.append(given))
            try:
                for region in list(logs_backends[ACCOUNT]):
                    self.reconcile(region)
            except OSError as error:
                traceback.print_exc(file=sys.stderr)
                return _refuse(start_response, error)
            start_response(*started[-1])
            return answer

        return kept

    def reconcile(self, region: str) -> None:
        """Make the files of one region say what moto says."""
        backend = logs_backends[ACCOUNT][region]
        with self._lock:
            for group in list(backend.groups.values()):
                self._save_group(region, backend, group)
                for stream in list(group.streams.values()):
                    self._save_stream(region, group.name, stream)
            for key in [key for key in self._saved if key[0] == region]:
                _, group, name = key
                if group not in backend.groups or name not in backend.groups[group].streams:
                    self._path(region, group, name).unlink(missing_ok=True)
                    del self._saved[key]
            wanted = {file_name(group) for group in list(backend.groups)}
            folder = self._folder / region
            for found in folder.iterdir() if folder.exists() else ():
                if found.name not in wanted:
                    shutil.rmtree(found)

    def _path(self, region: str, group: str, stream: str) -> Path:
        return self._folder / region / file_name(group) / f"{file_name(stream)}.jsonl"

    def _save_group(self, region: str, backend: LogsBackend, group: LogGroup) -> None:
        write_group(
            self._folder / region / file_name(group.name),
            {
                "name": group.name,
                "created": _seconds(group.creation_time),
                "retention": group.retention_in_days,
                "tags": backend.list_tags_log_group(group.name),
            },
        )

    def _save_stream(self, region: str, group: str, stream: LogStream) -> None:
        key = (region, group, stream.log_stream_name)
        file = self._path(*key)
        saved, count = self._saved.get(key, (None, 0))
        if saved is not stream:
            about = {"name": stream.log_stream_name, "created": _seconds(stream.creation_time)}
            start_stream(file, about)
            self._saved[key], count = (stream, 0), 0
        events = stream.events[count:]
        if events:
            append_events(file, [(event.timestamp, event.message) for event in events])
            self._saved[key] = (stream, count + len(events))

    def _load(self, folder: Path) -> None:
        about = json.loads((folder / GROUP).read_text())
        region, name = folder.parent.name, about["name"]
        backend = logs_backends[ACCOUNT][region]
        group = backend.create_log_group(name, about["tags"])
        group.retention_in_days = about["retention"]
        group.creation_time = _utc(about["created"])
        for file in sorted(folder.glob("*.jsonl")):
            if (read := read_stream(file)) is None:
                file.unlink()
                continue
            described, events = read
            stream = LogStream(group, described["name"])
            stream.creation_time = _utc(described["created"])
            stream.events = [
                LogEvent(when, {"timestamp": when, "message": text}) for when, text in events
            ]
            stream.stored_bytes = sum(len(text) for _, text in events)
            if events:
                stream.last_ingestion_time = _utc(events[-1][0] / 1000)
            group.streams[stream.log_stream_name] = stream
            self._saved[region, name, stream.log_stream_name] = (stream, len(events))


class LogStreamWriter:
    """The log stream of one container of a job."""

    def __init__(self, store: LogStore, region: str, group: str, name: str):
        self._store, self._place = store, (region, group, name)
        self.name = name

    def write(self, *lines: str) -> None:
        """Add lines as the container printed them. Raises OSError if they can't be stored."""
        self._store.append(*self._place, [escape(line) for line in lines])


def _refuse(start_response, error: OSError) -> list[bytes]:
    """A change that is in memory and not on disk; the next one that can be written brings it."""
    refusal = AwsError(
        "ServiceUnavailableException",
        f"The Local SageMaker could not store this: {error}. Free some disk space, then try again.",
        503,
    )
    return wsgi_error_response(start_response, refusal, "json")


def _utc(seconds: float) -> datetime:
    """moto keeps naive times in UTC."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
