"""Extract the labelled reviews from the archive: nothing else, and all of them or none."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from helpers.datasets.imdb import layout, progress
from helpers.datasets.imdb.errors import DatasetError, LayoutError

REVIEW = re.compile(r"(?:\./)?(?:[^/]+/)?(train|test)/(pos|neg)/([0-9]+_[0-9]+\.txt)")


def extract(archive: Path, folder: Path, expected: int | None = None) -> None:
    """Extract train/{pos,neg}/*.txt and test/{pos,neg}/*.txt.

    Parameters
    ----------
    archive : Path
        A gzipped tar file in the data set's layout, below any top folder.
    folder : Path
        What to make; it must not exist. It appears complete or not at all, and the caller holds
        its lock.
    expected : int, optional
        The number of reviews in each of the four folders.

    Raises
    ------
    LayoutError
        If the archive lacks reviews.
    DatasetError
        If the archive is damaged, or unsafe to extract.
    OSError
        If the archive cannot be read, or `folder` not written.
    """
    with atomic_folder(folder) as scratch:
        _extract_reviews(archive, scratch)
        try:
            for name, count in layout.count(scratch).items():
                if expected not in (None, count):
                    raise LayoutError(f"{scratch}/{name} has {count:,} reviews, not {expected:,}")
        except LayoutError as error:
            raise LayoutError(str(error).replace(str(scratch), f"{archive}:")) from None
        layout.write_counts(scratch)


@contextlib.contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder, which is renamed to `folder` if the block succeeds, else removed.

    A process that is killed leaves its scratch folder; the next call removes it.
    """
    prefix = f".unfinished-{folder.name}-"
    for leftover in folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        yield scratch
        os.rename(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _extract_reviews(archive: Path, folder: Path) -> None:
    # pooch's Untar does not help here: on Python 3.11 it extracts without tarfile's data filter.
    try:
        with (
            gzip.open(archive) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as packed,  # read once, in order
            progress.bar(packed, unit=" files", desc="extracting") as members,
        ):
            packed.extractall(folder, members, filter=_review_filter)
            while unpacked.read(1 << 20):
                pass  # gzip compares its checksum at the end
    except tarfile.FilterError as error:
        raise DatasetError(f"{archive} is unsafe to extract: {error}. It was discarded.") from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(
            f"{archive} cannot be read to its end ({error or type(error).__name__}): it is "
            "incomplete or damaged. Nothing was kept; download it again."
        ) from None


def _review_filter(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Let reviews pass, without the archive's top folder. Raises tarfile.FilterError."""
    safe = tarfile.data_filter(member, folder)
    match = REVIEW.fullmatch(member.name)
    if match is None or not member.isfile():
        return None
    return safe.replace(name="/".join(match.groups()), deep=False)
