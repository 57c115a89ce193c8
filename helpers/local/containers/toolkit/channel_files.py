"""The files of a channel: list, check and stage them in one folder as AWS's containers do."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log

MAX_DEPTH = 3  # levels of folders that are read, the channel included


def size(channel: Path) -> int:
    """Return the bytes in all files of a channel, 0 if it does not exist.

    Raises
    ------
    UserError
        For a hidden file.
    """
    if not channel.is_dir():
        log.info("Path %s does not exist!", channel)
        return 0
    total = 0
    for folder, _, names in os.walk(channel):
        if any(name.startswith(".") for name in names):
            raise UserError("Hidden file found in the data path! Remove that before training.")
        total += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
    return total


def list_files(channel: Path) -> list[Path]:
    """Return the files of a channel that are read, in the order of their names.

    Deeper files are left out, with a warning in the log. A script may name a file of a channel.
    """
    if channel.is_file():
        return [channel]
    files: list[Path] = []
    too_deep = False
    for folder, folders, names in os.walk(channel):
        files += [Path(folder, name) for name in names]
        if len(Path(folder).relative_to(channel).parts) == MAX_DEPTH - 1 and folders:
            too_deep = True
            folders.clear()
    if too_deep:
        log.warning(
            "The depth of folder %s exceed the limit %d. Files in deeper sub dirs won't be loaded."
            " Please adjust the folder structure accordingly.",
            channel,
            MAX_DEPTH,
        )
    return sorted(files, key=lambda file: (file.name, str(file)))


@contextmanager
def staged(channels: list[Path], shown: str | None) -> Iterator[Path]:
    """Link all files of some channels into one flat folder, which is removed at the end.

    A library that reads a folder by a URI interprets `#`, `?` or `;` in the real path, so the
    folder is a new one under /tmp and the links are numbered. It has its own parent: such a library
    may list everything beside the folder, and fail if a file there disappears meanwhile (as those
    of other jobs in /tmp do).

    Parameters
    ----------
    channels
        Their folders, in the order of the links.
    shown
        The folder that AWS's container uses, for the log; None for no log.
    """
    parent = Path(tempfile.mkdtemp(prefix="sagemaker_channel_", dir="/tmp"))
    folder = parent / "input"
    folder.mkdir()
    try:
        number = 0
        for channel in channels:
            if shown:
                log.info("File path %s of input files", channel)
                log.info("Making smlinks from folder %s to folder %s", channel, shown)
            for file in list_files(channel):
                if shown:
                    link = f"{shown}/{file.name}{abs(hash(str(file)))}"
                    log.info("creating symlink between Path %s and destination %s", file, link)
                (folder / f"{number:06}").symlink_to(file.absolute())
                number += 1
        if shown:
            log.info("files path: %s", shown)
        yield folder
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def warn_about_duplicates(train: Path, validation: Path) -> None:
    """Log a warning for each file that is in both channels with the same name and size."""
    for file in sorted(path for path in train.iterdir() if path.is_file()):
        duplicate = validation / file.name
        if duplicate.is_file() and duplicate.stat().st_size == file.stat().st_size:
            log.warning(
                "Suspected identical files found. (%s and %swith same size %d bytes). Note: "
                "Duplicate data in the training set and validation set is usually not intentional "
                "and can impair the validity of the model evaluation by the validation score.",
                file,
                duplicate,
                file.stat().st_size,
            )
