"""Download one known file with pooch, continuing an interrupted download.

pooch compares the hash, and gives the file its name only if it matches. Its own downloaders start
from zero after an interruption, so the transfer itself is done here.
"""

from __future__ import annotations

import os
import time
import types
import warnings
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3.exceptions
from tqdm import tqdm

from helpers.datasets.imdb import progress
from helpers.datasets.imdb.errors import OTHER_WAYS, DatasetError, UnreachableError

MAX_FAILURES = 4
"""Attempts in a row that bring no new byte, from a server that was reached."""

MAX_CONNECT_FAILURES = 2
"""The same for a server that was never reached: without a network nobody should wait for long."""

CONNECT_SECONDS, READ_SECONDS = 10, 30
CHUNK_BYTES = 1 << 16

_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError)


class RemoteFile(NamedTuple):
    """A file on the web: its size in bytes, and its MD5 as hexadecimal digits."""

    url: str
    size: int
    md5: str


def fetch(remote: RemoteFile, folder: Path, pause: float = 1.0) -> Path:
    """Download a file, unless it is there already.

    Parameters
    ----------
    remote : RemoteFile
        What to download.
    folder : Path
        Where the file goes, under the last part of its URL. What an interrupted download left
        there is continued, also one of a process that was killed. The caller holds the lock.
    pause : float
        Seconds before the second attempt, doubled before each further one.

    Returns
    -------
    Path
        The file, whose hash is right.

    Raises
    ------
    UnreachableError
        If there was no connection to the server.
    DatasetError
        If the server does not deliver, or delivers another file.
    """
    pooch = import_pooch()
    base_url, _, name = remote.url.rpartition("/")
    downloads = pooch.create(
        folder,
        f"{base_url}/",
        registry={name: f"md5:{remote.md5}"},
        retry_if_failed=1,  # from zero: the pieces of a continued download may not fit together
    )
    downloader = ResumingDownloader(folder / f"{name}.part", remote.size, pause)
    try:
        return Path(downloads.fetch(name, downloader=downloader))
    except ValueError as error:  # pooch's, for another hash
        raise DatasetError(
            f"{error} If you are behind a proxy, ask whether it alters files. {OTHER_WAYS}"
        ) from None


def import_pooch() -> types.ModuleType:
    """Import pooch without what it prints on stderr, which notebooks show in red.

    It imports tqdm.auto, which warns in a notebook without ipywidgets; and it logs each download.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pooch
    pooch.get_logger().setLevel("WARNING")
    return pooch


class ResumingDownloader:
    """Transfer a file for `pooch.retrieve`, continuing where an earlier transfer stopped.

    Parameters
    ----------
    part : Path
        The file that holds what has arrived so far. It stays when a transfer fails.
    size : int
        The size of the whole file in bytes; no more are ever written.
    pause : float
        Seconds before the second attempt, doubled before each further one.
    """

    def __init__(self, part: Path, size: int, pause: float) -> None:
        self.part, self.size, self.pause = part, size, pause

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Transfer the file to `output_file`. Raises as `fetch`."""
        failures, was_connected = 0, False
        name = url.rpartition("/")[2]
        with (
            requests.Session() as session,
            progress.bar(total=self.size, unit="B", unit_scale=True, desc=name) as bar,
        ):
            while (before := self._received()) < self.size:
                try:
                    self._request_rest(session, url, before, bar)
                except _FAILURES as error:
                    was_connected |= not _is_connect_failure(error)
                    failures = 0 if self._received() > before else failures + 1
                    if failures == (MAX_FAILURES if was_connected else MAX_CONNECT_FAILURES):
                        raise self._final_error(url, _reason(error), was_connected) from None
                    time.sleep(self.pause * 2 ** max(failures - 1, 0))
        os.replace(self.part, output_file)

    def _received(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _request_rest(self, session: requests.Session, url: str, start: int, bar: tqdm) -> None:
        """Request what is missing, and append it. Raises one of _FAILURES if less arrives."""
        # identity: the bytes as they are stored, since their hash is compared
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        with session.get(url, headers=headers, stream=True, timeout=timeout) as response:
            if response.status_code == 416:  # the server's file is shorter than the part
                self.part.unlink()
            self._check(response)
            is_rest = response.status_code == 206
            bar.n = start if is_rest else 0
            with open(self.part, "ab" if is_rest else "wb") as file:
                # not decoded: some servers declare a .gz file to be a gzip encoding of its content
                while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
                    if file.tell() + len(chunk) > self.size:
                        raise self._wrong_size(url, f"more than {self.size:,}")
                    file.write(chunk)
                    file.flush()
                    bar.update(len(chunk))
        if self._received() < self.size:
            raise requests.ConnectionError("the connection was closed early")

    def _check(self, response: requests.Response) -> None:
        """Raise requests.HTTPError for a status that may pass, DatasetError for another file."""
        status = response.status_code
        if status >= 500 or status in (416, 429):
            raise requests.HTTPError(f"the server answered {status} {response.reason}")
        if status not in (200, 206):
            raise DatasetError(f"{response.url} answered {status} {response.reason}. {OTHER_WAYS}")
        length = response.headers.get("Content-Length", "")
        if status == 200 and length.isdecimal() and int(length) != self.size:
            raise self._wrong_size(response.url, f"{int(length):,}")

    def _wrong_size(self, url: str, size: str) -> DatasetError:
        return DatasetError(
            f"{url} has {size} bytes, expected {self.size:,}: the file was replaced, or something "
            f"else answered for the server, such as a network's login page. {OTHER_WAYS}"
        )

    def _final_error(self, url: str, reason: str, was_connected: bool) -> DatasetError:
        if not was_connected:
            return UnreachableError(f"{url} cannot be reached ({reason})")
        return DatasetError(
            f"The download of {url} stopped at {self._received():,} of {self.size:,} bytes "
            f"({reason}). The part is kept: run this again to continue from there. {OTHER_WAYS}"
        )


def _is_connect_failure(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectionError) and isinstance(
        cause, urllib3.exceptions.MaxRetryError
    )


_REASONS = {
    urllib3.exceptions.NameResolutionError: "host name not found",
    urllib3.exceptions.ReadTimeoutError: f"no data for {READ_SECONDS} seconds",
    urllib3.exceptions.ProxyError: "the proxy refused the connection",
    urllib3.exceptions.SSLError: "the server's certificate was not accepted",
    urllib3.exceptions.ProtocolError: "the connection was closed early",
}


def _reason(error: Exception) -> str:
    """Return the cause of a failure in a few words; the system's own if it is not listed."""
    cause = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    cause = getattr(cause, "reason", None) or cause  # of a connection that was not made
    listed = (text for type_, text in _REASONS.items() if isinstance(cause, type_))
    return next(listed, str(cause).rpartition(": ")[2])
