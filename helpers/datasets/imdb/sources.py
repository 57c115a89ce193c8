"""Which reviews a lesson gets: the real ones, the user's own, or synthetic ones."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.imdb import archive, layout, synthetic
from helpers.datasets.imdb.download import RemoteFile, fetch
from helpers.datasets.imdb.errors import OTHER_WAYS, VARIABLE, DatasetError, UnreachableError
from helpers.home import home_folder

# The MD5 is the one that users of the data set publish for it; its home page names none.
ARCHIVE = RemoteFile(
    "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    84_125_825,
    "7c2ac02c03563afcf9b574c7e56c153a",
)
REVIEWS_PER_FOLDER = 12_500
"""In each of the four folders of the real data set."""

SYNTHETIC = "synthetic"
OVERLAPPING = "overlapping"
MAX_OVERLAP = 0.05
"""The share of test reviews that may also be training reviews. Copies of the data set whose test
half is the training half in another order exist (laxmimerit/IMDB-Movie-Reviews-Large-Dataset-50k,
issue 2)."""

_fallback_reasons: dict[Path, str] = {}
"""By home folder: why this process uses synthetic reviews. It keeps to them: real reviews to train
with and synthetic ones to test with, since the network came back, would make no sense."""


class Corpus(NamedTuple):
    """Reviews on this disk: the folder with train/ and test/, their kind, and why they are used.

    The kind is "real", "synthetic", or "overlapping" if the test half repeats the training half.
    """

    folder: Path
    kind: str
    why: str


def corpus(choice: str | None = None, *, quiet: bool = False) -> Corpus:
    """Return the reviews to work with, and print which they are.

    Parameters
    ----------
    choice : str, optional
        By default the environment variable SAGEMAKER_COURSE_DATA, which may be

        - empty or unset: the real archive is downloaded, once, and kept in the home folder. Without
          a network there are synthetic reviews instead, which is announced; the next process (in a
          notebook: after a restart of the kernel) tries the network again;
        - ``synthetic``: reviews made up by a program, always the same;
        - a path: an archive or a folder in the data set's layout, with all or some of its reviews.
    quiet : bool
        Do not print which reviews they are.

    Returns
    -------
    Corpus
        The folder of the reviews, and where they come from.

    Raises
    ------
    DatasetError
        If the reviews cannot be provided.
    FileNotFoundError
        If `choice` is a path that does not exist.
    """
    chosen = _environment_choice() if choice is None else choice.strip()
    if chosen == SYNTHETIC:
        chosen_corpus = _synthetic_corpus(f"{VARIABLE}={SYNTHETIC}")
    elif chosen:
        chosen_corpus = _user_corpus(Path(chosen).expanduser())
    else:
        chosen_corpus = _real_corpus_or_fallback()
    if not quiet:
        print(_introduction(chosen_corpus))
    return chosen_corpus


def last_used() -> Corpus:
    """Return the reviews that `corpus` returned last, for a program that checks a lesson's results.

    Only if nothing was chosen and the network was unreachable does the last result count; otherwise
    the choice is made again. Nothing is downloaded or printed.

    Raises
    ------
    DatasetError
        If no reviews were loaded yet, and as `corpus`.
    """
    data = _data_folder()
    if _environment_choice() or data in _fallback_reasons or (data / "aclImdb").exists():
        return corpus(quiet=True)
    try:
        reason = json.loads(_fallback_file().read_text())["why"]
    except (OSError, ValueError, LookupError):
        raise DatasetError(
            "No reviews were loaded yet: run the notebook from its first cell."
        ) from None
    return _synthetic_corpus(reason)


def _environment_choice() -> str:
    return os.environ.get(VARIABLE, "").strip()


def _real_corpus_or_fallback() -> Corpus:
    data = _data_folder()
    if data not in _fallback_reasons:
        try:
            folder = _make_once(data / "aclImdb", _download_and_extract)
            return Corpus(folder, "real", "downloaded from its home page")
        except UnreachableError as error:
            reason = f"the real ones cannot be downloaded: {error}"
            with _translate_os_errors(_fallback_file()):
                _fallback_file().write_text(json.dumps({"kind": SYNTHETIC, "why": reason}))
            _fallback_reasons[data] = reason
    return _synthetic_corpus(_fallback_reasons[data])


def _download_and_extract(folder: Path) -> None:
    print(f"Downloading the reviews, {ARCHIVE.size / 1e6:.0f} MB, once: {ARCHIVE.url}", flush=True)
    downloads = folder.with_name("downloads")
    archive.extract(fetch(ARCHIVE, downloads), folder, REVIEWS_PER_FOLDER)
    shutil.rmtree(downloads)  # 84 MB that are not needed any more


def _user_corpus(path: Path) -> Corpus:
    """Return the reviews at a path; some of them are enough."""
    if not path.exists():
        raise FileNotFoundError(
            f"{VARIABLE} names {path}, which does not exist. Set it to the path of "
            f"aclImdb_v1.tar.gz or of its folder, or to {SYNTHETIC}; or unset it, and the reviews "
            "are downloaded."
        )
    if path.is_dir():
        root = layout.find_root(path)
        share = layout.overlap(root)
    else:
        with _translate_os_errors(path), path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folder = _data_folder() / f"given-{digest[:16]}" / "aclImdb"
        root = _make_once(folder, lambda folder: archive.extract(path, folder))
        share = layout.recorded_overlap(root)
    kind = OVERLAPPING if share > MAX_OVERLAP else "real"
    return Corpus(root, kind, f"{VARIABLE}={path}")


def _synthetic_corpus(why: str) -> Corpus:
    def make(folder: Path) -> None:
        with archive.atomic_folder(folder) as scratch:
            synthetic.write(scratch)
            layout.write_counts(scratch)

    folder = _make_once(_data_folder() / f"synthetic-{synthetic.VERSION}" / "aclImdb", make)
    return Corpus(folder, SYNTHETIC, why)


def _make_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Call `make` for a folder that does not exist; of several processes, in one."""
    if not folder.exists():
        with _translate_os_errors(folder), _file_lock(folder):
            if not folder.exists():
                make(folder)
    return folder


