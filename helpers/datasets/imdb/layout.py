"""The layout of the data set: which files are reviews, of which split and label."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.imdb.errors import NoReviews

SPLITS = ("train", "test")
LABELS = {"neg": 0, "pos": 1}
_NAME = re.compile(r"([0-9]+)_([0-9]+)\.txt")
COUNTS = "counts.json"
"""In a folder of the cache: how many reviews each of its folders was made with."""

RATINGS = {"neg": range(1, 5), "pos": range(7, 11)}


class File(NamedTuple):
    """A review's file: its label's folder, its number there, and the stars out of ten."""

    label: str
    number: int
    rating: int
    path: Path

    @property
    def name(self) -> str:
        """How the lessons call it, ``pos/123_9``."""
        return f"{self.label}/{self.number}_{self.rating}"


def find_root(folder: Path) -> Path:
    """Return the folder that holds train/ and test/: `folder`, or the aclImdb/ in it.

    Raises NoReviews.
    """
    for root in (folder, folder / "aclImdb"):
        if all((root / split / label).is_dir() for split in SPLITS for label in LABELS):
            return root
    raise NoReviews(
        f"{folder} has not the layout of the reviews: train/pos, train/neg, test/pos and test/neg, "
        "each with files such as 0_9.txt, in it or in a folder aclImdb in it."
    )


def files(root: Path, split: str) -> list[File]:
    """Return the reviews of a split: the negative ones by number, then the positive ones.

    Raises NoReviews if a label has none, a rating doesn't fit its label, or reviews of the cache
    are missing.
    """
    found, counts = [], _counts(root)
    for label in LABELS:
        folder = root / split / label
        names = [match for name in os.listdir(folder) if (match := _NAME.fullmatch(name))]
        if not names:
            raise NoReviews(f"{folder} holds no review: a file is called like 0_9.txt")
        of_label = sorted(File(label, int(m[1]), int(m[2]), folder / m[0]) for m in names)
        odd = next((file for file in of_label if file.rating not in RATINGS[label]), None)
        if odd:
            raise NoReviews(
                f"{odd.path} has {odd.rating} stars of ten, but stands among the {label} reviews. "
                "Was a file moved or renamed?"
            )
        expected = counts.get(f"{split}/{label}", len(of_label))
        if len(of_label) != expected:
            raise NoReviews(
                f"{folder} holds {len(of_label):,} reviews, it was made with {expected:,}. Remove "
                f"the folder {root}: then it is made again."
            )
        found += of_label
    return found


def count(root: Path) -> dict[str, int]:
    """Return how many reviews each of the four folders holds, ``train/neg`` and so on.

    Raises NoReviews as `files` does.
    """
    return {
        f"{split}/{label}": sum(file.label == label for file in of_split)
        for split in SPLITS
        for of_split in [files(root, split)]
        for label in LABELS
    }


def seal(root: Path) -> None:
    """Write down how many reviews there are, so that `files` notices if some go missing."""
    (root / COUNTS).write_text(json.dumps(count(root)))


def _counts(root: Path) -> dict[str, int]:
    try:
        return json.loads((root / COUNTS).read_text())
    except FileNotFoundError:
        return {}
