"""Reviews whose wording drifts: the same reviews, with other words from a date on.

The drift is made up, also where the reviews are real: no data set has labels and a date at which a
language changed. So a program rewords reviews, always in the same way, and whatever is measured on
reworded reviews is called that wherever it appears.

What `reword` does, and nothing else:

- 24 words that praise or blame are replaced by slang that hardly any review has (`SLANG`);
- two words change sides: who liked the film now calls it bad, and who didn't calls it good
  (`SIDES`).

A word is replaced as a whole and keeps its capitals. Which reviews are old, which are new, and in
which week a review arrives depends only on its number in the data set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from helpers.datasets.imdb import reviews
from helpers.datasets.imdb.sources import Corpus

if TYPE_CHECKING:
    import pandas

WEEKS = 10
FIRST_REWORDED_WEEK = 7
"""From this week on, reviews are written in the new words."""

CYCLE, NEW_IN_CYCLE = 8, 3
"""Of eight training reviews with consecutive numbers, the first three are new ones."""

SLANG = {
    "great": "dope",
    "excellent": "elite",
    "wonderful": "bussin",
    "beautiful": "snatched",
    "perfect": "peak",
    "brilliant": "dank",
    "amazing": "iconic",
    "superb": "poggers",
    "fantastic": "gnarly",
    "loved": "stanned",
    "enjoyed": "vibed",
    "joy": "banger",
    "masterpiece": "slapper",
    "terrible": "mid",
    "awful": "icky",
    "boring": "snoozy",
    "poor": "wack",
    "stupid": "cringy",
    "worst": "trashiest",
    "hated": "yeeted",
    "horrible": "cheugy",
    "dull": "beige",
    "annoying": "sus",
    "mess": "hotmess",
}
"""The slang that takes over the role of a word."""

SIDES = {"good": "bad", "bad": "good"}
"""The words that change sides."""

_REPLACEMENTS = SLANG | SIDES
_WORD = re.compile(rf"\b(?:{'|'.join(_REPLACEMENTS)})\b", re.IGNORECASE)


class DriftingReviews(NamedTuple):
    """The reviews of a story in which the wording drifts.

    old: labelled reviews from before; weekly: what arrives later, with its ``week``, 1 to 10; new:
    labelled reviews of the weeks from 7 on. Each is a table as `helpers.datasets.imdb.load` returns
    it, and no review is in two of them.
    """

    old: pandas.DataFrame
    weekly: pandas.DataFrame
    new: pandas.DataFrame


def reword(text: str) -> str:
    """Return a review as it would be written after the drift.

    Examples
    --------
    >>> reword("GOOD acting. Great music, a boring plot, not bad at all!")
    'BAD acting. Dope music, a snoozy plot, not good at all!'
    """
    return _WORD.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    word = match[0]
    other = _REPLACEMENTS[word.lower()]
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def load_drifting(source: Corpus | None = None, *, quiet: bool = False) -> DriftingReviews:
    """Return old, weekly and new reviews, and print how many there are of each.

    Five eighths of the training reviews are old ones, three eighths are new, and reworded. The
    test reviews arrive in ten weeks, as many each week, half of them positive; from week 7 on they
    are reworded.

    Parameters
    ----------
    source : Corpus, optional
        Where the reviews are; by default what `corpus` returns.
    quiet : bool
        Print nothing, and draw no progress bar.

    Returns
    -------
    DriftingReviews
        Of the real data set 15,622 old, 25,000 weekly and 9,378 new reviews; of the synthetic one
        1,872, 1,500 and 1,128.

    Raises
    ------
    DatasetError
        If there are no reviews, or one cannot be read.
    """
    train = reviews.load("train", source, quiet=quiet)
    test = reviews.load("test", source, quiet=quiet)
    is_new = train["review"].map(_number) % CYCLE < NEW_IN_CYCLE
    drifting = DriftingReviews(
        old=train[~is_new].reset_index(drop=True),
        weekly=_by_week(test),
        new=_reworded(train[is_new]).reset_index(drop=True),
    )
    if not quiet:
        print(
            f"{len(drifting.old):,} old, {len(drifting.weekly):,} weekly and "
            f"{len(drifting.new):,} new reviews; reworded by a program from week "
            f"{FIRST_REWORDED_WEEK} on"
        )
    return drifting


def week_of(review: str) -> int:
    """Return the week in which a weekly review arrives.

    >>> week_of("pos/123_9")
    4
    """
    return _number(review) % WEEKS + 1


def _number(review: str) -> int:
    """Return the number of a review in its folder: 123 for ``pos/123_9``."""
    return int(review.partition("/")[2].partition("_")[0])


def _reworded(table: pandas.DataFrame) -> pandas.DataFrame:
    return table.assign(text=table["text"].map(reword))


def _by_week(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return reviews with their week, reworded from `FIRST_REWORDED_WEEK` on, in this order."""
    table = table.assign(week=table["review"].map(week_of))
    drifted = table["week"] >= FIRST_REWORDED_WEEK
    table.loc[drifted, "text"] = table.loc[drifted, "text"].map(reword)
    return table.sort_values("week", kind="stable").reset_index(drop=True)
