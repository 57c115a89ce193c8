"""Download one known file: resumed after a cut, bounded, verified, and whole or not there at all.

pooch, which the course would take for this, verifies and caches, but starts from nothing after a
cut: its downloaders write to a scratch file that is removed when one fails.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3.exceptions

from helpers.datasets.imdb import progress
from helpers.datasets.imdb.errors import (
    OTHER_WAYS,
    Damaged,
    Interrupted,
    Refused,
    TooLong,
    TooShort,
    Unreachable,
    WrongBytes,
)

TRIES = 4
"""In a row, without a single new byte."""

TRIES_TO_REACH = 2
"""For a server that was not reached even once: without a network nobody should wait for long."""

CONNECT_SECONDS, READ_SECONDS = 10, 30
CHUNK = 1 << 16


class Source(NamedTuple):
    """A file on the web: its size in bytes, and its MD5 as its readers publish it."""

    url: str
    size: int
    md5: str


class _Cut(Exception):
    """Less came than is missing; `reached`: there was a connection to the server."""

    def __init__(self, reason: str, reached: bool = True):
        super().__init__(reason)
        self.reached = reached


def fetch(source: Source, target: Path, pause: float = 1.0) -> Path:
    """Download to `target`, unless it is there; what is there was verified when it came.

    An unfinished download lies beside it, as ``<name>.part``, and is gone on with. Two processes
    don't disturb each other: the second waits. pause: seconds before the second try, doubled
    before each further one.

    Raises Unreachable, Refused, Interrupted or WrongBytes (TooShort, TooLong, Damaged).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target):
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            _download_verified(source, part, pause)
            part.replace(target)
            _validator_file(part).unlink(missing_ok=True)
    return target


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold the lock of what is to be made at `target`; another process waits, and says so."""
    with open(target.with_name(f"{target.name}.lock"), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another process is getting {target.name}: waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download_verified(source: Source, part: Path, pause: float) -> None:
    for last in (False, True):
        in_one = _download(source, part, pause)
        with open(part, "rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
        if found == source.md5:
            return
        part.unlink()
        if in_one or last:  # what was there, or came in pieces, may not fit: then once more
            raise Damaged(
                f"What came from {source.url} has the MD5 {found}, the archive has {source.md5}. "
                "It was changed or damaged on the way, and is removed again. Try once more; behind "
                f"a proxy, ask whether it alters files. {OTHER_WAYS}"
            )


def _download(source: Source, part: Path, pause: float) -> bool:
    """Fill `part` up to the size of the source. Tell whether all of it came in one answer."""
    began, answers, failed, reached = _size(part), 0, 0, False
    with (
        requests.Session() as session,
        progress.bar(
            total=source.size,
            initial=began,
            unit="B",
            unit_scale=True,
            desc=source.url.rpartition("/")[2],
        ) as bar,
    ):
        while (before := _size(part)) < source.size:
            answers += 1
            try:
                _go_on(session, source, part, bar)
            except _Cut as cut:
                reached |= cut.reached
                failed = 0 if _size(part) > before else failed + 1
                if failed == (TRIES if reached else TRIES_TO_REACH):
                    raise _gave_up(source, part, str(cut), reached) from None
                time.sleep(pause * 2 ** max(failed - 1, 0))
    return began == 0 and answers == 1


def _go_on(session: requests.Session, source: Source, part: Path, bar) -> None:
    """Ask for what is missing, and append it. Raises _Cut if less comes, and the named errors."""
    have, validator = _size(part), _validator(part)
    headers = {"Accept-Encoding": "identity"}
    if have and validator:  # without one nobody can tell whether the file is still the same
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    with _ask(session, source, headers) as answer:
        resumed = _judge(source, part, answer, have)
        _keep_validator(part, answer)
        bar.n = have if resumed else 0
        with open(part, "ab" if resumed else "wb") as file:
            _append(source, answer, file, bar)
    if _size(part) < source.size:
        raise _Cut("the connection ended early")


def _ask(session: requests.Session, source: Source, headers: dict) -> requests.Response:
    """Send the request, and tell a server that can't be reached from one that falls silent."""
    timeout = (CONNECT_SECONDS, READ_SECONDS)
    try:
        return session.get(source.url, headers=headers, stream=True, timeout=timeout)
    except requests.ReadTimeout:
        raise _Cut(f"nothing came for {READ_SECONDS:g} seconds") from None
    except requests.ConnectionError as error:
        cause = error.args[0] if error.args else error
        no_connection = isinstance(cause, urllib3.exceptions.MaxRetryError)
        raise _Cut(_plainly(getattr(cause, "reason", cause)), not no_connection) from None
    except requests.RequestException as error:
        raise Refused(f"{source.url} can't be asked for: {error}. {OTHER_WAYS}") from None


_NO_CONNECTION = {
    urllib3.exceptions.NameResolutionError: "its name is not known here",
    urllib3.exceptions.ConnectTimeoutError: f"no connection within {CONNECT_SECONDS} seconds",
    urllib3.exceptions.ProxyError: "the proxy lets nothing through",
    urllib3.exceptions.SSLError: "its certificate is not accepted",
    urllib3.exceptions.ProtocolError: "the connection was cut",
}


def _plainly(cause: Exception) -> str:
    """Say why there is no connection; of what is not in the table, the system's own last words."""
    found = (text for kind, text in _NO_CONNECTION.items() if isinstance(cause, kind))
    return next(found, str(cause).rpartition(": ")[2])


def _judge(source: Source, part: Path, answer: requests.Response, have: int) -> bool:
    """Tell whether an answer goes on after `have` bytes (else it begins anew), or raise."""
    status = f"{answer.status_code} {answer.reason}"
    if answer.status_code == 416:  # our part doesn't fit into their file
        part.unlink(missing_ok=True)
        raise _Cut("the server has no such range")
    if answer.status_code >= 500 or answer.status_code == 429:
        raise _Cut(f"the server answers {status}")
    if answer.status_code == 206:
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise WrongBytes(f"{source.url} sent another part than was asked for. Try again.")
        return True
    if answer.status_code != 200:
        raise Refused(f"{source.url} answers {status}. {OTHER_WAYS}")
    said = answer.headers.get("Content-Length", "")
    length = int(said) if said.isdecimal() else source.size
    if length != source.size:
        raise (TooShort if length < source.size else TooLong)(
            f"{source.url} is {length:,} bytes long, the archive has {source.size:,}: it is "
            "another file now, or something between here and there answered in its place, such "
            f"as a network's login page. {OTHER_WAYS}"
        )
    return False


def _append(source: Source, answer: requests.Response, file, bar) -> None:
    """Write what comes, as it comes, but never more than the file can have."""
    try:
        # not decoded: some servers declare a .gz file to be a gzip encoding of its content
        while chunk := answer.raw.read1(CHUNK, decode_content=False):
            if file.tell() + len(chunk) > source.size:
                Path(file.name).unlink()
                raise TooLong(
                    f"{source.url} sends more than the {source.size:,} bytes of the archive: it is "
                    f"another file now. {OTHER_WAYS}"
                )
            file.write(chunk)
            file.flush()
            bar.update(len(chunk))
    except urllib3.exceptions.ReadTimeoutError:
        raise _Cut(f"nothing came for {READ_SECONDS:g} seconds") from None
    except urllib3.exceptions.HTTPError:
        raise _Cut("the connection was cut") from None


def _gave_up(source: Source, part: Path, reason: str, reached: bool) -> Exception:
    if not reached:
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
