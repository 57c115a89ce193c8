"""The files of the log store: `<folder>/<region>/<group>/group.json`, and a file for each stream.

A stream's file is JSON lines: first its properties, then one event per line, `[time in ms, text]`.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

GROUP = "group.json"
MAX_NAME_CHARS = 200  # of a file's name: file systems allow 255 bytes, CloudWatch 512 characters

Event = tuple[int, str]


def file_name(name: str) -> str:
    """Return the file name of a group or stream: never `..`, never too long."""
    quoted = quote(name, safe="").replace(".", "%2E")
    if len(quoted) <= MAX_NAME_CHARS:
        return quoted
    return f"{quoted[:100]}~{sha256(name.encode()).hexdigest()[:32]}"


@lru_cache(1024)
def stream_file(folder: Path, region: str, group: str, stream: str) -> Path:
    """Return the path of a stream's file; kept, as it takes as long as writing a line."""
    return folder / region / file_name(group) / f"{file_name(stream)}.jsonl"


def write_group(folder: Path, properties: dict[str, Any]) -> None:
    """Write a group's properties atomically, unless the file has them already."""
    file, text = folder / GROUP, json.dumps(properties)
    try:
        if file.read_text() == text:
            return
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_text(text)
    scratch.replace(file)


def start_stream(file: Path, properties: dict[str, Any]) -> None:
    """Start a stream's file, and replace that of an earlier stream of that name."""
    file.unlink(missing_ok=True)
    append_text(file, json.dumps(properties) + "\n")


def append_events(file: Path, events: Iterable[Event]) -> None:
    """Append events: all of them, or none and an OSError."""
    append_text(file, "".join(json.dumps(event) + "\n" for event in events))


def append_text(file: Path, text: str) -> None:
    """Append text to a file, or raise OSError and leave the file as long as it was.

    A full disk may take a part of the text: it is cut off again, so that the file stays valid.
    """
    with open(file, "ab", buffering=0) as stream:
        start = stream.tell()
        rest = memoryview(text.encode())
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except OSError:
            stream.truncate(start)
            raise


def read_stream(file: Path) -> tuple[dict[str, Any], list[Event]] | None:
    """Return a stream's properties and events, or None if not even its first line is complete.

    An incomplete last line, which a kill has left, was never acknowledged. It is removed from the
    file, so that the next line starts at its beginning.
    """
    data = file.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with open(file, "r+b") as stream:
            stream.truncate(whole)
    if not whole:
        return None
    properties, *events = map(json.loads, data[:whole].splitlines())
    return properties, [(milliseconds, text) for milliseconds, text in events]
