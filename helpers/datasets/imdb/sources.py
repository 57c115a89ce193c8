"""Which reviews a lesson gets: the real ones, those that somebody named, or synthetic ones."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.imdb import archive, layout, synthetic
from helpers.datasets.imdb.download import Source, alone, fetch
from helpers.datasets.imdb.errors import OTHER_WAYS, VARIABLE, NoReviews, NotWritten, Unreachable
from helpers.home import Home

# The MD5 is the one that readers of the data set publish for it; its home page names none.
ARCHIVE = Source(
    "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    84_125_825,
    "7c2ac02c03563afcf9b574c7e56c153a",
)
REVIEWS = 12_500
"""In each of the four folders of the real data set."""

SYNTHETIC = "synthetic"

_fell_back: dict[Path, str] = {}
"""By home folder: why this process has synthetic reviews. It keeps them: half of the reviews real
and half synthetic, since the network came back, would be nonsense."""


class Corpus(NamedTuple):
    """Reviews on this disk: the folder with train/ and test/, "real" or "synthetic", and why."""

    folder: Path
    kind: str
    why: str


def corpus(choice: str | None = None, *, quiet: bool = False) -> Corpus:
    """Return the reviews to work with, and print which they are.

    `choice`, by default the environment variable SAGEMAKER_COURSE_DATA, is

    - empty: the real archive is downloaded, once, and kept in the home folder. Without a network
      there are synthetic reviews instead, which is announced; the network is tried again by the
      next process (in a notebook: after a restart of the kernel);
    - ``synthetic``: reviews made up by a program, always the same;
    - a path: an archive or a folder in the data set's layout. A part of the reviews will do.

    Raises DataError, see `helpers.datasets.imdb.errors`, and FileNotFoundError for a path that is
    none.
    """
    chosen = os.environ.get(VARIABLE, "").strip() if choice is None else choice.strip()
    if chosen == SYNTHETIC:
        found = _synthetic(f"{VARIABLE}={SYNTHETIC}")
    elif chosen:
        found = _given(Path(chosen).expanduser())
    else:
        found = _real_or_announced()
    if not quiet:
        print(_introduction(found))
    return found


def last_used() -> Corpus:
    """Return the reviews that `corpus()` gave last, for a program that judges what they led to.

    Only where nothing was chosen and the network is away does the last answer count; otherwise the
    choice is made again. Nothing is downloaded or printed. Raises as `corpus`.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if not chosen and _data() not in _fell_back and not (_data() / "aclImdb").exists():
        try:
            why = json.loads(_memory().read_text())["why"]
        except (OSError, ValueError, LookupError):
            raise NoReviews(
                "No reviews were loaded yet: run the notebook from its first cell."
            ) from None
        return _synthetic(why)
    return corpus(quiet=True)


def _real_or_announced() -> Corpus:
    if _data() not in _fell_back:
        try:
            folder = _once(_data() / "aclImdb", _download_and_extract)
            return Corpus(folder, "real", "downloaded from its home page")
        except Unreachable as error:
            why = f"falling back: the real ones are out of reach, {error.cause}"
            with _written(_memory()):
                _memory().write_text(json.dumps({"kind": SYNTHETIC, "why": why}))
            _fell_back[_data()] = why
    return _synthetic(_fell_back[_data()])


def _download_and_extract(folder: Path) -> None:
    def judge(root: Path) -> None:
        for name, count in layout.count(root).items():
            if count != REVIEWS:
                raise NoReviews(f"{root} holds {count:,} reviews in {name}, not {REVIEWS:,}")
        layout.seal(root)

    print(f"Getting the reviews, {ARCHIVE.size / 1e6:.0f} MB, once: {ARCHIVE.url}", flush=True)
    packed = fetch(ARCHIVE, folder.with_name("aclImdb_v1.tar.gz"))
    archive.extract(packed, folder, judge)
    packed.unlink()  # 84 MB that nobody needs any more


def _given(path: Path) -> Corpus:
    """The reviews that the learner named: judged by layout, since a part of them will do."""
    if not path.exists():
        raise FileNotFoundError(
            f"{VARIABLE} names {path}, which is not there. Give the path of aclImdb_v1.tar.gz or "
            f"of its folder, or {SYNTHETIC}; or unset it, and the reviews are downloaded."
        )
    if path.is_dir():
        root = layout.find_root(path)
    else:
        with _written(path), path.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        root = _once(
            _data() / f"given-{name}" / "aclImdb",
            lambda folder: archive.extract(path, folder, layout.seal),
        )
    layout.count(root)
    return Corpus(root, "real", f"{VARIABLE}={path}")


def _synthetic(why: str) -> Corpus:
    def make(folder: Path) -> None:
        with archive.all_or_none(folder) as scratch:
            synthetic.write(scratch)
            layout.seal(scratch)

    folder = _once(_data() / f"synthetic-{synthetic.VERSION}" / "aclImdb", make)
    return Corpus(folder, SYNTHETIC, why)


def _once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Make a folder, which appears whole or not at all, unless it is there."""
    if not folder.exists():
        with _written(folder), alone(folder):
            if not folder.exists():
                make(folder)
    return folder


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    """Make the folder for `path`; raise NotWritten if the block can't read or write a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise NotWritten(
            f"{error.filename or path} can't be read or written ({error.strerror or error}). The "
            "real reviews take about 350 MB while they are unpacked: free some space, mend the "
            "permissions, or name another folder: export SAGEMAKER_LOCAL_HOME=/a/folder/you/own"
        ) from error


def _introduction(found: Corpus) -> str:
    if found.kind == "real":
        count = sum(layout.count(found.folder).values())
        part = "" if count == 4 * REVIEWS else f", {count:,} of its {4 * REVIEWS:,} labelled ones"
        return f"Real reviews: the Large Movie Review Dataset{part} ({found.why})."
    text = (
        f"Synthetic reviews, made up by a program ({found.why}).\n"
        "Numbers from them say nothing about real reviews."
    )
    if VARIABLE in found.why:
        return text
    return f"{text}\nThe real ones: with a network, after a restart of the kernel. {OTHER_WAYS}"


def _data() -> Path:
    return Home.find().path / "data"


def _memory() -> Path:
    return _data() / "imdb.json"
