"""The files of the log store: `<folder>/<region>/<group>/group.json`, and a file for each stream.

A stream's file is JSON lines: first what the stream is, then an event a line, `[time in ms, text]`.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

GROUP = "group.json"
LONGEST = 200  # of a file's name; file systems take 255 bytes, CloudWatch 512 characters

Event = tuple[int, str]


def file_name(name: str) -> str:
    """A name of a group or stream as one step of a path: never `..`, never too long."""
    quoted = quote(name, safe="").replace(".", "%2E")
    if len(quoted) <= LONGEST:
        return quoted
    return f"{quoted[:100]}~{sha256(name.encode()).hexdigest()[:32]}"


def write_group(folder: Path, about: dict) -> None:
    """Write a group's properties, unless they are there, whole or not at all."""
    file, text = folder / GROUP, json.dumps(about)
    try:
        if file.read_text() == text:
            return
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_text(text)
    scratch.replace(file)


def start_stream(file: Path, about: dict) -> None:
    """Start a stream's file, in the place of an earlier stream of that name."""
    file.unlink(missing_ok=True)
    append_line(file, json.dumps(about) + "\n")


def append_events(file: Path, events: Iterable[Event]) -> None:
    """Add events: all of them, or none and an OSError."""
    append_line(file, "".join(json.dumps(event) + "\n" for event in events))


def append_line(file: Path, text: str) -> None:
    with open(file, "ab", buffering=0) as stream:
        start = stream.tell()
        rest = memoryview(text.encode())
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except OSError:
            stream.truncate(start)
            raise


def read_stream(file: Path) -> tuple[dict, list[Event]] | None:
    """What a stream is, and its events. None if not even its first line was written.

    A last line that a kill has cut was never acknowledged; it goes, so that the next starts clean.
    """
    data = file.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with open(file, "r+b") as stream:
            stream.truncate(whole)
    about, *events = map(json.loads, data[:whole].splitlines()) if whole else [None]
    return about and (about, [(when, text) for when, text in events])
