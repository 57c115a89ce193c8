"""CloudWatch Logs: what a job prints becomes log events that survive a restart of the server.

moto answers the Logs API. Groups and streams are also files of the home folder, written before a
line counts as stored, and loaded into moto when Logs are first used. What else the Logs API can
create (filters, subscriptions, queries) is not saved.
"""

import re
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.logs.models import LogGroup, LogsBackend, LogStream, logs_backends

from helpers.home import ACCOUNT
from helpers.local.state.logs.events import StoredEvents
from helpers.local.state.logs.files import (
    append_events,
    file_name,
    start_stream,
    stream_file,
    write_group,
)
from helpers.local.state.logs.loading import load
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_READ_PREFIXES = ("Describe", "Get", "Filter", "List", "StartQuery", "StopQuery", "Test")


def escape(line: str) -> str:
    """Replace control characters by `#` and their octal code, as CloudWatch shows them.

    A TAB becomes `#011`, and the metric regexes of the built-in algorithms rely on it.
    """
    return _CONTROL.sub(lambda match: f"#{ord(match[0]):03o}", line)


class LogStore:
    """All log groups of the local account, in moto and in files under one folder.

    The files are loaded into moto when Logs are first used: those of a thousand jobs would delay
    the start. All methods may be called from any thread, and raise OSError if the files can't be
    written.

    Parameters
    ----------
    folder
        Holds a folder for each Region, and in it one for each group.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.RLock()
        # the content of the files: each stream, as moto's object, and how many of its events
        self._saved: dict[tuple[str, str, str], tuple[LogStream, int]] = {}
        self._is_loaded = False

    def ensure_loaded(self) -> None:
        """Load the files into moto, unless that has happened."""
        if self._is_loaded:
            return  # without waiting for a line that is being written
        with self._lock:
            if not self._is_loaded:
                for region, group, stream in load(self._folder):
                    key = (region, group, stream.log_stream_name)
                    self._saved[key] = (stream, len(stream.events))
                self._is_loaded = True

    def stream(self, region: str, group: str, name: str) -> "LogStreamWriter":
        """Create a log stream, and its group if there is none, and return its writer.

        Parameters
        ----------
        region, group, name
            As CloudWatch knows it; an existing stream of this name is appended to.

        Raises
        ------
        OSError
            If the files can't be written.
        """
        self.ensure_loaded()
        backend = logs_backends[ACCOUNT][region]
        with self._lock:
            backend.ensure_log_group(group)
            log_group = backend.groups[group]
            self._save_group(region, backend, log_group)
            if name not in log_group.streams:
                # a request that lists the streams now iterates over the former dictionary
                log_group.streams = dict(log_group.streams)
                backend.create_log_stream(group, name)
                log_group.streams[name].events = StoredEvents(self._path(region, group, name))
            # not all streams of the Region: that would take longer with every job
            self._save_stream(region, group, log_group.streams[name])
        return LogStreamWriter(self, region, group, name)

    def append(self, region: str, group: str, name: str, messages: Iterable[str]) -> None:
        """Write lines to a stream, in their order; they are stored when this returns.

        Parameters
        ----------
        region, group, name
            The stream. If it was deleted meanwhile, the lines are dropped.
        messages
            One for each line, escaped, without a newline.

        Raises
        ------
        OSError
            If they can't be stored.
        """
        self.ensure_loaded()
        with self._lock:
            log_group = logs_backends[ACCOUNT][region].groups.get(group)
            stream = log_group and log_group.streams.get(name)
            if not stream:
                return
            now = int(time.time() * 1000)
            if stream.events:  # events are sorted by time when read: keep the order written
                now = max(now, stream.events[-1].timestamp)
            stream.put_log_events([{"timestamp": now, "message": text} for text in messages])
            self._save_stream(region, group, stream)

    def persist(self, app: WsgiApp) -> WsgiApp:
        """Wrap moto's WSGI application: a change of Logs is in the files before the response."""

        def persistent(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            if "/s3/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
                self.ensure_loaded()  # other services of moto may read or create log groups
            service, _, action = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
            if not service.startswith("Logs_") or action.startswith(_READ_PREFIXES):
                return app(environ, start_response)
            started = []
            answer = app(environ, lambda *start: started.append(start))
            try:
                for region in list(logs_backends[ACCOUNT]):
                    self.reconcile(region)
            except OSError as error:
                traceback.print_exc(file=sys.stderr)
                return _storage_error(start_response, error)
            start_response(*started[-1])
            return answer

        return persistent

    def reconcile(self, region: str) -> None:
        """Make the files of one Region match moto's state."""
        self.ensure_loaded()
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
            expected = {file_name(group) for group in list(backend.groups)}
            folder = self._folder / region
            for group_folder in folder.iterdir() if folder.exists() else ():
                if group_folder.name not in expected:
                    shutil.rmtree(group_folder)

    def _path(self, region: str, group: str, stream: str) -> Path:
        return stream_file(self._folder, region, group, stream)

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
            properties = {"name": stream.log_stream_name, "created": _seconds(stream.creation_time)}
            start_stream(file, properties)
            self._saved[key], count = (stream, 0), 0
        events = stream.events[count:]
        if events:
            append_events(file, [(event.timestamp, event.message) for event in events])
            self._saved[key] = (stream, count + len(events))
            if isinstance(stream.events, StoredEvents):
                stream.events.forget_older()


class LogStreamWriter:
    """Writes to the log stream of one container of a job.

    Parameters
    ----------
    store
        Where the stream is.
    region, group, name
        Which stream; it exists.
    """

    def __init__(self, store: LogStore, region: str, group: str, name: str):
        self._store, self._region, self._group = store, region, group
        self.name = name

    def write(self, *lines: str) -> None:
        """Append lines as the container printed them; control characters are escaped.

        Raises
        ------
        OSError
            If they can't be stored.
        """
        messages = [escape(line) for line in lines]
        self._store.append(self._region, self._group, self.name, messages)


def _storage_error(start_response: Callable[..., Any], error: OSError) -> list[bytes]:
    """Refuse a change that is in memory but not on disk; the next change stores it, too."""
    refusal = AwsError(
        "ServiceUnavailableException",
        f"The Local SageMaker could not store this: {error}. Free some disk space, then try again.",
        503,
    )
    return wsgi_error_response(start_response, refusal, "json")


def _seconds(utc_time: datetime) -> float:
    return utc_time.replace(tzinfo=UTC).timestamp()
