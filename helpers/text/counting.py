"""The counting itself, in this process or in several."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

import numpy
import scipy.sparse

from helpers.text.words import Stems, tokens

CHUNKS = 4
"""Parts for each process: the one with the longest texts then keeps nobody waiting for long."""

BLOCK = 1000
"""Texts whose tokens are held at once: a token takes ten times the memory of a count."""


class Counted(NamedTuple):
    """Counts (texts, terms) as int32, and the terms in the order of the columns."""

    terms: list[str]
    features: scipy.sparse.csr_matrix


class _Columns(dict):
    """Token to column; -1 for what isn't counted. Unknown tokens get the next column, or none."""

    def __init__(self, terms: Sequence[str] | None):
        self.column_of = {term: column for column, term in enumerate(terms or ())}
        self._fixed = terms is not None
        self._stem = Stems().work_out

    def __missing__(self, token: str) -> int:
        stem = self._stem(token)
        if not stem:
            column = -1
        elif self._fixed:
            column = self.column_of.get(stem, -1)
        else:
            column = self.column_of.setdefault(stem, len(self.column_of))
        self[token] = column
        return column


def count(texts: Sequence[str], processes: int = 1, terms: Sequence[str] | None = None) -> Counted:
    """Count terms in texts: those given, or all that occur, in order of their appearance.

    Raises RuntimeError if one of the processes is killed, for want of memory, say.
    """
    if processes == 1 or len(texts) < 2 * processes:
        return _count(texts, terms)
    size = -(-len(texts) // (processes * CHUNKS))
    parts = [(texts[start : start + size], terms) for start in range(0, len(texts), size)]
    # Spawned, not forked: in a notebook other threads run, and a fork would copy locks they hold.
    context = multiprocessing.get_context("spawn")
    # An executor, not a Pool, which waits for ever for a process that was killed.
    try:
        with _without_main(), ProcessPoolExecutor(processes, mp_context=context) as executor:
            counted = list(executor.map(_count, *zip(*parts, strict=True)))
    except BrokenProcessPool as error:
        raise RuntimeError(
            "A process that counted words was ended from outside, perhaps because memory ran "
            "short. BagOfWords(processes=1) counts without others, and needs less."
        ) from error
    return _together(counted, terms)


def _count(texts: Sequence[str], terms: Sequence[str] | None) -> Counted:
    columns = _Columns(terms)
    blocks = [
        _block(texts[start : start + BLOCK], columns) for start in range(0, len(texts), BLOCK)
    ]
    names = list(terms) if terms is not None else list(columns.column_of)
    for block in blocks:
        block.resize(block.shape[0], len(names))  # a later block may have found more terms
    features = scipy.sparse.vstack(blocks, "csr", dtype=numpy.int32) if blocks else None
    if features is None:
        features = scipy.sparse.csr_matrix((0, len(names)), dtype=numpy.int32)
    return Counted(names, features)


def _block(texts: Sequence[str], columns: _Columns) -> scipy.sparse.csr_matrix:
    """The counts of some texts; a term occurs in as many entries as it is found until they meet."""
    look_up = columns.__getitem__
    ends = numpy.zeros(len(texts) + 1, dtype=numpy.int64)
    found: list[int] = []
    for row, text in enumerate(texts, start=1):
        found += map(look_up, tokens(text))
        ends[row] = len(found)
    indices = numpy.array(found, dtype=numpy.int32)
    counted = indices >= 0
    starts = numpy.concatenate(([0], numpy.cumsum(counted)))[ends].astype(numpy.int32)
    indices = indices[counted]
    ones = numpy.ones(len(indices), dtype=numpy.int32)
    shape = (len(texts), len(columns.column_of))
    block = scipy.sparse.csr_matrix((ones, indices, starts), shape=shape)
    block.sum_duplicates()  # sorts each row, too
    return block


def _together(parts: list[Counted], terms: Sequence[str] | None) -> Counted:
    """Put the rows of all parts below each other; each part found terms in an order of its own."""
    if terms is not None:
        return Counted(list(terms), scipy.sparse.vstack([part.features for part in parts], "csr"))
    column_of: dict[str, int] = {}
    moved = [[column_of.setdefault(t, len(column_of)) for t in part.terms] for part in parts]
    matrices = []
    for part, columns in zip(parts, moved, strict=True):
        data, indices, starts = part.features.data, part.features.indices, part.features.indptr
        renamed = numpy.array(columns, dtype=numpy.int32)[indices] if len(indices) else indices
        shape = (part.features.shape[0], len(column_of))
        matrices.append(scipy.sparse.csr_matrix((data, renamed, starts), shape=shape))
    whole = scipy.sparse.vstack(matrices, "csr")
    whole.sort_indices()
    return Counted(list(column_of), whole)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Let spawned processes import this module only, and not the caller's main program again."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    for name in kept:
        delattr(main, name)
    main.__spec__ = None
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)
