"""Take the labelled reviews out of an archive: nothing else, bounded, and all of them or none."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers.datasets.imdb import progress
from helpers.datasets.imdb.errors import CorruptArchive, NoReviews, TooLarge, UnsafeArchive

REVIEW = re.compile(r"(?:\./)?(?:[^/]+/)?(train|test)/(pos|neg)/([0-9]{1,9}_[0-9]{1,2}\.txt)")
MOST_REVIEWS = 100_000
MOST_BYTES_OF_ONE = 1_000_000
MOST_BYTES = 300_000_000
MOST_MEMBERS = 400_000
MOST_BYTES_OF_ALL = 1_000_000_000
"""The real archive: 50,000 reviews of at most 13,704 characters, 67 MB; all of it about 350 MB."""

SCRATCH = ".unfinished-"

_NOTHING_KEPT = "it is not the archive that it claims to be. Nothing of it was kept."
_ANYWHERE = "/reviews"  # data_filter only computes with it: nothing is ever written there


def extract(
    archive: Path, folder: Path, judge: Callable[[Path], object] = lambda root: None
) -> None:
    """Extract train/{pos,neg}/*.txt and test/{pos,neg}/*.txt to `folder`, which must not exist.

    The caller holds the lock. judge: looks at what was extracted, before it becomes `folder`, and
    raises NoReviews if it will not do.

    Raises CorruptArchive, UnsafeArchive (TooLarge), and NoReviews, which name the archive.
    """
    try:
        with all_or_none(folder) as scratch:
            _extract(archive, scratch)
            try:
                judge(scratch)
            except NoReviews as error:
                raise NoReviews(str(error).replace(str(scratch), f"{archive}:")) from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorruptArchive(
            f"{archive} can't be read to its end ({error or type(error).__name__}): it was cut or "
            "damaged. Get it again; nothing of it was kept."
        ) from None


@contextlib.contextmanager
def all_or_none(folder: Path) -> Iterator[Path]:
    """Give a scratch folder, which becomes `folder` if the block ends well, else is removed.

    A process killed meanwhile leaves it there; the next call removes it.
    """
    for leftover in folder.parent.glob(f"{SCRATCH}{folder.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{folder.name}-", dir=folder.parent))
    try:
        yield scratch
        os.rename(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _extract(archive: Path, scratch: Path) -> None:
    for split in ("train", "test"):
        for label in ("pos", "neg"):
            (scratch / split / label).mkdir(parents=True)
    taken: set[str] = set()
    size = 0
    with (
        gzip.open(archive) as unpacked,
        progress.bar(unit=" reviews", desc="extracting") as bar,
    ):
        content = _Bounded(unpacked, archive)
        with tarfile.open(fileobj=content, mode="r|") as packed:  # read once, in order
            for count, member in enumerate(packed):
                _check(archive, member, count)
                match = REVIEW.fullmatch(member.name)
                if not match or not member.isfile():
                    continue
                name = "/".join(match.groups())
                size += member.size
                much = member.size > MOST_BYTES_OF_ONE or size > MOST_BYTES
                if much or len(taken) >= MOST_REVIEWS:
                    raise TooLarge(f"{archive} holds too much at {member.name}: {_NOTHING_KEPT}")
                if name in taken:
                    raise UnsafeArchive(f"{archive} holds {name} twice: {_NOTHING_KEPT}")
                taken.add(name)
                with open(f"{scratch}/{name}", "xb") as file:
                    file.write(packed.extractfile(member).read())
                bar.update()
        while content.read(1 << 20):
            pass  # to the end, where the checksum is


def _check(archive: Path, member: tarfile.TarInfo, count: int) -> None:
    """Refuse what an honest archive never holds, whether it would be extracted or not."""
    if count >= MOST_MEMBERS:
        raise TooLarge(f"{archive} holds more files than the data set does: {_NOTHING_KEPT}")
    if not (member.isfile() or member.isdir()):
        raise UnsafeArchive(f"{archive} holds a link or device, {member.name}: {_NOTHING_KEPT}")
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise UnsafeArchive(f"{archive} leads out of itself, {member.name}: {_NOTHING_KEPT}")
    try:
        tarfile.data_filter(member, _ANYWHERE)
    except tarfile.FilterError as error:
        raise UnsafeArchive(f"{archive}: {error}. {_NOTHING_KEPT}") from None


class _Bounded:
    """The unpacked content: a small file can unpack to any size, in a member or behind them all."""

    def __init__(self, file: gzip.GzipFile, archive: Path):
        self._file, self._archive, self._count = file, archive, 0

    def read(self, size: int) -> bytes:
        """Return the next bytes. Raises TooLarge where an honest archive has long ended."""
        found = self._file.read(size)
        self._count += len(found)
        if self._count > MOST_BYTES_OF_ALL:
            raise TooLarge(f"{self._archive} unpacks to more than the data set: {_NOTHING_KEPT}")
        return found
