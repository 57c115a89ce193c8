"""Pack a function for Lambda: the handler, its files, and the course's module that counts words."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from helpers.home import CHECKOUT

MODULES = ("helpers/text/words.py", "helpers/text/stop_words.py")
EMPTY_MODULES = ("helpers/__init__.py", "helpers/text/__init__.py")  # the course's import NumPy
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a time for all files: equal content makes equal bytes


def package(
    path: str | os.PathLike[str],
    handler: str | os.PathLike[str],
    vocabulary: str | os.PathLike[str],
    max_counts: str | os.PathLike[str],
    libraries: str | os.PathLike[str] | None = None,
) -> Path:
    """Write the zip file of the web app's function.

    The code of `helpers.text.words` is packed with it, unchanged. On AWS its stemmer, the package
    `pystemmer`, must be there as well; here, the function uses the one of the course.

    Parameters
    ----------
    path : path-like
        The zip file to write; an existing one is replaced.
    handler : path-like
        The Python file with the function `handler`.
    vocabulary, max_counts : path-like
        The JSON files with the column of each term, and with the highest count of each column.
    libraries : path-like, optional
        A folder of packages for Lambda's machine, such as ``pip install --target`` makes.

    Returns
    -------
    pathlib.Path
        The zip file.

    Raises
    ------
    OSError
        If a file cannot be read. Nothing is written then.
    """
    files = {
        "handler.py": Path(handler),
        "vocabulary.json": Path(vocabulary),
        "max_counts.json": Path(max_counts),
    }
    contents = {name: file.read_bytes() for name, file in files.items()}
    contents |= {name: (CHECKOUT / name).read_bytes() for name in MODULES}
    contents |= dict.fromkeys(EMPTY_MODULES, b"")
    if libraries is not None:
        installed = [file for file in Path(libraries).rglob("*") if file.is_file()]
        contents |= {str(f.relative_to(libraries)): f.read_bytes() for f in installed}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = 0o644 << 16  # Lambda runs it as another user, who must read it
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return Path(path)
