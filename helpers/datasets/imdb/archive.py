"""Take the labelled reviews out of an archive: nothing else, bounded, and all of them or none."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

from tqdm import tqdm

from helpers.datasets.imdb.errors import CorruptArchive, UnsafeArchive

REVIEW = re.compile(r"(?:\./)?(?:[^/]+/)?(train|test)/(pos|neg)/(\d{1,9}_\d{1,2}\.txt)")
MOST_REVIEWS = 100_000
MOST_BYTES_OF_ONE = 1_000_000
MOST_BYTES = 300_000_000
MOST_MEMBERS = 400_000
MOST_BYTES_OF_ALL = 3_000_000_000
"""The real archive: 50,000 reviews of at most 13,704 characters, 67 MB; all of it about 350 MB."""

SCRATCH = ".unfinished-"


def extract(archive: Path, folder: Path) -> None:
    """Extract train/{pos,neg}/*.txt and test/{pos,neg}/*.txt to `folder`, which must not exist.

    It appears with all of them in it, or not at all: a process killed meanwhile leaves a scratch
    folder beside it, which the next call removes. The caller holds the lock.

    Raises CorruptArchive or UnsafeArchive.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for leftover in folder.parent.glob(f"{SCRATCH}{folder.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{folder.name}-", dir=folder.parent))
    try:
        _extract(archive, scratch)
        os.rename(scratch, folder)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorruptArchive(
            f"{archive} can't be read to its end ({error or type(error).__name__}): it was cut or "
            "damaged. Get it again; nothing of it was kept."
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _extract(archive: Path, scratch: Path) -> None:
    taken: set[str] = set()
    size = members = total = 0
    with (
        gzip.open(archive) as content,
        tarfile.open(fileobj=content, mode="r|") as packed,  # read once, in order
        tqdm(unit=" reviews", desc="extracting", file=sys.stdout, mininterval=0.5) as bar,
    ):
        for member in packed:
            members, total = members + 1, total + member.size
            _check(archive, member, members, total, scratch)
            match = REVIEW.fullmatch(member.name)
            if not match or not member.isfile():
                continue
            name = "/".join(match.groups())
            size += member.size
            if member.size > MOST_BYTES_OF_ONE or size > MOST_BYTES or len(taken) >= MOST_REVIEWS:
                raise UnsafeArchive(f"{archive} holds too much at {member.name}: {_nothing_kept()}")
            if name in taken:
                raise UnsafeArchive(f"{archive} holds {name} twice: {_nothing_kept()}")
            taken.add(name)
            target = scratch / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(packed.extractfile(member).read())
            bar.update()
        while content.read(1 << 20):
            pass  # to the end, where the checksum is


def _check(archive: Path, member: tarfile.TarInfo, members: int, total: int, scratch: Path) -> None:
    """Refuse what an honest archive never holds, whether it would be extracted or not."""
    if members > MOST_MEMBERS or total > MOST_BYTES_OF_ALL:
        raise UnsafeArchive(f"{archive} holds more than the data set does: {_nothing_kept()}")
    if not (member.isfile() or member.isdir()):
        raise UnsafeArchive(f"{archive} holds a link or device, {member.name}: {_nothing_kept()}")
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise UnsafeArchive(f"{archive} leads out of itself, {member.name}: {_nothing_kept()}")
    try:
        tarfile.data_filter(member, str(scratch))
    except tarfile.FilterError as error:
        raise UnsafeArchive(f"{archive}: {error}. {_nothing_kept()}") from None


def _nothing_kept() -> str:
    return "it is not the archive that it claims to be. Nothing of it was kept."