@contextlib.contextmanager
def _file_lock(target: Path) -> Iterator[None]:
    """Hold the lock of what is made at `target`; say so if another process holds it."""
    with open(target.with_name(f"{target.name}.lock"), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another process that is making {target.name}.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _translate_os_errors(path: Path) -> Iterator[None]:
    """Make the folder for `path`; raise DatasetError if the block can't read or write a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise DatasetError(
            f"{error.filename or path} cannot be read or written ({error.strerror or error}). The "
            "real reviews take about 350 MB while they are unpacked: free some space, fix the "
            "permissions, or name another folder: export SAGEMAKER_LOCAL_HOME=/a/folder/you/own"
        ) from error


def _introduction(source: Corpus) -> str:
    if source.kind == OVERLAPPING:
        share = layout.overlap(source.folder)
        return (
            f"Careful: {share:.0%} of the test reviews are also training reviews ({source.why}).\n"
            "A model has already seen the answers, so an accuracy on them means nothing. "
            f"To use the real data set instead, unset {VARIABLE} and restart the kernel."
        )
    if source.kind == "real":
        count = sum(layout.count(source.folder).values())
        total = 4 * REVIEWS_PER_FOLDER
        part = "" if count == total else f", {count:,} of its {total:,} labelled ones"
        return f"Real reviews: the Large Movie Review Dataset{part} ({source.why})."
    text = (
        f"Synthetic reviews, made up by a program ({source.why}).\n"
        "Numbers from them say nothing about real reviews."
    )
    if VARIABLE in source.why:
        return text
    return f"{text}\nTo get the real ones, connect and restart the kernel. {OTHER_WAYS}"


def _data_folder() -> Path:
    return home_folder() / "data"


def _fallback_file() -> Path:
    return _data_folder() / "imdb.json"
