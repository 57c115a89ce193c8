"""The reviews as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.datasets.imdb import layout, progress
from helpers.datasets.imdb.errors import NoReviews
from helpers.datasets.imdb.sources import Corpus, corpus

if TYPE_CHECKING:
    import pandas


def load(split: str, source: Corpus | None = None, *, quiet: bool = False) -> pandas.DataFrame:
    """Return the reviews of a split, ``train`` or ``test``, the negative ones first.

    ========= ==========================================================================
    review    which one: the label's folder, its number and its stars, ``pos/123_9``
    sentiment 1 positive (7 stars of ten or more), 0 negative (4 or less)
    rating    the stars, 1 to 10
    text      as its writer wrote it, HTML and odd characters included
    ========= ==========================================================================

    The real data set has 25,000 in each split, 35 MB as a table.

    source: where they are; by default what `corpus` says. Raises ValueError for another split, and
    DataError if a review can't be read.
    """
    import pandas

    if split not in layout.SPLITS:
        raise ValueError(f"{split!r} is no split of the reviews: they come as 'train' and 'test'")
    source = source or corpus(quiet=quiet)
    found = layout.files(source.folder, split)
    bar = found if quiet else progress.bar(found, desc=split, unit=" reviews")
    table = pandas.DataFrame(
        {
            "review": [file.name for file in found],
            "sentiment": [layout.LABELS[file.label] for file in found],
            "rating": [file.rating for file in found],
            "text": pandas.Series([_read(file) for file in bar], dtype=object),
        }
    )
    if not quiet:
        positive = int(table["sentiment"].sum())
        print(
            f"{split}: {len(table):,} {source.kind} reviews, {positive:,} positive and "
            f"{len(table) - positive:,} negative"
        )
    return table


def _read(file: layout.File) -> str:
    try:
        with open(file.path, "rb", buffering=0) as opened:
            text = opened.read().decode("utf-8")  # as it is: no line end is translated
    except (OSError, UnicodeDecodeError) as error:
        raise NoReviews(f"{file.path} can't be read as a review: {error}") from None
    if not text:
        raise NoReviews(f"{file.path} is empty, and no review is. Was the disk full?")
    return text
