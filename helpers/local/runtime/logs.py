"""CloudWatch Logs: what a job prints becomes log events that outlive the server.

moto answers the Logs API. Each stream is also a file of the home folder, written line by line,
and at start the files are given back to moto.
"""

import contextlib
import json
import re
import shutil
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream, logs_backends

from helpers.local.home import ACCOUNT

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
        self._saved: dict[tuple[str, str, str], int] = {}  # events of a stream that are in its file
        for group in sorted(folder.glob("*/*/group.json")):
            self._load(group.parent)

    def stream(self, region: str, group: str, name: str) -> "JobLog":
        """Make a log stream, and its group if there is none, and return its writer."""
        backend = logs_backends[ACCOUNT][region]
        with self._lock:
            backend.ensure_log_group(group)
            if name not in backend.groups[group].streams:
                backend.create_log_stream(group, name)
            self.reconcile(region)
        return JobLog(self, region, group, name)

    def append(self, region: str, group: str, name: str, messages: Iterable[str]) -> None:
        """Write lines to a stream, in their order. A stream deleted meanwhile swallows them."""
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

    def keep(self, app):
        """WSGI middleware: what a client changed in Logs is in the files before it is answered."""

        def kept(environ, start_response):
            answer = app(environ, start_response)
            service, _, action = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
            if service.startswith("Logs_") and not action.startswith(_READS):
                for region in list(logs_backends[ACCOUNT]):
                    self.reconcile(region)
            return answer

        return kept

    def reconcile(self, region: str) -> None:
        """Make the files of one region say what moto says."""
        backend = logs_backends[ACCOUNT][region]
        with self._lock:
            for group in backend.groups.values():
                self._save_group(region, backend, group)
                for stream in group.streams.values():
                    self._save_stream(region, group.name, stream)
            for key in [key for key in self._saved if key[0] == region]:
                _, group, name = key
                if group not in backend.groups:
                    shutil.rmtree(self._path(region, group), ignore_errors=True)
                    del self._saved[key]
                elif name not in backend.groups[group].streams:
                    self._path(region, group, name).unlink(missing_ok=True)
                    del self._saved[key]
            region_folder = self._folder / region
            for folder in region_folder.iterdir() if region_folder.exists() else ():
                if unquote(folder.name) not in backend.groups:
                    shutil.rmtree(folder, ignore_errors=True)

    def _path(self, region: str, group: str, stream: str | None = None) -> Path:
        folder = self._folder / region / quote(group, safe="")
        return folder if stream is None else folder / f"{quote(stream, safe='')}.jsonl"

    def _save_group(self, region: str, backend: LogsBackend, group: LogGroup) -> None:
        file = self._path(region, group.name) / "group.json"
        text = json.dumps(
            {
                "created": group.creation_time.timestamp(),
                "retention": group.retention_in_days,
                "tags": backend.list_tags_log_group(group.name),
            }
        )
        with contextlib.suppress(FileNotFoundError):
            if file.read_text() == text:
                return
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(".new")
        scratch.write_text(text)
        scratch.replace(file)

    def _save_stream(self, region: str, group: str, stream: LogStream) -> None:
        key = (region, group, stream.log_stream_name)
        saved = self._saved.get(key)
        if saved is not None and saved == len(stream.events):
            return
        lines = [
            json.dumps([event.timestamp, event.message]) + "\n"
            for event in stream.events[saved or 0 :]
        ]
        with open(self._path(region, group, stream.log_stream_name), "a") as file:
            file.write("".join(lines))
        self._saved[key] = len(stream.events)

    def _load(self, folder: Path) -> None:
        region, name = folder.parent.name, unquote(folder.name)
        about = json.loads((folder / "group.json").read_text())
        backend = logs_backends[ACCOUNT][region]
        backend.create_log_group(name, about["tags"])
        group = backend.groups[name]
        group.retention_in_days = about["retention"]
        group.creation_time = _utc(about["created"])
        for file in sorted(folder.glob("*.jsonl")):
            stream = LogStream(group, unquote(file.stem))
            events = list(_read_events(file))
            stream.events = [
                LogEvent(when, {"timestamp": when, "message": text}) for when, text in events
            ]
            stream.stored_bytes = sum(len(text) for _, text in events)
            if events:
                stream.creation_time = _utc(events[0][0] / 1000)
                stream.last_ingestion_time = _utc(events[-1][0] / 1000)
            group.streams[stream.log_stream_name] = stream
            self._saved[region, name, stream.log_stream_name] = len(events)


class JobLog:
    """The log stream of one container of a job."""

    def __init__(self, store: LogStore, region: str, group: str, name: str):
        self._store, self._place = store, (region, group, name)
        self.name = name

    def write(self, *lines: str) -> None:
        """Add lines as the container printed them."""
        self._store.append(*self._place, [escape(line) for line in lines])


def _read_events(file: Path) -> Iterable[tuple[int, str]]:
    """The events of a stream's file. A last line cut by a crash was never acknowledged."""
    for line in file.read_text().splitlines():
        with contextlib.suppress(ValueError):
            when, text = json.loads(line)
            yield when, text


def _utc(seconds: float) -> datetime:
    """moto keeps naive times in UTC."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
