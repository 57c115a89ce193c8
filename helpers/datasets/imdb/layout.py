"""The layout of the data set: which files are reviews, and of which split and label."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.imdb.errors import LayoutError
from helpers.home import atomic_write

SPLITS = ("train", "test")
LABELS = {"neg": 0, "pos": 1}
RATINGS = {"neg": range(1, 5), "pos": range(7, 11)}
COUNTS_FILE = "counts.json"
"""In a folder of the cache: how many reviews each of its folders had when it was made."""

OVERLAP_FILE = "overlap.json"
"""In a folder of the cache: what `overlap` gave for it, which takes longer than most checks."""

_FILE_NAME = re.compile(r"([0-9]+)_([0-9]+)\.txt")


class ReviewFile(NamedTuple):
    """The file of a review: its label's folder, its number there, and its stars out of ten."""

    label: str
    number: int
    rating: int
    path: Path

    @property
    def name(self) -> str:
        """The name that lessons use, such as ``pos/123_9``."""
        return f"{self.label}/{self.number}_{self.rating}"


def find_root(folder: Path) -> Path:
    """Return the folder that holds train/ and test/: `folder`, or aclImdb/ in it.

    Raises
    ------
    LayoutError
        If neither does.
    """
    for root in (folder, folder / "aclImdb"):
        if all((root / split / label).is_dir() for split in SPLITS for label in LABELS):
            return root
    raise LayoutError(
        f"{folder} does not have the layout of the reviews: expected train/pos, train/neg, "
        "test/pos and test/neg, with files such as 0_9.txt, in it or in a folder aclImdb in it."
    )


def files(root: Path, split: str) -> list[ReviewFile]:
    """Return the reviews of a split: the negative ones by number, then the positive ones.

    Raises
    ------
    LayoutError
        If a label has no review, a rating doesn't fit its label, or the cache lost some reviews.
    """
    counts_file = root / COUNTS_FILE
    counts = json.loads(counts_file.read_text()) if counts_file.exists() else {}
    return [
        file
        for label in LABELS
        for file in _files_of_label(root, split, label, counts.get(f"{split}/{label}"))
    ]


def count(root: Path) -> dict[str, int]:
    """Return how many reviews each of the four folders holds, by ``train/neg`` and so on.

    Raises
    ------
    LayoutError
        As `files`.
    """
    return Counter(f"{split}/{file.label}" for split in SPLITS for file in files(root, split))


@functools.cache  # of a folder that does not change while a process runs
def overlap(root: Path, sample: int = 500) -> float:
    """Return the share of the test reviews whose text is also that of a training review.

    Only `sample` of them, evenly spaced, are compared, and only with the training reviews of the
    same size in bytes. In the real data set, 123 texts are in both halves: 0.5 %.

    Raises
    ------
    LayoutError
        As `files`.
    """
    by_size = defaultdict(list)
    for file in files(root, "train"):
        by_size[file.path.stat().st_size].append(file.path)
    tests = files(root, "test")
    chosen = tests[:: -(-len(tests) // sample)]
    repeated = 0
    for file in chosen:
        text = file.path.read_bytes()
        repeated += any(path.read_bytes() == text for path in by_size[len(text)])
    return repeated / len(chosen)


def recorded_overlap(root: Path) -> float:
    """Return the `overlap` of a folder of the cache, which is computed once and kept in it.

    Raises
    ------
    LayoutError
        As `files`, if it is computed.
    """
    path = root / OVERLAP_FILE
    try:
        return float(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):  # not computed yet, or cut off
        share = overlap(root)
        with contextlib.suppress(OSError):  # a full disk: the next process computes it again
            atomic_write(path, json.dumps(share).encode())
        return share


def write_counts(root: Path) -> None:
    """Record how many reviews there are, so that `files` notices if some go missing."""
    (root / COUNTS_FILE).write_text(json.dumps(count(root)))


def _files_of_label(root: Path, split: str, label: str, expected: int | None) -> list[ReviewFile]:
    folder = root / split / label
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    matches = [match for name in names if (match := _FILE_NAME.fullmatch(name))]
    if not matches:
        raise LayoutError(f"{folder} holds no reviews: expected files such as 0_9.txt")
    reviews = sorted(ReviewFile(label, int(m[1]), int(m[2]), folder / m[0]) for m in matches)
    for file in reviews:
        if file.rating not in RATINGS[label]:
            raise LayoutError(
                f"{file.path} has rating {file.rating} but is in the {label} folder. Was a file "
                "moved or renamed?"
            )
    if expected not in (None, len(reviews)):
        raise LayoutError(
            f"{folder} holds {len(reviews):,} reviews, but was made with {expected:,}. Remove the "
            f"folder {root}, and it is made again."
        )
    return reviews
