"""Download one known file: resumed after a cut, bounded, verified, and whole or not there at all.

pooch, which the course would take for this, verifies and caches, but starts from nothing after a
cut: its downloaders write to a scratch file that is removed when one fails.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests
from tqdm import tqdm

from helpers.datasets.imdb.errors import OTHER_WAYS, Interrupted, Refused, Unreachable, WrongBytes

TRIES = 4
"""In a row, without a single new byte."""

CONNECT_SECONDS, READ_SECONDS = 10, 30
CHUNK = 1 << 16
"""Bytes; what is cut off within a chunk is lost, and comes again."""


class Source(NamedTuple):
    """A file on the web: its size in bytes, and its MD5 as its readers publish it."""

    url: str
    size: int
    md5: str


_CUTS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,  # less came than was announced
)


class _Cut(Exception):
    """The connection ended too early, or the server asks to try again."""


def fetch(source: Source, target: Path, pause: float = 1.0) -> Path:
    """Download to `target`, unless it is there; what is there was verified when it came.

    An unfinished download lies beside it, as ``<name>.part``, and is gone on with. Two processes
    don't disturb each other: the second waits. pause: seconds before the second try, doubled
    before each further one.

    Raises Unreachable, Refused, Interrupted or WrongBytes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target):
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            _download(source, part, pause)
            _verify(source, part)
            part.replace(target)
            _validator_file(part).unlink(missing_ok=True)
    return target


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold the lock of what is to be made at `target`; another process waits."""
    with open(target.with_name(f"{target.name}.lock"), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(source: Source, part: Path, pause: float) -> None:
    """Fill `part` up to the size of the source."""
    if _size(part) > source.size:
        part.unlink()
    failed, reason, contacted = 0, "", False
    with (
        requests.Session() as session,
        tqdm(
            total=source.size,
            initial=_size(part),
            unit="B",
            unit_scale=True,
            desc=source.url.rpartition("/")[2],
            file=sys.stdout,
            mininterval=0.5,
        ) as bar,
    ):
        while _size(part) < source.size:
            before = _size(part)
            try:
                _go_on(session, source, part, bar)
                contacted = True
            except _CUTS as error:
                reason = type(error).__name__
                contacted |= not isinstance(error, requests.ConnectionError)
            except _Cut as error:
                reason, contacted = str(error), True
            failed = 0 if _size(part) > before else failed + 1
            if failed == TRIES:
                raise _gave_up(source, part, reason, contacted)
            if failed:
                time.sleep(pause * 2 ** (failed - 1))


def _go_on(session: requests.Session, source: Source, part: Path, bar: tqdm) -> None:
    """Ask for what is missing, and append it. Raises _Cut if less comes, and the named errors."""
    have, validator = _size(part), _validator(part)
    headers = {"Accept-Encoding": "identity"}
    if have and validator:  # without one nobody can tell whether the file is still the same
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    timeout = (CONNECT_SECONDS, READ_SECONDS)
    with session.get(source.url, headers=headers, stream=True, timeout=timeout) as answer:
        if answer.status_code == 416:  # our part doesn't fit into their file
            part.unlink(missing_ok=True)
            raise _Cut("the server has no such range")
        if answer.status_code >= 500 or answer.status_code == 429:
            raise _Cut(f"the server answers {answer.status_code} {answer.reason}")
        if answer.status_code not in (200, 206):
            raise Refused(
                f"{source.url} answers {answer.status_code} {answer.reason}. {OTHER_WAYS}"
            )
        resumed = answer.status_code == 206
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise WrongBytes(f"{source.url} sent another part than was asked for. Try again.")
        if not resumed:
            _check_length(source, answer)
        _keep_validator(part, answer)
        bar.n = have if resumed else 0
        with open(part, "ab" if resumed else "wb") as file:
            _append(source, answer, file, bar)
    if _size(part) < source.size:
        raise _Cut("the connection ended early")


def _append(source: Source, answer: requests.Response, file, bar: tqdm) -> None:
    """Write what comes, but never more than the file can have."""
    for chunk in answer.iter_content(CHUNK):
        if file.tell() + len(chunk) > source.size:
            file.close()
            Path(file.name).unlink()
            raise WrongBytes(
                f"{source.url} sends more than the {source.size:,} bytes of the archive: it is "
                f"another file now. {OTHER_WAYS}"
            )
        file.write(chunk)
        file.flush()
        bar.update(len(chunk))


def _check_length(source: Source, answer: requests.Response) -> None:
    length = answer.headers.get("Content-Length")
    if length is not None and int(length) != source.size:
        raise WrongBytes(
            f"{source.url} is {int(length):,} bytes long, the archive has {source.size:,}: it is "
            f"another file now. {OTHER_WAYS}"
        )


def _verify(source: Source, part: Path) -> None:
    with open(part, "rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != source.md5:
        part.unlink()
        raise WrongBytes(
            f"What came from {source.url} has the MD5 {found}, the archive has {source.md5}. It "
            "was changed or damaged on the way, and is removed again. Try once more; behind a "
            f"proxy, ask whether it alters files. {OTHER_WAYS}"
        )


def _gave_up(source: Source, part: Path, reason: str, contacted: bool) -> Exception:
    if not contacted:
        return Unreachable(f"{source.url} can't be reached ({reason})")
    return Interrupted(
        f"The download of {source.url} stopped at {_size(part):,} of {source.size:,} bytes "
        f"({reason}). What has come is kept: run this again, and it goes on from there. "
        f"{OTHER_WAYS}"
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _validator_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _validator(part: Path) -> str | None:
    """What tells whether the server still has the file that `part` began with (RFC 9110, 13.1)."""
    try:
        found = json.loads(_validator_file(part).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, str) else None


def _keep_validator(part: Path, answer: requests.Response) -> None:
    etag = answer.headers.get("ETag")
    strong = etag if etag and not etag.startswith("W/") else None
    _validator_file(part).write_text(json.dumps(strong or answer.headers.get("Last-Modified")))
