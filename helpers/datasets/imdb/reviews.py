"""The reviews as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.datasets.imdb import layout, progress
from helpers.datasets.imdb.errors import LayoutError
from helpers.datasets.imdb.sources import Corpus, corpus

if TYPE_CHECKING:
    import pandas


def load(split: str, source: Corpus | None = None, *, quiet: bool = False) -> pandas.DataFrame:
    """Return the reviews of a split, the negative ones first, and print how many there are.

    Parameters
    ----------
    split : {"train", "test"}
        Which reviews.
    source : Corpus, optional
        Where they are; by default what `corpus` returns.
    quiet : bool
        Print nothing, and draw no progress bar.

    Returns
    -------
    pandas.DataFrame
        One row per review; the real data set has 25,000 in each split, about 35 MB.

        ========= ========================================================================
        review    its name: the folder of its label, its number and stars, ``pos/123_9``
        sentiment 1 positive (7 stars of ten or more), 0 negative (4 or less)
        rating    its stars, 1 to 10
        text      as its writer wrote it, HTML and unusual characters included
        ========= ========================================================================

    Raises
    ------
    ValueError
        If `split` is another word.
    DatasetError
        If there are no reviews, or one cannot be read.
    """
    import pandas

    if split not in layout.SPLITS:
        raise ValueError(f"Unknown split {split!r}: expected 'train' or 'test'")
    source = source or corpus(quiet=quiet)
    files = layout.files(source.folder, split)
    bar = files if quiet else progress.bar(files, desc=split, unit=" reviews")
    table = pandas.DataFrame(
        {
            "review": [file.name for file in files],
            "sentiment": [layout.LABELS[file.label] for file in files],
            "rating": [file.rating for file in files],
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


def _read(file: layout.ReviewFile) -> str:
    try:
        with open(file.path, "rb", buffering=0) as opened:
            text = opened.read().decode("utf-8")  # as it is: no line end is translated
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"{file.path} cannot be read as a review: {error}") from None
    if not text:
        raise LayoutError(f"{file.path} is empty, which no review is. Was the disk full?")
    return text
