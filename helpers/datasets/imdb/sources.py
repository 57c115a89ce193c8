"""Which reviews a lesson gets: the real ones, those that somebody named, or synthetic ones."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.imdb import archive, layout, synthetic
from helpers.datasets.imdb.download import Source, alone, fetch
from helpers.datasets.imdb.errors import OTHER_WAYS, VARIABLE, NoReviews, Unreachable
from helpers.local.home import Home

# The MD5 is the one that readers of the data set publish for it; its home page names none.
ARCHIVE = Source(
    "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    84_125_825,
    "7c2ac02c03563afcf9b574c7e56c153a",
)
REVIEWS = 12_500
"""In each of the four folders of the real data set."""

SYNTHETIC = "synthetic"


class Corpus(NamedTuple):
    """Reviews on this disk: the folder with train/ and test/, "real" or "synthetic", and why."""

    folder: Path
    kind: str
    why: str


def corpus(choice: str | None = None, *, quiet: bool = False) -> Corpus:
    """Return the reviews to work with, and print which they are.

    `choice`, by default the environment variable SAGEMAKER_COURSE_DATA, is

    - empty: the real archive is downloaded, once, and kept in the home folder. Without a network
      there are synthetic reviews instead, which is announced;
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
    if not os.environ.get(VARIABLE, "").strip() and not (_data() / "aclImdb").exists():
        try:
            why = json.loads(_memory().read_text())["why"]
        except (OSError, ValueError, LookupError):
            raise NoReviews(
                "No reviews were loaded yet: run the notebook from its first cell."
            ) from None
        return _synthetic(why)
    return corpus(quiet=True)


def _real_or_announced() -> Corpus:
    try:
        folder = _once(_data() / "aclImdb", _download_and_extract)
    except Unreachable as error:
        why = f"falling back: the real ones are out of reach, {error.cause}"
        _memory().parent.mkdir(parents=True, exist_ok=True)
        _memory().write_text(json.dumps({"kind": SYNTHETIC, "why": why}))
        return _synthetic(why)
    return Corpus(folder, "real", "downloaded from its home page")


def _download_and_extract(folder: Path) -> None:
    packed = fetch(ARCHIVE, folder.with_name("aclImdb_v1.tar.gz"))
    archive.extract(packed, folder)
    for split in layout.SPLITS:
        if len(layout.files(folder, split)) != 2 * REVIEWS:
            shutil.rmtree(folder)
            raise NoReviews(f"{packed} holds not {2 * REVIEWS:,} reviews in {split}/")
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
        with path.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        root = _once(
            _data() / f"given-{name}" / "aclImdb", lambda folder: archive.extract(path, folder)
        )
        root = layout.find_root(root)
    for split in layout.SPLITS:
        layout.files(root, split)
    return Corpus(root, "real", f"{VARIABLE}={path}")


def _synthetic(why: str) -> Corpus:
    name = f"synthetic-{synthetic.VERSION}"

    def make(folder: Path) -> None:
        scratch = Path(tempfile.mkdtemp(prefix=f"{archive.SCRATCH}{name}-", dir=folder.parent))
        try:
            synthetic.write(scratch)
            os.rename(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    return Corpus(_once(_data() / name / "aclImdb", make), SYNTHETIC, why)


def _once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Make a folder, which appears whole or not at all, unless it is there."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            if not folder.exists():
                make(folder)
    return folder


def _introduction(found: Corpus) -> str:
    if found.kind == "real":
        return f"Real reviews: the Large Movie Review Dataset ({found.why})."
    text = (
        f"Synthetic reviews, made up by a program ({found.why}).\n"
        "Numbers from them say nothing about real reviews."
    )
    return text if VARIABLE in found.why else f"{text}\nThe real ones: {OTHER_WAYS}"


def _data() -> Path:
    return Home.find().path / "data"


def _memory() -> Path:
    return _data() / "imdb.json"
