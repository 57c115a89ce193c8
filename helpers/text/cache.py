"""What was counted before, kept in the home folder by the content that it was made from.

Never pickle: a cache file is a NumPy archive of plain arrays, which can't run code when it is read.
One that is damaged is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy
import scipy.sparse

from helpers.home import Home
from helpers.text.words import rules

MOST_BYTES = 500e6
"""The oldest files go when the folder holds more."""

SCRATCH_SECONDS = 3600
"""A scratch file this old was left by a process that was killed."""

# All that reading a file whose bits have changed was seen to raise: zipfile takes one for a kind
# of archive that it can't read (NotImplementedError) or that has a password (RuntimeError).
_DAMAGED = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
)


def folder() -> Path:
    """Where the cache files are."""
    return Home.find().path / "cache" / "text"


def find(
    wanted: bool, texts: Sequence[str], settings: dict
) -> tuple[list[str], scipy.sparse.csr_matrix] | None:
    """Return terms and counts that were kept for these texts and settings, or None."""
    if not wanted:
        return None
    path = _path(texts, settings)
    try:
        with numpy.load(path, allow_pickle=False) as kept:
            terms = json.loads(kept["terms"].tobytes())
            parts = kept["data"], kept["indices"], kept["indptr"]
        features = scipy.sparse.csr_matrix(parts, shape=(len(texts), len(terms)))
        features.check_format(full_check=True)
    except _DAMAGED:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now: the last to go
    return terms, features


def keep(
    wanted: bool,
    texts: Sequence[str],
    settings: dict,
    terms: Sequence[str],
    features: scipy.sparse.csr_matrix,
) -> None:
    """Keep terms and counts for the next time; a full or read-only disk is no reason to fail."""
    if not wanted:
        return
    path, scratch = _path(texts, settings), None
    arrays = {name: getattr(features, name) for name in ("data", "indices", "indptr")}
    arrays["terms"] = numpy.frombuffer(json.dumps(list(terms)).encode(), dtype=numpy.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "wb") as file:
            numpy.savez(file, **arrays)
        os.replace(scratch, path)
        _make_room(path)
    except OSError:
        if scratch:
            with contextlib.suppress(OSError):
                os.unlink(scratch)


def _path(texts: Sequence[str], settings: dict) -> Path:
    digest = hashlib.sha256(json.dumps([rules(), settings]).encode())
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "big"))  # so that ["ab"] isn't ["a", "b"]
        digest.update(content)
    return folder() / f"{digest.hexdigest()[:40]}.npz"


def _make_room(newest: Path) -> None:
    """Remove the files that were not used for longest, but never the newest."""
    for path in newest.parent.glob("*.new"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - SCRATCH_SECONDS:
                path.unlink()
    found = []
    for path in newest.parent.glob("*.npz"):
        with contextlib.suppress(OSError):  # another process was faster
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= MOST_BYTES or path == newest:
            break
        path.unlink(missing_ok=True)
        total -= size
